#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "emulator/isa/inst.h"
#include "emulator/isa/table.h"

namespace lockstep::isa {
namespace {

// What the decoder needs of a row, four to a cache line.
struct Candidate {
  uint32_t mask = 0;
  uint32_t match = 0;
  uint32_t nonzero = 0;
  Op op = Op::kIllegal;
  Format format = Format::kNone;
};

// The index: a word selects a bucket by the bits that tell most rows apart, and a bucket is a
// short list of candidates, finest first.
//   compressed     by quadrant and the three high bits
//   OP-FP          by funct7 (its funct3 is mostly the rounding mode)
//   other 32 bits  by major opcode and funct3
constexpr uint32_t kOpFp = 0x53;
constexpr size_t kCompressedBuckets = 32;
constexpr size_t kOpFpBuckets = 128;
constexpr size_t kWideBuckets = 256;
constexpr size_t kOpFpFirst = kCompressedBuckets;
constexpr size_t kWideFirst = kOpFpFirst + kOpFpBuckets;
constexpr size_t kBuckets = kWideFirst + kWideBuckets;

constexpr size_t BucketOf(uint32_t word) {
  if ((word & 3) != 3) return (word & 3) << 3 | (word >> 13 & 7);
  if ((word & 0x7f) == kOpFp) return kOpFpFirst + (word >> 25);
  return kWideFirst + ((word >> 2 & 0x1f) << 3 | (word >> 12 & 7));
}

// A word that has the bits of the index which select `bucket`, all others zero.
constexpr uint32_t WordOfBucket(size_t bucket) {
  const uint32_t n = static_cast<uint32_t>(bucket);
  if (bucket < kOpFpFirst) return n >> 3 | (n & 7) << 13;
  if (bucket < kWideFirst) return kOpFp | (n - kOpFpFirst) << 25;
  return 3 | (n - kWideFirst) >> 3 << 2 | ((n - kWideFirst) & 7) << 12;
}

constexpr uint32_t IndexBitsOfBucket(size_t bucket) {
  if (bucket < kOpFpFirst) return 0xe003;
  if (bucket < kWideFirst) return 0xfe00007f;
  return 0x707f;
}

// What RowIsInBucket() needs of a bucket, worked out once: compilers bound the steps of a constant.
struct Bucket {
  uint32_t word = 0;
  uint32_t index_bits = 0;
  int length_bytes = 0;  // 0: a bucket that no word selects
};

constexpr Bucket BucketAt(size_t bucket) {
  const uint32_t word = WordOfBucket(bucket);
  if (BucketOf(word) != bucket) return {};
  return {word, IndexBitsOfBucket(bucket), (word & 3) == 3 ? 4 : 2};
}

// Whether some word of the row lies in the bucket.
constexpr bool RowIsInBucket(const Encoding& e, const Bucket& bucket) {
  return e.length_bytes == bucket.length_bytes &&
         ((e.match ^ bucket.word) & e.mask & bucket.index_bits) == 0;
}

constexpr size_t CountCandidates() {
  size_t count = 0;
  for (size_t n = 0; n < kBuckets; ++n) {
    const Bucket bucket = BucketAt(n);
    for (const Row& row : kRows) count += RowIsInBucket(row.encoding_bits, bucket) ? 1 : 0;
  }
  return count;
}

struct Index {
  std::array<uint16_t, kBuckets + 1> first{};  // bucket n: candidates first[n] .. first[n + 1]
  std::array<Candidate, CountCandidates()> candidates{};
};

constexpr Index kIndex = [] {
  Index index;
  size_t end = 0;
  for (size_t bucket = 0; bucket < kBuckets; ++bucket) {
    const size_t begin = end;
    const Bucket selected = BucketAt(bucket);
    index.first[bucket] = static_cast<uint16_t>(begin);
    for (const Row& row : kRows) {
      const Encoding& e = row.encoding_bits;
      if (!RowIsInBucket(e, selected)) continue;
      // Insertion sort by the number of fixed bits; the table proves that this settles overlaps.
      size_t at = end++;
      while (at > begin && std::popcount(index.candidates[at - 1].mask) < std::popcount(e.mask)) {
        index.candidates[at] = index.candidates[at - 1];
        --at;
      }
      index.candidates[at] = {e.mask, e.match, e.nonzero, row.op, row.format};
    }
  }
  index.first[kBuckets] = static_cast<uint16_t>(end);
  return index;
}();

// Bits `high` to `low` of the word, as a number.
constexpr uint32_t Bits(uint32_t word, int high, int low) {
  return (word >> low) & ((1u << (high - low + 1)) - 1);
}

constexpr int64_t SignExtend(uint32_t value, int bits) {
  return static_cast<int32_t>(value << (32 - bits)) >> (32 - bits);
}

constexpr uint8_t kRegisterRa = 1;
constexpr uint8_t kRegisterSp = 2;

// Fields of 32-bit encodings (Volume I, figures 2.2 to 2.4).
uint8_t Rd(uint32_t w) { return static_cast<uint8_t>(Bits(w, 11, 7)); }
uint8_t Rs1(uint32_t w) { return static_cast<uint8_t>(Bits(w, 19, 15)); }
uint8_t Rs2(uint32_t w) { return static_cast<uint8_t>(Bits(w, 24, 20)); }
uint8_t Rs3(uint32_t w) { return static_cast<uint8_t>(Bits(w, 31, 27)); }
uint8_t Rm(uint32_t w) { return static_cast<uint8_t>(Bits(w, 14, 12)); }

int64_t ImmS(uint32_t w) { return SignExtend(Bits(w, 31, 25) << 5 | Bits(w, 11, 7), 12); }

int64_t ImmB(uint32_t w) {
  return SignExtend(
      Bits(w, 31, 31) << 12 | Bits(w, 7, 7) << 11 | Bits(w, 30, 25) << 5 | Bits(w, 11, 8) << 1, 13);
}

int64_t ImmJ(uint32_t w) {
  return SignExtend(
      Bits(w, 31, 31) << 20 | Bits(w, 19, 12) << 12 | Bits(w, 20, 20) << 11 | Bits(w, 30, 21) << 1,
      21);
}

// Fields of compressed encodings (Volume I, tables 16.4 to 16.7).
uint8_t CFull(uint32_t w) { return static_cast<uint8_t>(Bits(w, 11, 7)); }
uint8_t CRs2(uint32_t w) { return static_cast<uint8_t>(Bits(w, 6, 2)); }
uint8_t CHighShort(uint32_t w) { return static_cast<uint8_t>(8 + Bits(w, 9, 7)); }
uint8_t CLowShort(uint32_t w) { return static_cast<uint8_t>(8 + Bits(w, 4, 2)); }
uint32_t CImm6(uint32_t w) { return Bits(w, 12, 12) << 5 | Bits(w, 6, 2); }

uint32_t COffsetW(uint32_t w) {
  return Bits(w, 12, 10) << 3 | Bits(w, 6, 6) << 2 | Bits(w, 5, 5) << 6;
}

uint32_t COffsetD(uint32_t w) { return Bits(w, 12, 10) << 3 | Bits(w, 6, 5) << 6; }

int64_t CImmJ(uint32_t w) {
  return SignExtend(Bits(w, 12, 12) << 11 | Bits(w, 11, 11) << 4 | Bits(w, 10, 9) << 8 |
                        Bits(w, 8, 8) << 10 | Bits(w, 7, 7) << 6 | Bits(w, 6, 6) << 7 |
                        Bits(w, 5, 3) << 1 | Bits(w, 2, 2) << 5,
                    12);
}

int64_t CImmB(uint32_t w) {
  return SignExtend(Bits(w, 12, 12) << 8 | Bits(w, 11, 10) << 3 | Bits(w, 6, 5) << 6 |
                        Bits(w, 4, 3) << 1 | Bits(w, 2, 2) << 5,
                    9);
}

void ExtractWide(Format format, uint32_t w, Instruction& inst) {
  switch (format) {
    case Format::kR4:
      inst.rs3 = Rs3(w);
      [[fallthrough]];
    case Format::kRRm:
      inst.rs2 = Rs2(w);
      [[fallthrough]];
    case Format::kR2Rm:
      inst.rd = Rd(w);
      inst.rs1 = Rs1(w);
      inst.rm = Rm(w);
      return;
    case Format::kAmo:
      inst.rm = static_cast<uint8_t>(Bits(w, 26, 25));
      [[fallthrough]];
    case Format::kR:
      inst.rd = Rd(w);
      inst.rs1 = Rs1(w);
      inst.rs2 = Rs2(w);
      return;
    case Format::kR2:
      inst.rd = Rd(w);
      inst.rs1 = Rs1(w);
      return;
    case Format::kI:
      inst.rd = Rd(w);
      inst.rs1 = Rs1(w);
      inst.imm = SignExtend(w >> 20, 12);
      return;
    case Format::kShift:
      inst.rd = Rd(w);
      inst.rs1 = Rs1(w);
      inst.imm = Bits(w, 25, 20);
      return;
    case Format::kShiftW:
      inst.rd = Rd(w);
      inst.rs1 = Rs1(w);
      inst.imm = Bits(w, 24, 20);
      return;
    case Format::kS:
      inst.rs1 = Rs1(w);
      inst.rs2 = Rs2(w);
      inst.imm = ImmS(w);
      return;
    case Format::kB:
      inst.rs1 = Rs1(w);
      inst.rs2 = Rs2(w);
      inst.imm = ImmB(w);
      return;
    case Format::kU:
      inst.rd = Rd(w);
      inst.imm = static_cast<int32_t>(w & 0xfffff000u);
      return;
    case Format::kJ:
      inst.rd = Rd(w);
      inst.imm = ImmJ(w);
      return;
    case Format::kCsr:
      inst.rd = Rd(w);
      inst.rs1 = Rs1(w);
      inst.csr = static_cast<uint16_t>(w >> 20);
      return;
    case Format::kFence:
      inst.imm = w >> 20;
      return;
    default:  // kNone
      return;
  }
}

void ExtractCompressed(Format format, uint32_t w, Instruction& inst) {
  switch (format) {
    case Format::kCAddi4spn:
      inst.rd = CLowShort(w);
      inst.rs1 = kRegisterSp;
      inst.imm =
          Bits(w, 12, 11) << 4 | Bits(w, 10, 7) << 6 | Bits(w, 6, 6) << 2 | Bits(w, 5, 5) << 3;
      return;
    case Format::kCLoadW:
      inst.rd = CLowShort(w);
      inst.rs1 = CHighShort(w);
      inst.imm = COffsetW(w);
      return;
    case Format::kCLoadD:
      inst.rd = CLowShort(w);
      inst.rs1 = CHighShort(w);
      inst.imm = COffsetD(w);
      return;
    case Format::kCStoreW:
      inst.rs1 = CHighShort(w);
      inst.rs2 = CLowShort(w);
      inst.imm = COffsetW(w);
      return;
    case Format::kCStoreD:
      inst.rs1 = CHighShort(w);
      inst.rs2 = CLowShort(w);
      inst.imm = COffsetD(w);
      return;
    case Format::kCImm:
      inst.rd = inst.rs1 = CFull(w);
      inst.imm = SignExtend(CImm6(w), 6);
      return;
    case Format::kCImmShort:
      inst.rd = inst.rs1 = CHighShort(w);
      inst.imm = SignExtend(CImm6(w), 6);
      return;
    case Format::kCLi:
      inst.rd = CFull(w);
      inst.imm = SignExtend(CImm6(w), 6);
      return;
    case Format::kCAddi16sp:
      inst.rd = inst.rs1 = kRegisterSp;
      inst.imm = SignExtend(Bits(w, 12, 12) << 9 | Bits(w, 6, 6) << 4 | Bits(w, 5, 5) << 6 |
                                Bits(w, 4, 3) << 7 | Bits(w, 2, 2) << 5,
                            10);
      return;
    case Format::kCLui:
      inst.rd = CFull(w);
      inst.imm = SignExtend(CImm6(w) << 12, 18);
      return;
    case Format::kCShift:
      inst.rd = inst.rs1 = CFull(w);
      inst.imm = CImm6(w);
      return;
    case Format::kCShiftShort:
      inst.rd = inst.rs1 = CHighShort(w);
      inst.imm = CImm6(w);
      return;
    case Format::kCAlu:
      inst.rd = inst.rs1 = CFull(w);
      inst.rs2 = CRs2(w);
      return;
    case Format::kCAluShort:
      inst.rd = inst.rs1 = CHighShort(w);
      inst.rs2 = CLowShort(w);
      return;
    case Format::kCMv:
      inst.rd = CFull(w);
      inst.rs2 = CRs2(w);
      return;
    case Format::kCJ:
      inst.imm = CImmJ(w);
      return;
    case Format::kCBranch:
      inst.rs1 = CHighShort(w);
      inst.imm = CImmB(w);
      return;
    case Format::kCLoadSpW:
      inst.rd = CFull(w);
      inst.rs1 = kRegisterSp;
      inst.imm = Bits(w, 12, 12) << 5 | Bits(w, 6, 4) << 2 | Bits(w, 3, 2) << 6;
      return;
    case Format::kCLoadSpD:
      inst.rd = CFull(w);
      inst.rs1 = kRegisterSp;
      inst.imm = Bits(w, 12, 12) << 5 | Bits(w, 6, 5) << 3 | Bits(w, 4, 2) << 6;
      return;
    case Format::kCStoreSpW:
      inst.rs1 = kRegisterSp;
      inst.rs2 = CRs2(w);
      inst.imm = Bits(w, 12, 9) << 2 | Bits(w, 8, 7) << 6;
      return;
    case Format::kCStoreSpD:
      inst.rs1 = kRegisterSp;
      inst.rs2 = CRs2(w);
      inst.imm = Bits(w, 12, 10) << 3 | Bits(w, 9, 7) << 6;
      return;
    case Format::kCJr:
      inst.rs1 = CFull(w);
      return;
    case Format::kCJalr:
      inst.rd = kRegisterRa;
      inst.rs1 = CFull(w);
      return;
    default:  // kNone
      return;
  }
}

}  // namespace

Instruction Decode(uint32_t word) {
  const bool is_wide = (word & 3) == 3;
  if (!is_wide) word &= 0xffff;
  Instruction inst;
  inst.length_bytes = is_wide ? 4 : 2;
  inst.raw = word;
  const size_t bucket = BucketOf(word);
  const Candidate* end = kIndex.candidates.data() + kIndex.first[bucket + 1];
  for (const Candidate* c = kIndex.candidates.data() + kIndex.first[bucket]; c != end; ++c) {
    if ((word & c->mask) != c->match || (c->nonzero != 0 && (word & c->nonzero) == 0)) continue;
    inst.op = c->op;
    if (is_wide) {
      ExtractWide(c->format, word, inst);
    } else {
      ExtractCompressed(c->format, word, inst);
    }
    break;
  }
  return inst;
}

Instruction Decode(uint32_t word, ExtensionSet extensions) {
  const Instruction inst = Decode(word);
  if (extensions.HasAll(NeededBy(inst.op))) return inst;
  return {.length_bytes = inst.length_bytes, .raw = inst.raw};
}

ExtensionSet NeededBy(Op op) {
  if (op == Op::kIllegal) return {};
  return {RowOf(op).extension, RowOf(BaseOp(op)).extension};
}

Op BaseOp(Op op) { return op == Op::kIllegal ? op : RowOf(op).base; }

std::string_view Mnemonic(Op op) {
  return op == Op::kIllegal ? std::string_view("illegal") : RowOf(op).mnemonic;
}

Class ClassOf(Op op) { return op == Op::kIllegal ? Class::kSystem : RowOf(op).cls; }

}  // namespace lockstep::isa

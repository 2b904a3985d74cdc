// The rows of rv64.def as constants, their bit strings parsed to mask and match at compile time.
// Internal to this package and to its tests.
#ifndef EMULATOR_ISA_TABLE_H_
#define EMULATOR_ISA_TABLE_H_

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "emulator/isa/extensions.h"
#include "emulator/isa/inst.h"

namespace lockstep::isa {

// How the fields of an encoding become an Instruction. The names follow the formats of Volume I,
// section 2.2 and chapter 16; the extraction of each is in decode.cc.
enum class Format : uint8_t {
  kNone,    // no operands
  kR,       // rd, rs1, rs2
  kR2,      // rd, rs1
  kRRm,     // rd, rs1, rs2, rm
  kR2Rm,    // rd, rs1, rm
  kR4,      // rd, rs1, rs2, rs3, rm
  kAmo,     // rd, rs1, rs2, aq and rl
  kI,       // rd, rs1, 12-bit immediate
  kShift,   // rd, rs1, 6-bit shift amount
  kShiftW,  // rd, rs1, 5-bit shift amount
  kS,       // rs1, rs2, immediate
  kB,       // rs1, rs2, branch offset
  kU,       // rd, upper immediate
  kJ,       // rd, jump offset
  kCsr,     // rd, rs1 or zimm, CSR number
  kFence,   // fm, pred, succ as immediate
  // Compressed. Register fields of three bits mean x8 to x15 or f8 to f15.
  kCAddi4spn,    // short rd; rs1 = sp
  kCLoadW,       // short rd, short rs1, offset scaled by 4
  kCLoadD,       // the same scaled by 8
  kCStoreW,      // short rs2, short rs1, offset scaled by 4
  kCStoreD,      // the same scaled by 8
  kCImm,         // rd = rs1, 6-bit signed immediate
  kCImmShort,    // the same, short register
  kCLi,          // rd; rs1 = zero; 6-bit signed immediate
  kCAddi16sp,    // rd = rs1 = sp, immediate scaled by 16
  kCLui,         // rd, upper immediate
  kCShift,       // rd = rs1, 6-bit shift amount
  kCShiftShort,  // the same, short register
  kCAlu,         // rd = rs1, rs2
  kCAluShort,    // the same, short registers
  kCMv,          // rd, rs2; rs1 = zero
  kCJ,           // jump offset; rd = zero
  kCBranch,      // short rs1, branch offset; rs2 = zero
  kCLoadSpW,     // rd; rs1 = sp; offset scaled by 4
  kCLoadSpD,     // the same scaled by 8
  kCStoreSpW,    // rs2; rs1 = sp; offset scaled by 4
  kCStoreSpD,    // the same scaled by 8
  kCJr,          // rs1; rd = zero
  kCJalr,        // rs1; rd = ra
  kCount
};

// One row of rv64.def as written.
struct RowText {
  Op op;
  std::string_view mnemonic;
  std::string_view encoding;
  Format format;
  std::string_view text;
  Class cls;
  Extension extension;
  Op base = Op::kIllegal;  // kIllegal: the row's own operation
};

inline constexpr RowText kRowTexts[] = {
#define LOCKSTEP_INST(id, mnemonic, encoding, format, text, cls, extension, ...) \
  {Op::id,                                                                       \
   mnemonic,                                                                     \
   encoding,                                                                     \
   Format::format,                                                               \
   text,                                                                         \
   Class::cls,                                                                   \
   Extension::extension __VA_OPT__(, Op::) __VA_ARGS__},
#include "emulator/isa/rv64.def"
#undef LOCKSTEP_INST
};

inline constexpr size_t kRowCount = std::size(kRowTexts);
static_assert(kRowCount + 1 == static_cast<size_t>(Op::kCount));

// The bits that a letter of the encoding string stands for, as masks; see rv64.def.
struct Fields {
  uint32_t d = 0;
  uint32_t s = 0;
  uint32_t t = 0;
  uint32_t r = 0;
  uint32_t b = 0;
  uint32_t i = 0;
  uint32_t c = 0;
  uint32_t m = 0;
  uint32_t a = 0;
  uint32_t x = 0;
};

// A parsed encoding. A word is of this row if (word & mask) == match and the field `nonzero`,
// unless empty, is not zero.
struct Encoding {
  uint32_t mask = 0;
  uint32_t match = 0;
  uint32_t nonzero = 0;
  uint8_t length_bytes = 0;  // 0: the string is malformed
  Fields fields;

  constexpr bool Matches(uint32_t word) const {
    return (word & mask) == match && (nonzero == 0 || (word & nonzero) != 0);
  }
};

constexpr uint32_t* FieldOf(Fields& fields, char letter) {
  switch (letter) {
    case 'd':
      return &fields.d;
    case 's':
      return &fields.s;
    case 't':
      return &fields.t;
    case 'r':
      return &fields.r;
    case 'b':
      return &fields.b;
    case 'i':
      return &fields.i;
    case 'c':
      return &fields.c;
    case 'm':
      return &fields.m;
    case 'a':
      return &fields.a;
    case 'x':
      return &fields.x;
    default:
      return nullptr;
  }
}

// Parses a bit string; the result has length_bytes 0 if it is not one: a length other than 16 or
// 32 bits, an unknown letter, two different fields in capitals, or length bits (the two low ones)
// that do not fit its length.
constexpr Encoding ParseEncoding(std::string_view text) {
  Encoding e;
  int bits = 0;
  char capital = 0;
  for (char ch : text) {
    if (ch == '_') continue;
    if (++bits > 32) return {};
    for (uint32_t* field :
         {&e.mask, &e.match, &e.nonzero, &e.fields.d, &e.fields.s, &e.fields.t, &e.fields.r,
          &e.fields.b, &e.fields.i, &e.fields.c, &e.fields.m, &e.fields.a, &e.fields.x}) {
      *field <<= 1;
    }
    if (ch == '0' || ch == '1') {
      e.mask |= 1;
      e.match |= ch == '1' ? 1 : 0;
      continue;
    }
    const bool is_capital = ch >= 'A' && ch <= 'Z';
    const char letter = is_capital ? static_cast<char>(ch - 'A' + 'a') : ch;
    uint32_t* field = FieldOf(e.fields, letter);
    if (field == nullptr) return {};
    *field |= 1;
    if (is_capital) {
      if (capital != 0 && capital != ch) return {};
      capital = ch;
      e.nonzero |= 1;
    }
  }
  const bool is_wide = (e.match & 3) == 3;
  if ((e.mask & 3) != 3 || bits != (is_wide ? 32 : 16)) return {};
  e.length_bytes = is_wide ? 4 : 2;
  return e;
}

// The fields that decode.cc extracts for a format.
constexpr Fields FieldsOfFormat(Format format) {
  constexpr uint32_t kRd = 0x1fu << 7;
  constexpr uint32_t kRs1 = 0x1fu << 15;
  constexpr uint32_t kRs2 = 0x1fu << 20;
  constexpr uint32_t kRs3 = 0x1fu << 27;
  constexpr uint32_t kRm = 7u << 12;
  constexpr uint32_t kAqRl = 3u << 25;
  constexpr uint32_t kImm12 = 0xfffu << 20;
  constexpr uint32_t kImmStore = 0x7fu << 25 | 0x1fu << 7;
  constexpr uint32_t kImm20 = 0xfffff000u;
  constexpr uint32_t kLow = 0x1fu << 2;        // C: five bits 6..2
  constexpr uint32_t kLowShort = 7u << 2;      // C: rd' or rs2'
  constexpr uint32_t kHighShort = 7u << 7;     // C: rs1' or rd'
  constexpr uint32_t kImm6 = 1u << 12 | kLow;  // C: bit 12 and bits 6..2
  constexpr uint32_t kImm5 = 7u << 10 | 3u << 5;
  constexpr uint32_t kImmStoreSp = 0x3fu << 7;
  switch (format) {
    case Format::kNone:
      return {};
    case Format::kR:
      return {.d = kRd, .s = kRs1, .t = kRs2};
    case Format::kR2:
      return {.d = kRd, .s = kRs1};
    case Format::kRRm:
      return {.d = kRd, .s = kRs1, .t = kRs2, .m = kRm};
    case Format::kR2Rm:
      return {.d = kRd, .s = kRs1, .m = kRm};
    case Format::kR4:
      return {.d = kRd, .s = kRs1, .t = kRs2, .r = kRs3, .m = kRm};
    case Format::kAmo:
      return {.d = kRd, .s = kRs1, .t = kRs2, .a = kAqRl};
    case Format::kI:
      return {.d = kRd, .s = kRs1, .i = kImm12};
    case Format::kShift:
      return {.d = kRd, .s = kRs1, .i = 0x3fu << 20};
    case Format::kShiftW:
      return {.d = kRd, .s = kRs1, .i = 0x1fu << 20};
    case Format::kS:
    case Format::kB:
      return {.s = kRs1, .t = kRs2, .i = kImmStore};
    case Format::kU:
    case Format::kJ:
      return {.d = kRd, .i = kImm20};
    case Format::kCsr:
      return {.d = kRd, .s = kRs1, .c = kImm12};
    case Format::kFence:
      return {.i = kImm12};
    case Format::kCAddi4spn:
      return {.d = kLowShort, .i = 0xffu << 5};
    case Format::kCLoadW:
    case Format::kCLoadD:
      return {.d = kLowShort, .s = kHighShort, .i = kImm5};
    case Format::kCStoreW:
    case Format::kCStoreD:
      return {.s = kHighShort, .t = kLowShort, .i = kImm5};
    case Format::kCImm:
    case Format::kCShift:
      return {.b = kRd, .i = kImm6};
    case Format::kCImmShort:
    case Format::kCShiftShort:
      return {.b = kHighShort, .i = kImm6};
    case Format::kCLi:
    case Format::kCLui:
    case Format::kCLoadSpW:
    case Format::kCLoadSpD:
      return {.d = kRd, .i = kImm6};
    case Format::kCAddi16sp:
      return {.i = kImm6};
    case Format::kCAlu:
      return {.t = kLow, .b = kRd};
    case Format::kCAluShort:
      return {.t = kLowShort, .b = kHighShort};
    case Format::kCMv:
      return {.d = kRd, .t = kLow};
    case Format::kCJ:
      return {.i = 0x7ffu << 2};
    case Format::kCBranch:
      return {.s = kHighShort, .i = 7u << 10 | kLow};
    case Format::kCStoreSpW:
    case Format::kCStoreSpD:
      return {.t = kLow, .i = kImmStoreSp};
    case Format::kCJr:
    case Format::kCJalr:
      return {.s = kRd};
    case Format::kCount:
      break;
  }
  return {};
}

// One row, parsed.
struct Row : RowText {
  Encoding encoding_bits;
};

inline constexpr std::array<Row, kRowCount> kRows = [] {
  std::array<Row, kRowCount> rows{};
  for (size_t i = 0; i < kRowCount; ++i) {
    static_cast<RowText&>(rows[i]) = kRowTexts[i];
    if (rows[i].base == Op::kIllegal) rows[i].base = rows[i].op;
    rows[i].encoding_bits = ParseEncoding(rows[i].encoding);
  }
  return rows;
}();

// The row of an operation. REQUIRES: op is neither kIllegal nor kCount.
constexpr const Row& RowOf(Op op) { return kRows[static_cast<size_t>(op) - 1]; }

// The relation of two rows over the words that both match.
enum class Overlap {
  kNone,         // no word matches both
  kFirstWins,    // the first fixes a proper superset of the second's bits
  kSecondWins,   // the other way round
  kUndecidable,  // neither is finer than the other
};

constexpr Overlap OverlapOf(const Encoding& a, const Encoding& b) {
  if (a.length_bytes != b.length_bytes) return Overlap::kNone;
  if (((a.match ^ b.match) & a.mask & b.mask) != 0) return Overlap::kNone;
  const auto forces_zero = [](const Encoding& e, uint32_t field) {
    return field != 0 && (field & ~e.mask) == 0 && (field & e.match) == 0;
  };
  if (forces_zero(a, b.nonzero) || forces_zero(b, a.nonzero)) return Overlap::kNone;
  if (a.mask == b.mask) return Overlap::kUndecidable;
  if ((a.mask & b.mask) == b.mask) return Overlap::kFirstWins;
  if ((a.mask & b.mask) == a.mask) return Overlap::kSecondWins;
  return Overlap::kUndecidable;
}

// Whether a register or immediate of the encoding agrees with what the format extracts: the same
// bits, or bits that the encoding fixes. Registers may be fixed to zero only, which leaves the
// operand zero.
constexpr bool FieldAgrees(const Encoding& e, uint32_t letters, uint32_t extracted,
                           bool zero_only) {
  if ((letters & ~extracted) != 0) return false;
  const uint32_t fixed = extracted & ~letters;
  return (fixed & ~e.mask) == 0 && (!zero_only || (fixed & e.match) == 0);
}

constexpr bool FormatAgrees(const Row& row) {
  const Encoding& e = row.encoding_bits;
  const Fields format = FieldsOfFormat(row.format);
  return FieldAgrees(e, e.fields.d, format.d, true) && FieldAgrees(e, e.fields.s, format.s, true) &&
         FieldAgrees(e, e.fields.t, format.t, true) && FieldAgrees(e, e.fields.r, format.r, true) &&
         FieldAgrees(e, e.fields.b, format.b, true) &&
         FieldAgrees(e, e.fields.i, format.i, false) && e.fields.c == format.c &&
         e.fields.m == format.m && e.fields.a == format.a;
}

consteval bool EveryRowIsWellFormed() {
  for (const Row& row : kRows) {
    if (row.encoding_bits.length_bytes == 0 || !FormatAgrees(row)) return false;
    if (RowOf(row.base).base != row.base) return false;
  }
  return true;
}
static_assert(EveryRowIsWellFormed(), "rv64.def: a bit string is malformed or unlike its format");

consteval bool EveryOverlapIsDecidable() {
  for (size_t i = 0; i < kRowCount; ++i) {
    for (size_t j = i + 1; j < kRowCount; ++j) {
      if (OverlapOf(kRows[i].encoding_bits, kRows[j].encoding_bits) == Overlap::kUndecidable) {
        return false;
      }
    }
  }
  return true;
}
static_assert(EveryOverlapIsDecidable(), "rv64.def: two rows overlap and neither is finer");

}  // namespace lockstep::isa

#endif  // EMULATOR_ISA_TABLE_H_

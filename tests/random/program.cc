#include "tests/random/program.h"

#include <iterator>
#include <string_view>

#include "emulator/cpu/testing/encode.h"
#include "emulator/isa/inst.h"
#include "emulator/isa/operands.h"
#include "emulator/isa/random_encoding.h"

namespace lockstep::testing {
namespace {

using namespace cpu::testing;  // NOLINT: instruction encoders
using isa::Op;

constexpr uint64_t kBase = FlatMachine::kRamBase;
constexpr uint64_t kHandler = kBase + 0x200, kMain = kBase + 0x400;
constexpr uint64_t kFunctions = kBase + 0x1000;  // one page each
constexpr int kFunctionCount = 6;
constexpr uint64_t kTable = kBase + 0x10000;   // page table
constexpr uint64_t kLeaves = kTable + 0x2000;  // its last level
constexpr uint64_t kData = kBase + 0x20000;    // 32 KiB and some
constexpr uint32_t kDataPages = 9;
constexpr uint64_t kPageBytes = 4096;

// ra returns, gp and tp count, s11 points to the data; t5 and t6 are scratch.
constexpr Reg kGp = static_cast<Reg>(3), kTp = static_cast<Reg>(4), kS11 = static_cast<Reg>(27),
              kT5 = static_cast<Reg>(30), kT6 = static_cast<Reg>(31);

class Writer {
 public:
  Writer(uint64_t seed, FlatMachine* machine) : random_(seed), machine_(*machine) {}

  void At(uint64_t pa) { pc_ = pa; }
  uint64_t pc() const { return pc_; }
  void Put(uint32_t word) {
    machine_.StoreCode(pc_, {word});
    pc_ += (word & 3) == 3 ? 4 : 2;
  }
  uint64_t Random() { return isa::NextRandom(random_); }
  uint32_t Below(uint32_t limit) { return static_cast<uint32_t>(Random() % limit); }
  void Function(uint64_t pa);
  void PutMain(bool paged);

 private:
  static bool IsFree(uint32_t number) {
    return number != 1 && number != 3 && number != 4 && number != 27;
  }
  Reg AnyReg() {
    while (true) {
      const uint32_t number = Below(32);
      if (IsFree(number)) return static_cast<Reg>(number);
    }
  }
  void Computation();
  void Compressed();
  void Address(bool is_aligned);
  void Access();
  void Atomic();
  void Csr();
  void Branch();
  void RewriteCode();
  void Point(Reg reg, uint64_t to);
  void ChangeMapping();
  void Any();

  uint64_t random_;
  FlatMachine& machine_;
  uint64_t pc_ = 0;
  uint64_t patch_ = 0;  // an instruction of the function that is overwritten
};

// Integer or floating-point, with registers that may be written.
void Writer::Computation() {
  while (true) {
    const Op op = static_cast<Op>(1 + Below(static_cast<uint32_t>(Op::kCount) - 1));
    const isa::Class cls = isa::ClassOf(op);
    const bool is_wanted = cls == isa::Class::kAlu || cls == isa::Class::kMulDiv ||
                           cls == isa::Class::kFloat || cls == isa::Class::kFence;
    if (!is_wanted || isa::BaseOp(op) != op || op == Op::kAuipc) continue;
    uint32_t word = isa::RandomEncoding(op, random_);
    const isa::OperandUse use = isa::OperandsOf(op);
    const auto put = [&](unsigned shift, isa::RegFile file) {
      if (file == isa::RegFile::kInt) word = (word & ~(31u << shift)) | AnyReg() << shift;
    };
    put(7, use.rd);
    put(15, use.rs1);
    put(20, use.rs2);
    const std::string_view format = isa::OperandFormat(op);
    const bool has_mode = format.find('m') != format.npos || format.find('M') != format.npos;
    // Mostly the dynamic mode, as compilers do.
    if (has_mode) word = (word & ~(7u << 12)) | (Below(8) == 0 ? Below(5) : 7u) << 12;
    Put(word);
    return;
  }
}

void Writer::Compressed() {
  while (true) {
    const Op op = static_cast<Op>(1 + Below(static_cast<uint32_t>(Op::kCount) - 1));
    if (isa::ClassOf(op) != isa::Class::kAlu || isa::BaseOp(op) == op) continue;
    const uint32_t word = isa::RandomEncoding(op, random_);
    if (!IsFree(isa::Decode(word).rd)) continue;
    Put(word);
    return;
  }
}

// t5 = an address in the data, of 15 random bits.
void Writer::Address(bool is_aligned) {
  Put(Slli(kT5, AnyReg(), 49));
  Put(IType(0x13, 5, kT5, kT5, 49));                  // srli
  if (is_aligned) Put(IType(0x13, 7, kT5, kT5, -8));  // andi
  Put(0x01bf0f33);                                    // add t5,t5,s11
}

void Writer::Access() {
  Address(Below(4) != 0);
  for (uint32_t left = 1 + Below(4); left > 0; --left) {
    const int32_t offset = static_cast<int32_t>(Below(32)) * 8;
    const Reg reg = AnyReg();
    const bool is_float = Below(4) == 0;
    if (Below(2) == 0) {
      Put(is_float ? IType(0x07, 2 + Below(2), reg, kT5, offset)
                   : IType(0x03, Below(7), reg == kT5 ? kT6 : reg, kT5, offset));
    } else {
      Put(is_float ? SType(2 + Below(2), reg, kT5, offset) | 0x4
                   : SType(Below(4), reg, kT5, offset));
    }
  }
}

void Writer::Atomic() {
  Address(/*is_aligned=*/true);
  Op op =
      static_cast<Op>(static_cast<uint32_t>(Op::kLrW) + Below(static_cast<uint32_t>(Op::kAmomaxuD) -
                                                              static_cast<uint32_t>(Op::kLrW) + 1));
  uint32_t word = isa::RandomEncoding(op, random_);
  word = (word & ~(31u << 15 | 31u << 7)) | kT5 << 15 | AnyReg() << 7;
  Put(word);
}

void Writer::Csr() {
  switch (Below(5)) {
    case 0:
      Put(Csrrs(AnyReg(), 0xc02, zero));  // instret
      break;
    case 1:
      // csrwi frm; now and then a mode that hosts do not have, or that there is not.
      Put(0x00205073 | (Below(16) == 0 ? Below(8) : Below(4)) << 15);
      break;
    case 2:
      Put(Csrrw(AnyReg(), 0x001, AnyReg()));  // fflags
      break;
    case 3:
      Put(Csrrs(AnyReg(), 0x003, zero));  // fcsr
      break;
    default:
      Put(kEcall);
      break;
  }
}

// Over the next few instructions, or not.
void Writer::Branch() {
  static constexpr uint32_t kConds[] = {0, 1, 4, 5, 6, 7};
  const uint64_t at = pc_;
  const uint32_t word =
      0x63 | kConds[Below(std::size(kConds))] << 12 | AnyReg() << 15 | AnyReg() << 20;
  Put(word);
  for (uint32_t left = 1 + Below(3); left > 0; --left) Below(3) == 0 ? Compressed() : Computation();
  const uint32_t offset = static_cast<uint32_t>(pc_ - at);
  const uint64_t end = pc_;
  pc_ = at;
  Put(word | (offset >> 5 & 0x3f) << 25 | (offset >> 1 & 15) << 8 | (offset >> 11 & 1) << 7);
  pc_ = end;
}

// Writes `addi t6,t6,N` over the function's patch; N is whatever a register holds.
void Writer::RewriteCode() {
  constexpr uint32_t kAddT5T6 = 0x01ff0f33;  // add t5,t5,t6
  Put(Slli(kT5, AnyReg(), 20));
  Put(Lui(kT6, 0xf9));
  Put(Addi(kT6, kT6, -0x6d));  // addi t6,t6,0
  Put(kAddT5T6);
  const uint64_t at = pc_;
  Put(Auipc(kT6, 0));
  Put(Sw(kT5, static_cast<int32_t>(patch_ - at), kT6));
  if (Below(2) == 0) Put(kFenceI);
}

void Writer::Any() {
  const uint32_t kind = Below(64);
  if (kind < 26) return Computation();
  if (kind < 36) return Compressed();
  if (kind < 52) return Access();
  if (kind < 60) return Branch();
  if (kind < 62) return Atomic();
  if (kind < 63) return Csr();
  if (Below(4) == 0) RewriteCode();
}

// reg = an address.
void Writer::Point(Reg reg, uint64_t to) {
  const uint32_t distance = static_cast<uint32_t>(to - pc_);
  Put(Auipc(reg, (distance + 0x800) >> 12));
  Put(Addi(reg, reg, static_cast<int32_t>(distance << 20) >> 20));
}

// Takes away or gives back a right to a page of the data, or lets two functions change places.
void Writer::ChangeMapping() {
  constexpr uint32_t kSfenceVma = 0x12000073;
  const uint32_t first_data = static_cast<uint32_t>((kData - kBase) / kPageBytes);
  if (Below(3) != 0) {
    static constexpr int32_t kRights[] = {0x01, 0x02, 0x04, 0x06, 0x40, 0x80};  // V R W RW A D
    Point(kT6, kLeaves + 8 * uint64_t{first_data + Below(kDataPages)});
    Put(IType(0x03, 3, kT5, kT6, 0));                                   // ld
    Put(IType(0x13, 4, kT5, kT5, kRights[Below(std::size(kRights))]));  // xori
    Put(SType(3, kT5, kT6, 0));                                         // sd
  } else {
    constexpr Reg kOther = static_cast<Reg>(29);
    const uint32_t a = Below(kFunctionCount), b = Below(kFunctionCount);
    const int32_t distance = 8 * (static_cast<int32_t>(b) - static_cast<int32_t>(a));
    Point(kT6, kLeaves + 8 * ((kFunctions - kBase) / kPageBytes + a));
    Put(IType(0x03, 3, kT5, kT6, 0));
    Put(IType(0x03, 3, kOther, kT6, distance));
    Put(SType(3, kOther, kT6, 0));
    Put(SType(3, kT5, kT6, distance));
  }
  Put(kSfenceVma);
}

// A loop of a few rounds over a random body.
void Writer::Function(uint64_t pa) {
  constexpr uint64_t kMostBytes = 1500;
  At(pa);
  patch_ = pa;
  Put(Addi(kT6, kT6, 1));
  Put(Addi(kTp, zero, static_cast<int32_t>(1 + Below(30))));
  const uint64_t loop = pc_;
  for (uint32_t left = 8 + Below(50); left > 0 && pc_ < pa + kMostBytes; --left) Any();
  Put(Addi(kTp, kTp, -1));
  const uint32_t back = static_cast<uint32_t>(loop - pc_);
  Put((back >> 12 & 1) << 31 | (back >> 5 & 0x3f) << 25 | kTp << 15 | 1u << 12 |
      (back >> 1 & 15) << 8 | (back >> 11 & 1) << 7 | 0x63);  // bne tp,zero,loop
  Put(Jalr(zero, ra));
}

uint32_t Jal(Reg rd, uint64_t from, uint64_t to) {
  const uint32_t imm = static_cast<uint32_t>(to - from);
  return (imm >> 20 & 1) << 31 | (imm >> 1 & 0x3ff) << 21 | (imm >> 11 & 1) << 20 |
         (imm >> 12 & 0xff) << 12 | rd << 7 | 0x6f;
}

// Calls the functions in a random order, half of them through a register, for ever.
void Writer::PutMain(bool paged) {
  At(kMain);
  Put(Addi(kGp, kGp, 1));
  for (int call = 0; call < 24; ++call) {
    if (paged && Below(4) == 0) ChangeMapping();
    const uint64_t to = kFunctions + kPageBytes * uint64_t{Below(kFunctionCount)};
    const uint64_t from = pc_;
    if (Below(2) == 0) {
      Put(Jal(ra, from, to));
    } else {
      const uint32_t distance = static_cast<uint32_t>(to - from);
      Put(Auipc(kT6, (distance + 0x800) >> 12));
      Put(IType(0x67, 0, ra, kT6, static_cast<int32_t>(distance << 20) >> 20));
    }
  }
  Put(Jal(zero, pc_, kMain));
}

// Sv39: a page of 4 KiB for each of the first 2 MiB.
void PutPageTables(FlatMachine* machine) {
  constexpr uint64_t kTableEntry = 1, kLeaf = 0xcf;  // V; V R W X A D
  machine->Store64(kTable + 8 * (kBase >> 30), (kTable + kPageBytes) >> 2 | kTableEntry);
  machine->Store64(kTable + kPageBytes, kLeaves >> 2 | kTableEntry);
  for (uint64_t page = 0; page < 512; ++page) {
    machine->Store64(kLeaves + 8 * page, (kBase + kPageBytes * page) >> 2 | kLeaf);
  }
}

}  // namespace

void LoadRandomProgram(uint64_t seed, bool paged, FlatMachine* machine) {
  Writer writer(seed, machine);
  machine->StoreCode(
      kBase, {Csrrw(zero, 0x305, a0), Csrrw(zero, 0x3b0, a1), Csrrw(zero, 0x3a0, a2),
              Csrrw(zero, 0x341, a3), Csrrw(zero, 0x300, a4), Csrrw(zero, 0x180, a5), kMret});
  // Goes on behind whatever trapped: all of it is four bytes long.
  machine->StoreCode(kHandler,
                     {Csrrs(kT5, 0x341, zero), Addi(kT5, kT5, 4), Csrrw(zero, 0x341, kT5), kMret});
  for (int i = 0; i < kFunctionCount; ++i) writer.Function(kFunctions + kPageBytes * uint64_t(i));
  writer.PutMain(paged);
  for (uint64_t pa = kData; pa < kData + 0x8400; pa += 8) {
    uint64_t value = writer.Random();
    if (value % 4 == 0) value |= 0xffffffff00000000;  // a boxed single
    if (value % 8 == 1) value = value >> 3 << 52;     // zeros, infinities, powers of two
    machine->Store64(pa, value);
  }
  PutPageTables(machine);
  cpu::Hart& hart = machine->hart();
  hart.Reset(kBase);
  const uint64_t previous = paged ? 1u << 11 : 3u << 11;  // mstatus.MPP
  hart.set_x(a0, kHandler);
  hart.set_x(a1, ~uint64_t{0});
  hart.set_x(a2, 0x1f);
  hart.set_x(a3, kMain);
  hart.set_x(a4, uint64_t{0xa} << 32 | 1u << 13 | previous);
  hart.set_x(a5, paged ? uint64_t{8} << 60 | kTable >> 12 : 0);
  hart.Run(hart.icount() + 7);
  for (int i = 1; i < 32; ++i) hart.set_x(i, writer.Random());
  hart.set_x(kS11, kData);
}

}  // namespace lockstep::testing

// Every floating-point instruction of the table gives the same result, flags and traps translated
// as interpreted, over operands at the edges, in all rounding modes, dynamic and fixed.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "emulator/cpu/hart.h"
#include "emulator/cpu/testing/encode.h"
#include "emulator/cpu/testing/flat_machine.h"
#include "emulator/fp/test_operands.h"
#include "emulator/isa/inst.h"
#include "emulator/isa/operands.h"
#include "emulator/isa/random_encoding.h"

namespace lockstep::jit {
namespace {

using namespace cpu::testing;  // NOLINT: instruction encoders
using cpu::Engine;
using cpu::HartConfig;
using isa::Op;
using isa::RegFile;

constexpr uint64_t kBase = FlatMachine::kRamBase;
constexpr uint64_t kRows = kBase + 0x10000, kResults = kBase + 0x40000;
constexpr int kRowCount = 600;

constexpr uint32_t Fld(uint32_t fd, int32_t imm, Reg rs1) {
  return IType(0x07, 3, static_cast<Reg>(fd), rs1, imm);
}
constexpr uint32_t Fsd(uint32_t fs, int32_t imm, Reg rs1) {
  return SType(3, static_cast<Reg>(fs), rs1, imm) | 0x4;
}
constexpr uint32_t Bne(Reg rs1, Reg rs2, int32_t offset) {
  const uint32_t imm = static_cast<uint32_t>(offset);
  return (imm >> 12 & 1) << 31 | (imm >> 5 & 0x3f) << 25 | rs2 << 20 | rs1 << 15 | 1u << 12 |
         (imm >> 1 & 15) << 8 | (imm >> 11 & 1) << 7 | 0x63;
}

// Doubles, boxed singles, singles that are not boxed, and integers at the ends of their ranges.
uint64_t Operand(fp::internal::OperandSource<uint64_t>* wide,
                 fp::internal::OperandSource<uint32_t>* narrow, bool is_single) {
  static constexpr uint64_t kEdges[] = {
      0x7ff0000000000001, 0x7ff8000000000000, 0xfff8000000000123, 0x7ff0000000000000,
      0xfff0000000000000, 0x0000000000000000, 0x8000000000000000, 0x43e0000000000000,
      0xc3e0000000000000, 0x43f0000000000000, 0x41dfffffffc00000, 0x41e0000000000000,
      0xc1e0000000200000, 0xbfe0000000000000, 0xffffffff7f800001, 0xffffffff7fc00000,
      0xffffffffff800000, 0xffffffff00000000, 0xffffffff80000000, 0xffffffff4f000000,
      0xffffffffcf000000, 0xffffffff5f000000, 0x000000003f800000, 0x7fffffff3f800000};
  const int kind = wide->Below(8);
  if (kind == 0) return kEdges[wide->Below(static_cast<int>(std::size(kEdges)))];
  if (kind == 1) return wide->Bits();
  if (is_single) return 0xffffffff00000000 | narrow->Any();
  return wide->Any();
}

// The word of `op` on f0, f1, f2 (or x12) with the result in f3 (or x10); rm as given where the
// instruction has one.
uint32_t Encode(Op op, uint32_t rm) {
  uint64_t random = 1;
  uint32_t word = isa::RandomEncoding(op, random);
  const isa::OperandUse use = isa::OperandsOf(op);
  const auto put = [&word](unsigned shift, uint32_t mask, uint32_t value) {
    word = (word & ~(mask << shift)) | value << shift;
  };
  put(7, 31, use.rd == RegFile::kInt ? 10 : 3);
  if (use.rs1 != RegFile::kNone) put(15, 31, use.rs1 == RegFile::kInt ? 12 : 0);
  if (use.rs2 != RegFile::kNone) put(20, 31, 1);
  if (use.rs3 != RegFile::kNone) put(27, 31, 2);
  const std::string_view format = isa::OperandFormat(op);
  if (format.find('m') != format.npos || format.find('M') != format.npos) put(12, 7, rm);
  return word;
}

struct Result {
  std::vector<uint8_t> ram;
  std::vector<uint64_t> registers;
  cpu::Hart::Stats stats;
};

// For each row: operands from memory, the instruction, its result and flags to memory.
Result RunRows(Op op, uint32_t rm, uint32_t frm, const std::vector<uint64_t>& rows, Engine engine) {
  HartConfig config;
  config.engine = engine;
  config.jit.threshold = 2;
  config.jit.verify = true;
  FlatMachine machine(config);
  for (size_t i = 0; i < rows.size(); ++i) machine.Store64(kRows + 8 * i, rows[i]);
  const bool is_to_int = isa::OperandsOf(op).rd == RegFile::kInt;
  machine.StoreCode(kBase,
                    {Lui(t0, 2), Csrrs(zero, 0x300, t0),  // FS
                     Addi(t0, zero, static_cast<int32_t>(frm)), Csrrw(zero, 2, t0),
                     // loop, at +16
                     Fld(0, 0, a3), Fld(1, 8, a3), Fld(2, 16, a3), Ld(a2, 0, a3), Encode(op, rm),
                     is_to_int ? Sd(a0, 0, a4) : Fsd(3, 0, a4), Csrrw(a1, 1, zero), Sd(a1, 8, a4),
                     Addi(a3, a3, 24), Addi(a4, a4, 16), Bne(a3, a5, -40), kJumpHere});
  machine.Restart(kBase);
  machine.hart().set_x(a3, kRows);
  machine.hart().set_x(a4, kResults);
  machine.hart().set_x(a5, kRows + 8 * rows.size());
  machine.hart().Run(4 + 11 * (rows.size() / 3));
  return {{machine.ram().begin(), machine.ram().end()},
          machine.hart().Registers(),
          machine.hart().stats()};
}

TEST(FloatTest, TranslatedAsInterpreted) {
  HartConfig config;
  config.engine = Engine::kJit;
  const absl::Status host = cpu::Hart::Check(config);
  if (!host.ok()) GTEST_SKIP() << host;
  fp::internal::OperandSource<uint64_t> wide(7);
  fp::internal::OperandSource<uint32_t> narrow(8);
  uint64_t translated = 0, out_of_line = 0;
  for (uint32_t number = 1; number < static_cast<uint32_t>(Op::kCount); ++number) {
    const Op op = static_cast<Op>(number);
    if (isa::ClassOf(op) != isa::Class::kFloat || isa::BaseOp(op) != op) continue;
    const std::string_view name = isa::Mnemonic(op);
    const bool is_single = name.ends_with(".s") || name.find(".s.") != name.npos;
    std::vector<uint64_t> rows;
    for (int i = 0; i < 3 * kRowCount; ++i) rows.push_back(Operand(&wide, &narrow, is_single));
    struct Mode {
      uint32_t rm, frm;
    };
    for (const Mode& mode : {Mode{7, 0}, Mode{7, 1}, Mode{7, 2}, Mode{7, 3}, Mode{7, 4}, Mode{7, 5},
                             Mode{0, 3}, Mode{1, 0}, Mode{2, 1}, Mode{4, 0}, Mode{5, 0}}) {
      const Result a = RunRows(op, mode.rm, mode.frm, rows, Engine::kInterpreter);
      const Result b = RunRows(op, mode.rm, mode.frm, rows, Engine::kJit);
      ASSERT_EQ(a.registers, b.registers) << name << " rm " << mode.rm << " frm " << mode.frm;
      for (size_t i = kResults - kBase; i < a.ram.size(); ++i) {
        ASSERT_EQ(a.ram[i], b.ram[i])
            << name << " rm " << mode.rm << " frm " << mode.frm << " result "
            << (i - (kResults - kBase)) / 16 << " byte " << i % 16;
      }
      translated += b.stats.jit.insns;
      out_of_line += b.stats.jit.out_of_line();
    }
  }
  EXPECT_GT(translated, 3 * out_of_line) << "nearly nothing was inline";
}

}  // namespace
}  // namespace lockstep::jit

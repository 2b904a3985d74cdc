// Every floating-point instruction, as an instruction, in every rounding mode, fixed and dynamic,
// on both engines, the interpreter with and without the host's arithmetic: results, boxing and
// accrued flags are those of reference.h. More than ten million cases each: special values,
// subnormals, the ends of the range, near and exact ties, operands that are not boxed.

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <string>
#include <vector>

#include "emulator/cpu/hart.h"
#include "emulator/cpu/testing/encode.h"
#include "emulator/cpu/testing/flat_machine.h"
#include "emulator/fp/test_operands.h"
#include "emulator/isa/inst.h"
#include "emulator/isa/operands.h"
#include "emulator/isa/random_encoding.h"
#include "tests/float/reference.h"

namespace lockstep::testing {
namespace {

using namespace cpu::testing;  // NOLINT: instruction encoders
using isa::Op;
using isa::RegFile;

// How an instruction is carried out.
enum class Way : uint8_t { kInterp, kInterpWithoutHost, kJit };
constexpr const char* kWays[] = {"_interp", "_interp_without_host", "_jit"};

cpu::HartConfig ConfigOf(Way way) {
  cpu::HartConfig config;
  if (way == Way::kJit) config.engine = cpu::Engine::kJit;
  config.interp.host_float = way != Way::kInterpWithoutHost;
  return config;
}

constexpr uint64_t kCode = FlatMachine::kRamBase;
constexpr uint64_t kRows = kCode + 0x10000;
// f0, f1, f2, x and fcsr before; the result and fcsr after.
constexpr uint64_t kRowBytes = 64;
constexpr int kBatch = 4096;
// With 36 instructions that round in six ways, and 22 that do not: 11.7 million cases.
constexpr int kBatches = 12;
constexpr int kDynamic = 7;

std::vector<int> RoundingFields(Op op) {
  const std::string_view text = isa::OperandFormat(op);
  if (text.find_first_of("mM") == std::string_view::npos) return {0};
  return {0, 1, 2, 3, 4, kDynamic};
}

constexpr uint32_t Fld(uint32_t fd, int32_t imm, Reg rs1) {
  return IType(0x07, 3, static_cast<Reg>(fd), rs1, imm);
}
constexpr uint32_t Fsd(uint32_t fs, int32_t imm, Reg rs1) {
  return SType(3, static_cast<Reg>(fs), rs1, imm) | 4;
}
constexpr uint32_t Bne(Reg rs1, Reg rs2, int32_t offset) {
  const uint32_t imm = static_cast<uint32_t>(offset);
  return (imm >> 12 & 1) << 31 | (imm >> 5 & 0x3f) << 25 | rs2 << 20 | rs1 << 15 | 1u << 12 |
         (imm >> 1 & 15) << 8 | (imm >> 11 & 1) << 7 | 0x63;
}

// The word of `op` on f0, f1, f2 or a2, with the result in f3 or a3.
uint32_t WordOf(Op op, int rounding_field) {
  uint64_t seed = 1;
  const isa::OperandUse use = isa::OperandsOf(op);
  uint32_t word = isa::RandomEncoding(op, seed);
  const auto set = [&word](int bit, uint32_t width, uint32_t value) {
    const uint32_t mask = ((1u << width) - 1) << bit;
    word = (word & ~mask) | value << bit;
  };
  set(7, 5, use.rd == RegFile::kInt ? a3 : 3u);
  set(15, 5, use.rs1 == RegFile::kInt ? a2 : 0u);
  if (use.rs2 != RegFile::kNone) set(20, 5, 1);
  if (use.rs3 != RegFile::kNone) set(27, 5, 2);
  if (RoundingFields(op).size() > 1) set(12, 3, static_cast<uint32_t>(rounding_field));
  return word;
}

// Operands for an instruction of one precision; F is uint32_t or uint64_t.
template <typename F>
class Operands {
 public:
  explicit Operands(uint64_t seed) : source_(seed) {}

  FloatOperands Draw(Op op) {
    FloatOperands operands;
    const F a = First(op), b = Second(op, a);
    operands.f[0] = Boxed(a);
    operands.f[1] = Boxed(b);
    operands.f[2] = Boxed(Third(a, b));
    operands.x = Integer();
    return operands;
  }
  uint64_t Bits() { return source_.Bits(); }

 private:
  using Source = fp::internal::OperandSource<F>;
  using Host = std::conditional_t<sizeof(F) == 4, float, double>;
  static constexpr int kFractionBits = sizeof(F) == 4 ? 23 : 52;
  static constexpr int kBias = sizeof(F) == 4 ? 127 : 1023;

  static Host ToHost(F bits) { return std::bit_cast<Host>(bits); }
  static F ToBits(Host value) { return std::bit_cast<F>(value); }
  F UlpsBeside(F a) { return a + static_cast<F>(source_.Below(3) - 1); }

  F First(Op op) {
    const F any = source_.Any();
    switch (op) {
      case Op::kFsqrtS:
      case Op::kFsqrtD:  // squares and their neighbours; the others are mostly NaN
        return source_.Below(2) != 0 ? UlpsBeside(ToBits(ToHost(any) * ToHost(any)))
                                     : ToBits(std::fabs(ToHost(any)));
      case Op::kFcvtSD:
        if (source_.Below(3) == 0) return any;
        return Narrowable(any);
      default:
        return isa::OperandsOf(op).rd == RegFile::kInt ? NearInteger(any) : any;
    }
  }

  // In binary32's range, with its rounding bits all equal or single.
  F Narrowable(F a) {
    a = Source::WithExponent(a, kBias - 152 + source_.Below(152 + 130));
    const F low = static_cast<F>(0xfffffff), kept = static_cast<F>(0x10000001);
    if (source_.Below(2) != 0) a = (a & ~low) | (static_cast<F>(Bits()) & kept);
    return a;
  }

  // Of the size of integers, often a half.
  F NearInteger(F a) {
    if (source_.Below(4) == 0) return a;
    const int exponent = source_.Below(70) - 3;
    a = Source::WithExponent(a, kBias + exponent);
    const int fraction_bits = kFractionBits - exponent;  // below the binary point
    if (source_.Below(2) != 0 && fraction_bits > 0 && fraction_bits <= kFractionBits) {
      const F half = F{1} << (fraction_bits - 1);
      a = (a & ~(half - 1)) | half;
    }
    return a;
  }

  F Second(Op op, F a) {
    const bool is_quotient = op == Op::kFdivS || op == Op::kFdivD;
    switch (source_.Below(4)) {
      case 0:
        return source_.Near(a);
      case 1:
        return source_.ProductNearLimit(a);
      case 2:  // a quotient of few bits, exact or a hair beside
        if (is_quotient) return UlpsBeside(ToBits(ToHost(a) / ToHost(source_.Any())));
        [[fallthrough]];
      default:
        return source_.Any();
    }
  }

  F Third(F a, F b) {
    if (source_.Below(3) == 0) return source_.Any();
    return source_.Near(ToBits(ToHost(a) * ToHost(b)));
  }

  uint64_t Integer() {
    const uint64_t bits =
        source_.Below(2) != 0
            ? Bits() >> source_.Below(64)
            : static_cast<uint64_t>(static_cast<int64_t>(Bits()) >> source_.Below(64));
    switch (source_.Below(4)) {
      case 0:  // few bits at the top
        return bits & ~uint64_t{0} << source_.Below(64);
      case 1:  // a single one below them
        return (bits & ~uint64_t{0} << source_.Below(64)) | uint64_t{1} << source_.Below(64);
      default:
        return bits;
    }
  }

  // A single that is not boxed once in a while, and the bits of a double.
  uint64_t Boxed(F value) {
    if constexpr (sizeof(F) == 8) return value;
    constexpr uint64_t kBox = 0xffffffff00000000;
    if (source_.Below(32) != 0) return kBox | value;
    return (Bits() & kBox) | value;
  }

  Source source_;
};

struct Row {
  FloatOperands operands;
  uint64_t fcsr = 0;
};

class FloatInstructionTest : public ::testing::TestWithParam<std::tuple<Way, int>> {
 protected:
  FloatInstructionTest()
      : op_(static_cast<Op>(std::get<1>(GetParam()))),
        machine_(ConfigOf(std::get<0>(GetParam()))) {}

  bool IsDouble() const {
    return isa::Mnemonic(op_).ends_with(".d");  // of a conversion the operand counts
  }

  // A loop over the rows from a0 to a1.
  void StoreLoop(uint32_t word) {
    const bool gives_integer = isa::OperandsOf(op_).rd == RegFile::kInt;
    machine_.StoreCode(
        kCode, {Csrrs(zero, 0x300, t0), Fld(0, 0, a0), Fld(1, 8, a0), Fld(2, 16, a0),
                Ld(a2, 24, a0), Ld(t1, 32, a0), Csrrw(zero, 3, t1), word, Csrrs(t2, 3, zero),
                gives_integer ? Sd(a3, 40, a0) : Fsd(3, 40, a0), Sd(t2, 48, a0),
                Addi(a0, a0, kRowBytes), Bne(a0, a1, -44), kJumpHere});
  }
  static constexpr uint64_t kLoopInsns = 12;

  void RunRows(const std::vector<Row>& rows) {
    for (size_t i = 0; i < rows.size(); ++i) {
      const uint64_t row = kRows + i * kRowBytes;
      for (int k = 0; k < 3; ++k) machine_.Store64(row + 8 * k, rows[i].operands.f[k]);
      machine_.Store64(row + 24, rows[i].operands.x);
      machine_.Store64(row + 32, rows[i].fcsr);
    }
    cpu::Hart& hart = machine_.hart();
    hart.Reset(kCode);
    constexpr uint64_t kFsDirty = 3u << 13;
    hart.set_x(t0, kFsDirty);
    hart.set_x(a0, kRows);
    hart.set_x(a1, kRows + rows.size() * kRowBytes);
    hart.Run(hart.icount() + 1 + kLoopInsns * rows.size());
    ASSERT_EQ(hart.pc(), kCode + 13 * 4) << isa::Mnemonic(op_) << ": the loop did not end";
  }

  // False: reported.
  bool Check(const Row& row, int index, int rm) {
    const FloatOutcome expected = ExpectedOutcome(op_, row.operands, rm);
    ties_ += expected.is_tie;
    const uint64_t at = kRows + static_cast<uint64_t>(index) * kRowBytes;
    const uint64_t fcsr = row.fcsr | expected.flags;
    const bool is_equal =
        machine_.Load64(at + 40) == expected.value && machine_.Load64(at + 48) == fcsr;
    EXPECT_TRUE(is_equal) << isa::Mnemonic(op_) << std::hex << " f " << row.operands.f[0] << " "
                          << row.operands.f[1] << " " << row.operands.f[2] << " x "
                          << row.operands.x << " rm " << rm << "\n  gives "
                          << machine_.Load64(at + 40) << " fcsr " << machine_.Load64(at + 48)
                          << "\n  not   " << expected.value << " fcsr " << fcsr;
    return is_equal;
  }

  template <typename F>
  void RunAll() {
    Operands<F> source(static_cast<uint64_t>(op_));
    for (const int field : RoundingFields(op_)) {
      StoreLoop(WordOf(op_, field));
      machine_.Restart(kCode);
      for (int batch = 0; batch < kBatches; ++batch) {
        std::vector<Row> rows(kBatch);
        for (Row& row : rows) {
          row.operands = source.Draw(op_);
          // A fixed mode takes no notice of frm, be it reserved.
          // The host computes with frm to nearest, so that is half of them.
          const bool is_nearest = source.Bits() % 2 != 0;
          const uint64_t frm = is_nearest ? 0 : source.Bits() % (field == kDynamic ? 5 : 8);
          row.fcsr = frm << 5 | source.Bits() % 32;
        }
        ASSERT_NO_FATAL_FAILURE(RunRows(rows));
        for (int i = 0; i < kBatch; ++i) {
          const int rm = field == kDynamic ? static_cast<int>(rows[i].fcsr >> 5) : field;
          if (!Check(rows[i], i, rm)) return;
        }
      }
    }
  }

  const Op op_;
  FlatMachine machine_;
  int ties_ = 0;  // with ties to the larger magnitude
};

// Operations of which a result can lie half-way between two numbers.
bool HasTies(Op op) {
  if (RoundingFields(op).size() == 1) return false;
  if (op == Op::kFcvtDL || op == Op::kFcvtDLu) return true;
  const std::string_view mnemonic = isa::Mnemonic(op);
  for (const char* start : {"fadd", "fsub", "fm", "fnm", "fcvt.s", "fcvt.w", "fcvt.l"}) {
    if (mnemonic.starts_with(start)) return true;
  }
  return false;
}

TEST_P(FloatInstructionTest, IsWhatTheHostGives) {
  if (!HostCanTell()) GTEST_SKIP() << "this host has no FMA instructions";
  const cpu::HartConfig config = ConfigOf(std::get<0>(GetParam()));
  if (!cpu::Hart::Check(config).ok()) GTEST_SKIP() << cpu::Hart::Check(config);
  if (IsDouble()) {
    RunAll<uint64_t>();
  } else {
    RunAll<uint32_t>();
  }
  if (HasTies(op_)) {
    EXPECT_GT(ties_, 100) << "too few ties among the operands";
  }
}

std::vector<int> FloatOps() {
  std::vector<int> ops;
  for (int i = 1; i < static_cast<int>(Op::kCount); ++i) {
    if (isa::ClassOf(static_cast<Op>(i)) == isa::Class::kFloat) ops.push_back(i);
  }
  return ops;
}

INSTANTIATE_TEST_SUITE_P(
    All, FloatInstructionTest,
    ::testing::Combine(::testing::Values(Way::kInterp, Way::kInterpWithoutHost, Way::kJit),
                       ::testing::ValuesIn(FloatOps())),
    [](const auto& info) {
      std::string name(isa::Mnemonic(static_cast<Op>(std::get<1>(info.param))));
      for (char& ch : name) ch = ch == '.' ? '_' : ch;
      return name + kWays[static_cast<int>(std::get<0>(info.param))];
    });

// The reserved rounding modes are illegal instructions, fixed and dynamic, and change nothing.
TEST(FloatInstructionModesTest, ReservedModesAreIllegal) {
  FlatMachine machine{cpu::HartConfig{}};
  for (const int op_number : FloatOps()) {
    const Op op = static_cast<Op>(op_number);
    if (RoundingFields(op).size() == 1) continue;
    for (uint32_t frm = 0; frm < 8; ++frm) {
      for (int field = 0; field < 8; ++field) {
        const bool is_legal = field <= 4 || (field == kDynamic && frm <= 4);
        machine.StoreCode(kCode, {Csrrs(zero, 0x300, t0), Csrrw(zero, 3, t1), WordOf(op, field)});
        machine.Restart(kCode);
        machine.hart().set_x(t0, 1u << 13);
        machine.hart().set_x(t1, frm << 5);
        machine.hart().set_x(a3, 0x1234);
        machine.hart().Run(3);
        EXPECT_EQ(machine.hart().stats().exceptions, is_legal ? 0u : 1u)
            << isa::Mnemonic(op) << " frm " << frm << " rm " << field;
        if (!is_legal) {
          EXPECT_EQ(machine.hart().x(a3), 0x1234u) << isa::Mnemonic(op);
        }
      }
    }
  }
}

}  // namespace
}  // namespace lockstep::testing

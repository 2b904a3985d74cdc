#include "emulator/isa/operands.h"

#include <cstdint>

#include "emulator/isa/inst.h"
#include "emulator/isa/random_encoding.h"
#include "gtest/gtest.h"

namespace lockstep::isa {
namespace {

constexpr RegFile kNone = RegFile::kNone;
constexpr RegFile kInt = RegFile::kInt;
constexpr RegFile kFloat = RegFile::kFloat;

void ExpectUse(Op op, RegFile rd, RegFile rs1, RegFile rs2, RegFile rs3 = kNone) {
  const OperandUse use = OperandsOf(op);
  EXPECT_EQ(use.rd, rd) << Mnemonic(op);
  EXPECT_EQ(use.rs1, rs1) << Mnemonic(op);
  EXPECT_EQ(use.rs2, rs2) << Mnemonic(op);
  EXPECT_EQ(use.rs3, rs3) << Mnemonic(op);
}

TEST(OperandsTest, OfEveryKindOfInstruction) {
  ExpectUse(Op::kIllegal, kNone, kNone, kNone);
  ExpectUse(Op::kLui, kInt, kNone, kNone);
  ExpectUse(Op::kAddi, kInt, kInt, kNone);
  ExpectUse(Op::kAdd, kInt, kInt, kInt);
  ExpectUse(Op::kJal, kInt, kNone, kNone);
  ExpectUse(Op::kJalr, kInt, kInt, kNone);
  ExpectUse(Op::kBeq, kNone, kInt, kInt);
  ExpectUse(Op::kLd, kInt, kInt, kNone);
  ExpectUse(Op::kSd, kNone, kInt, kInt);
  ExpectUse(Op::kFence, kNone, kNone, kNone);
  ExpectUse(Op::kFenceI, kNone, kNone, kNone);
  ExpectUse(Op::kEcall, kNone, kNone, kNone);
  ExpectUse(Op::kSfenceVma, kNone, kInt, kInt);
  ExpectUse(Op::kCsrrw, kInt, kInt, kNone);
  ExpectUse(Op::kCsrrwi, kInt, kNone, kNone);
  ExpectUse(Op::kLrD, kInt, kInt, kNone);
  ExpectUse(Op::kScD, kInt, kInt, kInt);
  ExpectUse(Op::kAmoswapW, kInt, kInt, kInt);
  ExpectUse(Op::kFld, kFloat, kInt, kNone);
  ExpectUse(Op::kFsw, kNone, kInt, kFloat);
  ExpectUse(Op::kFaddS, kFloat, kFloat, kFloat);
  ExpectUse(Op::kFmaddD, kFloat, kFloat, kFloat, kFloat);
  ExpectUse(Op::kFsqrtD, kFloat, kFloat, kNone);
  ExpectUse(Op::kFeqS, kInt, kFloat, kFloat);
  ExpectUse(Op::kFclassD, kInt, kFloat, kNone);
  ExpectUse(Op::kFcvtWD, kInt, kFloat, kNone);
  ExpectUse(Op::kFcvtDS, kFloat, kFloat, kNone);
  ExpectUse(Op::kFmvXW, kInt, kFloat, kNone);
  ExpectUse(Op::kFmvDX, kFloat, kInt, kNone);
}

TEST(OperandsTest, CompressedUseTheFieldsOfTheirBase) {
  ExpectUse(Op::kCAddi, kInt, kInt, kNone);
  ExpectUse(Op::kCMv, kInt, kInt, kInt);
  ExpectUse(Op::kCFsdsp, kNone, kInt, kFloat);
  ExpectUse(Op::kCLwsp, kInt, kInt, kNone);
  ExpectUse(Op::kCJ, kInt, kNone, kNone);
  ExpectUse(Op::kCJalr, kInt, kInt, kNone);
  ExpectUse(Op::kCBeqz, kNone, kInt, kInt);
  EXPECT_EQ(OperandFormat(Op::kCAddi), "d,i");
  EXPECT_EQ(OperandFormat(Op::kAddi), "d,s,i");
  EXPECT_EQ(OperandFormat(Op::kIllegal), "");
}

// A field that Decode fills is one that is used, and the other way round: over many words of a
// row a used register field takes many values, an unused one only zero.
TEST(OperandsTest, AgreeWithTheFieldsThatDecodeFills) {
  uint64_t state = 3;
  for (int i = 1; i < static_cast<int>(Op::kCount); ++i) {
    const Op op = static_cast<Op>(i);
    const OperandUse use = OperandsOf(op);
    for (int n = 0; n < 100; ++n) {
      const Instruction inst = Decode(RandomEncoding(op, state));
      if (use.rd == kNone) {
        EXPECT_EQ(inst.rd, 0) << Mnemonic(op);
      }
      if (use.rs1 == kNone && ClassOf(op) != Class::kCsr) {
        EXPECT_EQ(inst.rs1, 0) << Mnemonic(op);
      }
      if (use.rs2 == kNone) {
        EXPECT_EQ(inst.rs2, 0) << Mnemonic(op);
      }
      if (use.rs3 == kNone) {
        EXPECT_EQ(inst.rs3, 0) << Mnemonic(op);
      }
    }
    EXPECT_EQ(WritesRd(op), use.rd != kNone);
    EXPECT_EQ(ReadsRs1(op), use.rs1 != kNone);
    EXPECT_EQ(ReadsRs2(op), use.rs2 != kNone);
    EXPECT_EQ(ReadsRs3(op), use.rs3 != kNone);
  }
}

}  // namespace
}  // namespace lockstep::isa

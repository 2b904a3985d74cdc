// Verifier, printer and passes.

#include "emulator/jit/ir/ir.h"

#include <gtest/gtest.h>

#include "emulator/jit/ir/passes.h"

namespace lockstep::jit::ir {
namespace {

// x10 = 0x12345000 + 0x678; x11 = load(x10 + 8); jump.
Unit Small() {
  Unit unit;
  unit.pc = 0x80000000;
  unit.n_guest = 3;
  Builder b(&unit);
  b.Set(10, b.Const(0x12345000));
  b.set_guest(1);
  const Ref old = b.Get(10);
  b.Set(10, b.Emit(Op::kAdd, old, b.Const(0x678)));
  b.set_guest(2);
  Inst load;
  load.op = Op::kLoad;
  load.bytes = 4;
  load.is_signed = true;
  load.slot = 11;
  load.args[0] = b.Get(10);
  load.imm = 8;
  b.Set(11, b.Emit(load));
  Inst jump;
  jump.op = Op::kJump;
  jump.imm = 0x80000010;
  b.Emit(jump);
  return unit;
}

void RunPasses(Unit* unit) {
  for (const Pass& pass : Passes()) {
    pass.run(unit);
    ASSERT_EQ(Verify(*unit), "") << "after " << pass.name << "\n" << Print(*unit);
  }
}

TEST(IrTest, PrintsEveryOperand) {
  EXPECT_EQ(Print(Small()),
            "unit 0x80000000, 3 guest instructions\n"
            "  v0 = Const 0x12345000\n"
            "  Set x10, v0\n"
            "  v2 = Get x10\n"
            "  v3 = Const 0x678\n"
            "  v4 = Add v2, v3\n"
            "  Set x10, v4\n"
            "  v6 = Get x10\n"
            "  v7 = Load.32s v6 +8  ; #2\n"
            "  Set x11, v7\n"
            "  Jump 0x80000010\n");
}

TEST(IrTest, PassesForwardFoldAndDrop) {
  Unit unit = Small();
  RunPasses(&unit);
  EXPECT_EQ(Print(unit),
            "unit 0x80000000, 3 guest instructions\n"
            "  v0 = Const 0x12345678\n"
            "  Set x10, v0\n"
            "  v2 = Load.32s v0 +8  ; #2\n"
            "  Set x11, v2\n"
            "  Jump 0x80000010\n");
}

TEST(IrTest, AWriteBeforeAFallibleInstructionStays) {
  Unit unit;
  unit.n_guest = 3;
  Builder b(&unit);
  b.Set(5, b.Const(1));
  b.set_guest(1);
  b.Emit(Op::kInterpret);
  b.set_guest(2);
  b.Set(5, b.Const(2));
  Inst jump;
  jump.op = Op::kJump;
  b.Emit(jump);
  RunPasses(&unit);
  EXPECT_EQ(unit.insts.size(), 6u) << Print(unit);
}

TEST(IrTest, NothingIsKnownBehindAnInterpretedInstruction) {
  Unit unit;
  unit.n_guest = 3;
  Builder b(&unit);
  b.Set(5, b.Const(1));
  b.set_guest(1);
  b.Emit(Op::kInterpret);
  b.set_guest(2);
  b.Set(6, b.Get(5));
  Inst jump;
  jump.op = Op::kJump;
  b.Emit(jump);
  RunPasses(&unit);
  EXPECT_NE(Print(unit).find("Get x5"), std::string::npos) << Print(unit);
}

TEST(IrTest, AJumpToAConstantIsDirect) {
  Unit unit;
  unit.n_guest = 1;
  Builder b(&unit);
  const Ref target = b.Emit(Op::kAdd, b.Const(0x1000), b.Const(0x20));
  b.Emit(Op::kJumpIndirect, target);
  RunPasses(&unit);
  EXPECT_EQ(Print(unit), "unit 0, 1 guest instructions\n  Jump 0x1020\n");
}

// x12 = sext.w(rotate(x10 by 7 up) + x11), the way RV64GC writes it.
TEST(IrTest, IdiomsBecomeOneOperation) {
  Unit unit;
  unit.n_guest = 1;
  Builder b(&unit);
  const Ref x = b.Get(10);
  const Ref up = b.Emit(Op::kShlW, x, b.Const(7));
  const Ref down = b.Emit(Op::kShrW, x, b.Const(25));
  const Ref rotated = b.Emit(Op::kOr, up, down);
  const Ref sum = b.Emit(Op::kAddW, rotated, b.Get(11));
  b.Set(12, b.Emit(Op::kAddW, sum, b.Const(0)));
  b.Emit(Op::kJump);
  RunPasses(&unit);
  EXPECT_EQ(Print(unit),
            "unit 0, 1 guest instructions\n"
            "  v0 = Get x10\n"
            "  v1 = Const 0x19\n"
            "  v2 = RorW.low v0, v1\n"
            "  v3 = Get x11\n"
            "  v4 = AddW v2, v3\n"
            "  Set x12, v4\n"
            "  Jump 0\n");
}

TEST(IrTest, ExtensionsBecomeOneOperation) {
  Unit unit;
  unit.n_guest = 1;
  Builder b(&unit);
  const Ref x = b.Get(10);
  b.Set(11, b.Emit(Op::kShr, b.Emit(Op::kShl, x, b.Const(32)), b.Const(30)));
  b.Set(12, b.Emit(Op::kSar, b.Emit(Op::kShl, x, b.Const(48)), b.Const(48)));
  b.Set(13, b.Emit(Op::kShr, b.Emit(Op::kShl, x, b.Const(32)), b.Const(33)));
  b.Set(14, b.Emit(Op::kAnd, x, b.Const(0xff)));
  b.Emit(Op::kJump);
  RunPasses(&unit);
  const std::string text = Print(unit);
  EXPECT_NE(text.find("Extend.32 v0 << 2\n"), text.npos) << text;
  EXPECT_NE(text.find("Extend.16s v0\n"), text.npos) << text;
  EXPECT_NE(text.find("Shr v"), text.npos) << text;
  EXPECT_NE(text.find("Extend.8 v0\n"), text.npos) << text;
}

TEST(IrTest, WhatIsNoIdiomStays) {
  Unit unit;
  unit.n_guest = 1;
  Builder b(&unit);
  const Ref x = b.Get(10), y = b.Get(11);
  const Ref up = b.Emit(Op::kShlW, x, b.Const(7));
  b.Set(12, b.Emit(Op::kOr, up, b.Emit(Op::kShrW, x, b.Const(24))));
  b.Set(13, b.Emit(Op::kOr, up, b.Emit(Op::kShrW, y, b.Const(25))));
  b.Set(14, b.Emit(Op::kAnd, up, b.Emit(Op::kShrW, x, b.Const(25))));
  b.Set(15, b.Emit(Op::kAddW, y, b.Const(0)));
  b.Emit(Op::kJump);
  RunPasses(&unit);
  EXPECT_EQ(Print(unit).find("Ror"), std::string::npos) << Print(unit);
  EXPECT_NE(Print(unit).find("AddW"), std::string::npos) << Print(unit);
}

TEST(IrTest, BoxedIsNotCheckedAgain) {
  Unit unit;
  unit.n_guest = 2;
  Builder b(&unit);
  b.Set(40, b.Emit(Op::kBox, b.Emit(Op::kFFromBits, b.Get(10))));
  b.set_guest(1);
  const Ref narrow = b.Emit(Op::kUnbox, b.Get(40));
  b.Set(41, b.Emit(Op::kBox, narrow));
  b.Emit(Op::kJump);
  RunPasses(&unit);
  EXPECT_EQ(Print(unit).find("Unbox"), std::string::npos) << Print(unit);
}

TEST(IrTest, TheVerifierRefuses) {
  Unit unit = Small();
  unit.insts[4].args[0] = 7;
  EXPECT_EQ(Verify(unit), "v4: operand 0 is not defined before");
  unit = Small();
  unit.insts[4].args[1] = kNoRef;
  EXPECT_NE(Verify(unit), "");
  unit = Small();
  unit.insts[7].args[1] = 0;
  EXPECT_EQ(Verify(unit), "v7: operand 1 is one too many");
  unit = Small();
  unit.insts[1].slot = 64;
  EXPECT_EQ(Verify(unit), "v1: slot out of range");
  unit = Small();
  unit.insts.pop_back();
  EXPECT_EQ(Verify(unit), "v8: an end is the last, and the last is an end");
  unit = Small();
  unit.insts[5].op = Op::kSetF;
  EXPECT_EQ(Verify(unit), "v5: operand 0 has the wrong type");
  unit = Small();
  unit.insts[6].guest = 1;
  unit.insts[7].guest = 1;
  EXPECT_EQ(Verify(unit), "");
  unit.insts[6] = unit.insts[5];
  unit.insts[7].args[0] = 4;
  EXPECT_EQ(Verify(unit), "v7: fallible behind a write of the same guest instruction");
}

TEST(IrTest, EvaluationOfTheCorners) {
  constexpr uint64_t kMin = uint64_t{1} << 63, kOnes = ~uint64_t{0};
  EXPECT_EQ(Evaluate(Op::kDiv, kMin, kOnes), kMin);
  EXPECT_EQ(Evaluate(Op::kRem, kMin, kOnes), 0u);
  EXPECT_EQ(Evaluate(Op::kDiv, 7, 0), kOnes);
  EXPECT_EQ(Evaluate(Op::kRemUW, 0x80000005, 0), 0xffffffff80000005);
  EXPECT_EQ(Evaluate(Op::kDivW, 0x80000000, kOnes), 0xffffffff80000000);
  EXPECT_EQ(Evaluate(Op::kMulHighSu, kOnes, kOnes), kOnes);
  EXPECT_EQ(Evaluate(Op::kMulHigh, kOnes, kOnes), 0u);
  EXPECT_EQ(Evaluate(Op::kShl, 1, 64), 1u);
  EXPECT_EQ(Evaluate(Op::kSarW, 0x80000000, 33), 0xffffffffc0000000);
  EXPECT_EQ(Evaluate(Op::kRorW, 1, 33), 0xffffffff80000000);
  EXPECT_EQ(Evaluate(Op::kRor, 3, 65), 0x8000000000000001);
  EXPECT_EQ(Evaluate(Op::kAddW, 0x7fffffff, 1), 0xffffffff80000000);
}

}  // namespace
}  // namespace lockstep::jit::ir

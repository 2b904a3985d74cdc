#include "emulator/isa/extensions.h"

#include "emulator/isa/inst.h"
#include "gtest/gtest.h"

namespace lockstep::isa {
namespace {

TEST(ExtensionsTest, SetsHoldWhatIsPutIn) {
  ExtensionSet set = {Extension::kI, Extension::kSvpbmt};
  EXPECT_TRUE(set.Has(Extension::kI));
  EXPECT_TRUE(set.Has(Extension::kSvpbmt));
  EXPECT_FALSE(set.Has(Extension::kZba));
  EXPECT_TRUE(set.HasAll({Extension::kI}));
  EXPECT_FALSE(set.HasAll({Extension::kI, Extension::kZba}));
  set.Set(Extension::kSvpbmt, false);
  EXPECT_EQ(set, ExtensionSet({Extension::kI}));
}

// QEMU 7.2 gives the same string and misa for these; device_tree_test asks it.
TEST(ExtensionsTest, NamesForTheGuest) {
  EXPECT_EQ(IsaString(kRv64gc), "rv64imafdc_zicsr_zifencei_zihintpause");
  EXPECT_EQ(Misa(kRv64gc), 0x800000000014112du);
  EXPECT_EQ(IsaString({Extension::kI, Extension::kSvpbmt, Extension::kZbs, Extension::kSstc}),
            "rv64i_zbs_sstc_svpbmt");
  EXPECT_EQ(Misa({Extension::kI, Extension::kZbs}), 0x8000000000000100u);
}

TEST(ExtensionsTest, AnInstructionNeedsItsExtensionAndThatOfItsBase) {
  EXPECT_EQ(NeededBy(Op::kAddi), ExtensionSet({Extension::kI}));
  EXPECT_EQ(NeededBy(Op::kCAddi), ExtensionSet({Extension::kC, Extension::kI}));
  EXPECT_EQ(NeededBy(Op::kCFld), ExtensionSet({Extension::kC, Extension::kD}));
  EXPECT_EQ(NeededBy(Op::kClmul), ExtensionSet({Extension::kZbc}));
  EXPECT_EQ(NeededBy(Op::kIllegal), ExtensionSet());
}

TEST(ExtensionsTest, DecodeKnowsOnlyWhatTheHartHas) {
  constexpr uint32_t kAndn = 0x40c5f533;  // andn a0,a1,a2
  ExtensionSet set = kRv64gc;
  const Instruction without = Decode(kAndn, set);
  EXPECT_EQ(without.op, Op::kIllegal);
  EXPECT_EQ(without.raw, kAndn);
  EXPECT_EQ(without.length_bytes, 4);
  EXPECT_EQ(without.rd, 0);
  set.Set(Extension::kZbb, true);
  EXPECT_EQ(Decode(kAndn, set).op, Op::kAndn);
  constexpr uint32_t kCFld = 0x2188;  // c.fld fa0,0(a1)
  EXPECT_EQ(Decode(kCFld, set).op, Op::kCFld);
  set.Set(Extension::kD, false);
  EXPECT_EQ(Decode(kCFld, set).op, Op::kIllegal);
  EXPECT_EQ(Decode(kCFld, set).length_bytes, 2);
}

}  // namespace
}  // namespace lockstep::isa

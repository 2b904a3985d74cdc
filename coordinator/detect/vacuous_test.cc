#include "coordinator/detect/vacuous.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lockstep::detect {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr state::GroupMask kGpr = 1, kFpr = 2, kCsr = 4, kMem = 8, kAll = 15;

// A run that proved something.
Activity Good() {
  Activity activity;
  activity.instances = {{"A", state::Engine::kJit, 10, 3},
                        {"B", state::Engine::kInterpreter, 12, 4}};
  activity.compared = 10;
  activity.groups = activity.groups_changed = activity.groups_nonzero = kAll;
  return activity;
}

TEST(Vacuous, ARunThatProvedSomething) {
  const Proof proof = Judge(Good());
  EXPECT_FALSE(proof.trouble.has_value());
  EXPECT_EQ(proof.unchanged, 0u);
  EXPECT_THAT(proof.notes, IsEmpty());
}

TEST(Vacuous, NothingCompared) {
  Activity activity = Good();
  activity.compared = 0;
  const Proof proof = Judge(activity);
  ASSERT_TRUE(proof.trouble.has_value());
  EXPECT_EQ(proof.trouble->instance, "");
  EXPECT_EQ(proof.trouble->reason, "nothing proved: no block was compared");
}

TEST(Vacuous, OneBlockOrNone) {
  for (uint64_t blocks : {0, 1}) {
    Activity activity = Good();
    activity.instances[1].blocks = blocks;
    const Proof proof = Judge(activity);
    ASSERT_TRUE(proof.trouble.has_value());
    EXPECT_EQ(proof.trouble->instance, "B");
    EXPECT_EQ(proof.trouble->reason, blocks == 0 ? "nothing proved: it sent no block"
                                                 : "nothing proved: it sent a single block");
  }
}

TEST(Vacuous, AJitWithoutATranslation) {
  Activity activity = Good();
  activity.instances[0].translations = 0;
  const Proof proof = Judge(activity);
  ASSERT_TRUE(proof.trouble.has_value());
  EXPECT_EQ(proof.trouble->instance, "A");
  EXPECT_THAT(proof.trouble->reason, HasSubstr("JIT, and it translated no block"));
  // An interpreter need not translate.
  activity = Good();
  activity.instances[1].translations = 0;
  EXPECT_FALSE(Judge(activity).trouble.has_value());
}

TEST(Vacuous, GprMustChangeThoughNobodyDemandsIt) {
  Activity activity = Good();
  activity.groups_changed &= ~kGpr;
  ASSERT_TRUE(Judge(activity).trouble.has_value());
  EXPECT_EQ(Judge(activity).trouble->reason, "nothing proved: gpr never changed");
  // Instances without digests prove control flow alone.
  activity.groups = activity.groups_changed = activity.groups_nonzero = 0;
  EXPECT_FALSE(Judge(activity).trouble.has_value());
}

TEST(Vacuous, AnotherGroupMustChangeIfDemanded) {
  for (state::GroupMask group : {kFpr, kCsr, kMem}) {
    Activity activity = Good();
    activity.groups_changed &= ~group;
    Proof proof = Judge(activity);
    EXPECT_FALSE(proof.trouble.has_value()) << group;
    EXPECT_EQ(proof.unchanged, group);
    ASSERT_EQ(proof.notes.size(), 1u);
    EXPECT_THAT(proof.notes[0], HasSubstr("never changed in this run"));
    activity.demanded = group;
    proof = Judge(activity);
    ASSERT_TRUE(proof.trouble.has_value()) << group;
    EXPECT_THAT(proof.trouble->reason, HasSubstr("never changed"));
  }
}

TEST(Vacuous, ADigestThatIsAlwaysZeroWasNeverSupplied) {
  for (state::GroupMask group : {kGpr, kFpr, kCsr}) {
    Activity activity = Good();
    activity.groups_changed &= ~group;
    activity.groups_nonzero &= ~group;
    ASSERT_TRUE(Judge(activity).trouble.has_value()) << group;
    EXPECT_THAT(Judge(activity).trouble->reason, HasSubstr("supplied by none"));
  }
  // mem is 0 until the first store.
  Activity activity = Good();
  activity.groups_changed &= ~kMem;
  activity.groups_nonzero &= ~kMem;
  EXPECT_FALSE(Judge(activity).trouble.has_value());
  EXPECT_EQ(Judge(activity).unchanged, kMem);
}

// With sums the blocks that are known are not all.
TEST(Vacuous, WithSumsBlocksAreNotAsked) {
  for (const uint64_t blocks : {0, 1}) {
    Activity activity;
    activity.instances = {{"A", state::Engine::kJit, blocks, 1, true},
                          {"B", state::Engine::kOther, blocks, 0, true}};
    activity.compared = 40;
    activity.groups = activity.groups_changed = activity.groups_nonzero = 1;
    EXPECT_FALSE(Judge(activity).trouble.has_value());
    activity.instances[0].translations = 0;
    ASSERT_TRUE(Judge(activity).trouble.has_value());
    EXPECT_TRUE(Judge(activity).trouble->nothing_proved);
    activity.instances[0].translations = 1;
    activity.compared = 0;
    ASSERT_TRUE(Judge(activity).trouble.has_value());
    EXPECT_EQ(Judge(activity).trouble->reason, "nothing proved: no block was compared");
  }
}

}  // namespace
}  // namespace lockstep::detect

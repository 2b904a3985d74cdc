#include "coordinator/cli/second_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace lockstep::cli {
namespace {

using report::Outcome;
using report::Report;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Report Of(Outcome outcome) {
  Report report;
  report.outcome = outcome;
  report.compared.stream_mode = state::StreamMode::kSparse;
  report.compared.insns = 200000;
  report.compared.windows = 3;
  report.instances.resize(2);
  for (report::Instance& instance : report.instances) {
    instance.identity.abilities = state::kAbilityStep | state::kAbilityTlbEvents;
  }
  return report;
}

Report Diverged(uint64_t agreed, uint64_t icount) {
  Report report = Of(Outcome::kDiverged);
  report.run_id = "first";
  report.divergence.emplace();
  report.divergence->last_agreed_icount = agreed;
  report.divergence->icount = icount;
  return report;
}

Report Trouble(const std::string& reason) {
  Report report = Of(Outcome::kTrouble);
  report.run_id = "first";
  report.trouble = report::Trouble{"B", reason};
  return report;
}

Report NothingProved() {
  Report report = Trouble("nothing proved");
  report.trouble->nothing_proved = true;
  return report;
}

TEST(NeedsSecondRun, WhereSomethingIsOpen) {
  EXPECT_FALSE(NeedsSecondRun(Of(Outcome::kIdentical)));
  EXPECT_TRUE(NeedsSecondRun(Diverged(65536, 131072)));
  EXPECT_TRUE(NeedsSecondRun(Trouble("crashed")));
  Report never = Trouble("cannot start");
  never.compared.stream_mode.reset();
  EXPECT_FALSE(NeedsSecondRun(never)) << "it never came to compare";
  Report nothing = NothingProved();
  EXPECT_FALSE(NeedsSecondRun(nothing)) << "all blocks are known";
  nothing.compared.sums = true;
  EXPECT_TRUE(NeedsSecondRun(nothing));
  Report known = Diverged(65536, 131072);
  for (report::Instance& instance : known.instances) instance.identity.abilities = 0;
  EXPECT_FALSE(NeedsSecondRun(known)) << "blocks were told of, and there is nothing else";
  known.compared.sums = true;
  EXPECT_TRUE(NeedsSecondRun(known));
}

TEST(VerdictOfBoth, WhatOnlySumsShowIsDecidedByBlocks) {
  Report first = Diverged(65536, 131072);
  first.divergence->tentative = true;
  Report second = Of(Outcome::kIdentical);
  second.compared.windows = 2;
  const Report report = VerdictOfBoth({first}, {second}, 65536);
  EXPECT_EQ(report.outcome, Outcome::kIdentical);
  EXPECT_EQ(report.compared.windows, 3u);
  EXPECT_TRUE(report.compared.sums);
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_THAT(report.notes[0], HasSubstr("block by block from icount 65536 on"));
  EXPECT_THAT(VerdictOfBoth({first}, {Diverged(70000, 70001)}, 65536).notes, IsEmpty());
  EXPECT_FALSE(VerdictOfBoth({first}, {second}, 0).compared.sums) << "all blocks are known";
  EXPECT_EQ(VerdictOfBoth({first}, {Trouble("crashed")}, 0).outcome, Outcome::kTrouble);
  EXPECT_EQ(VerdictOfBoth({first}, {Diverged(70000, 70001)}, 0).divergence->icount, 70001u);
}

TEST(NeedsSecondRun, ShortRunsWithStatesOnEveryBlock) {
  Report report = Of(Outcome::kIdentical);
  report.compared.sums = true;
  report.compared.digest_at = state::DigestAt::kBlock;
  EXPECT_FALSE(NeedsSecondRun(report));
  report.compared.windows = 1;
  EXPECT_TRUE(NeedsSecondRun(report));
  EXPECT_EQ(StartOfSecondRun(report), 0u);
  EXPECT_FALSE(VerdictOfBoth({report}, {Of(Outcome::kIdentical)}, 0).compared.sums);
  report.compared.digest_at = state::DigestAt::kWindow;
  EXPECT_FALSE(NeedsSecondRun(report));
  report.compared.digest_at = state::DigestAt::kBlock;
  report.compared.sums = false;
  EXPECT_FALSE(NeedsSecondRun(report));
}

TEST(Undecided, IsTroubleAndNamesNobody) {
  Report report = Diverged(65536, 131072);
  report.compared.insns = 65536;
  report.instances[1].outlier = true;
  EXPECT_FALSE(IsTentative(report));
  report.divergence->tentative = true;
  ASSERT_TRUE(IsTentative(report));
  report = Undecided(report, "interrupted");
  EXPECT_EQ(report.outcome, Outcome::kTrouble);
  EXPECT_EQ(report.trouble->reason, "interrupted; verified to 65536");
  EXPECT_EQ(report.trouble->instance, "");
  EXPECT_FALSE(report.divergence.has_value());
  EXPECT_FALSE(report.instances[1].outlier);
}

TEST(StartOfSecondRun, IsTheLastWindowThatAgreed) {
  EXPECT_EQ(StartOfSecondRun(Diverged(131072, 196608)), 131072u);
  EXPECT_EQ(StartOfSecondRun(Diverged(140000, 150000)), 131072u) << "inside of a window";
  EXPECT_EQ(StartOfSecondRun(Trouble("crashed")), 196608u);
  EXPECT_EQ(StartOfSecondRun(NothingProved()), 0u);
  Report several = Trouble("crashed");
  several.vcpus = 2;
  EXPECT_EQ(StartOfSecondRun(several), 0u);
  Report unable = Trouble("crashed");
  unable.instances[1].identity.abilities = 0;
  EXPECT_EQ(StartOfSecondRun(unable), 0u);
}

TEST(TimeToComeBack, IsMoreThanTheFirstTook) {
  EXPECT_GT(TimeToComeBack(absl::Seconds(100)), absl::Seconds(100));
  EXPECT_GT(TimeToComeBack(absl::ZeroDuration()), absl::Seconds(1));
}

TEST(VerdictOfBoth, ADivergenceWithBlocksHolds) {
  for (const Report& first : {Diverged(131072, 196608), Trouble("crashed"), NothingProved()}) {
    Report second = Diverged(140000, 140010);
    second.run_id = "second";
    second.compared.windows = 1;
    const Report report = VerdictOfBoth({first}, {second}, 131072);
    EXPECT_EQ(report.outcome, Outcome::kDiverged);
    EXPECT_EQ(report.run_id, "first");
    EXPECT_EQ(report.divergence->icount, 140010u);
    EXPECT_EQ(report.divergence->narrowing_note, "");
    EXPECT_EQ(report.compared.windows, 3u) << "those before it count";
    EXPECT_TRUE(report.compared.sums);
    EXPECT_THAT(report.notes, IsEmpty());
  }
}

TEST(VerdictOfBoth, ALaterDivergenceIsSuspect) {
  const Report report = VerdictOfBoth({Diverged(65536, 131072)}, {Diverged(400000, 400010)}, 65536);
  EXPECT_EQ(report.divergence->icount, 400010u);
  ASSERT_EQ(report.notes.size(), 1u);
  EXPECT_THAT(report.notes[0], HasSubstr("differed between icount 65536 and 131072 already"));
}

TEST(VerdictOfBoth, ADivergenceThatDoesNotRepeatStands) {
  for (const Report& second : {Of(Outcome::kIdentical), NothingProved()}) {
    const Report report = VerdictOfBoth({Diverged(65536, 131072)}, {second}, 65536);
    EXPECT_EQ(report.outcome, Outcome::kDiverged);
    EXPECT_EQ(report.divergence->icount, 131072u);
    EXPECT_THAT(report.divergence->narrowing_note,
                HasSubstr("from icount 65536 on, did not repeat it: the instances agree"));
  }
  const Report report = VerdictOfBoth({Diverged(65536, 131072)}, {Trouble("crashed"), true}, 65536);
  EXPECT_EQ(report.outcome, Outcome::kDiverged);
  EXPECT_EQ(report.divergence->narrowing_note,
            "not narrowed to one instruction: in a second run, with blocks, B: crashed");
}

TEST(VerdictOfBoth, OfTwoTroublesTheOneThatNobodyCut) {
  const auto reason = [](Ended first, Ended second) {
    return VerdictOfBoth(std::move(first), std::move(second), 65536).trouble->reason;
  };
  EXPECT_EQ(reason({Trouble("1")}, {Trouble("2")}), "2");
  EXPECT_EQ(reason({Trouble("1"), true}, {Trouble("2")}), "2");
  EXPECT_EQ(reason({Trouble("1"), true}, {Trouble("2"), true}), "2");
  EXPECT_EQ(reason({Trouble("1")}, {Trouble("2"), true}), "1");
  EXPECT_EQ(reason({Trouble("1")}, {NothingProved()}), "1");
  EXPECT_EQ(reason({NothingProved()}, {NothingProved()}), "nothing proved");
}

TEST(VerdictOfBoth, ACrashThatDoesNotRepeatStands) {
  EXPECT_EQ(VerdictOfBoth({Trouble("1")}, {Of(Outcome::kIdentical)}, 0).outcome, Outcome::kTrouble);
}

TEST(VerdictOfBoth, WhatWasOnlySlowOrShortIsGreen) {
  EXPECT_EQ(VerdictOfBoth({Trouble("1"), true}, {Of(Outcome::kIdentical)}, 0).outcome,
            Outcome::kIdentical);
  EXPECT_EQ(VerdictOfBoth({NothingProved()}, {Of(Outcome::kIdentical)}, 0).outcome,
            Outcome::kIdentical);
}

}  // namespace
}  // namespace lockstep::cli

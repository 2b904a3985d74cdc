// Interrupts that are not pinned to an instruction count: named cases. skew_property_test.cc has
// the random ones.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "coordinator/align/aligner.h"
#include "coordinator/align/skew_testing.h"

namespace lockstep::align {
namespace {

using report::Kind;
using testing::Code;
using ::testing::ElementsAre;
using testing::Excursion;
using testing::Execution;
using ::testing::HasSubstr;
using testing::Recording;
using testing::Rng;

constexpr uint64_t kTolerance = 8;

Options Of(size_t n, uint64_t tolerance = kTolerance) {
  Options options;
  for (size_t i = 0; i < n; ++i) options.instances.push_back(std::string(1, "ABCDE"[i]));
  options.groups = testing::kAllGroups;
  options.async_skew_insns = tolerance;
  return options;
}

// 100 instructions of four bytes, one after the other.
Code Line() {
  Code code;
  for (uint64_t c = 0; c <= 100; ++c) {
    code.insns.push_back({testing::kResetPc + 4 * c, 1000 + c, c % 3 == 0 ? 77 + c : 0, false});
  }
  return code;
}

Excursion Timer(uint64_t at, uint64_t cause = 7) { return {cause, at, 20, cause, {}}; }

Recording Cut(const Execution& execution, uint32_t block_insns) {
  Rng rng(2);
  return testing::Record(execution, {.max_block_insns = block_insns}, rng);
}

Progress Feed(VcpuAligner& aligner, const std::vector<Recording>& recordings) {
  Rng rng(1);
  std::vector<std::vector<state::Batch>> batches;
  size_t rounds = 0;
  for (const Recording& recording : recordings) {
    batches.push_back(testing::Pack(recording, {.batch_blocks = 5}, rng));
    rounds = std::max(rounds, batches.back().size());
  }
  for (size_t round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < batches.size(); ++i) {
      if (round >= batches[i].size()) continue;
      const absl::Status status = aligner.Push(i, batches[i][round]);
      if (!status.ok()) ADD_FAILURE() << status;
    }
    aligner.Advance();
  }
  return aligner.Advance();
}

TEST(Skew, ATimerThatComesThreeInstructionsLaterIsToleratedAndListed) {
  for (uint32_t block_insns : {1, 2, 64}) {  // 64: interrupted in mid-block
    VcpuAligner aligner(Of(3));
    EXPECT_EQ(Feed(aligner, {Cut(testing::Run(Line(), {Timer(10)}), 4),
                             Cut(testing::Run(Line(), {Timer(13)}), block_insns),
                             Cut(testing::Run(Line(), {Timer(10)}), 7)}),
              Progress::kComplete);
    const Skews skews = aligner.skews();
    EXPECT_EQ(skews.count, 1u);
    EXPECT_EQ(skews.max_insns, 3u);
    ASSERT_EQ(skews.list.size(), 1u);
    EXPECT_EQ(skews.list[0].cause, 7u);
    EXPECT_EQ(skews.list[0].distance_insns, 3u);
    EXPECT_THAT(skews.list[0].icounts, ElementsAre(10, 13, 10));
    EXPECT_EQ(aligner.verified_icount(), 120u);
  }
}

TEST(Skew, TheToleranceIsExact) {
  for (const bool too_far : {false, true}) {
    VcpuAligner aligner(Of(2));
    const Progress progress = Feed(aligner, {Cut(testing::Run(Line(), {Timer(10)}), 4),
                                             Cut(testing::Run(Line(), {Timer(18 + too_far)}), 4)});
    if (!too_far) {
      EXPECT_EQ(progress, Progress::kComplete);
      EXPECT_EQ(aligner.skews().max_insns, 8u);
      continue;
    }
    ASSERT_EQ(progress, Progress::kDiverged);
    EXPECT_EQ(aligner.mismatch().kind, Kind::kInterrupt);
    EXPECT_EQ(aligner.mismatch().icount, 10u);
    EXPECT_EQ(aligner.mismatch().detail,
              "interrupt cause 7 at pc 0x80000028 (A) against none within 8 instructions (B)");
    EXPECT_EQ(aligner.mismatch().last_agreed_icount, 8u);
    EXPECT_THAT(aligner.mismatch().outliers, ElementsAre(0, 1));
  }
}

TEST(Skew, AnotherCauseIsNoMatch) {
  VcpuAligner aligner(Of(2));
  EXPECT_EQ(Feed(aligner, {Cut(testing::Run(Line(), {Timer(10, 7)}), 4),
                           Cut(testing::Run(Line(), {Timer(10, 9)}), 4)}),
            Progress::kDiverged);
  EXPECT_EQ(aligner.mismatch().kind, Kind::kInterrupt);
}

TEST(Skew, InterruptsOfDifferentCausesMayChangePlaces) {
  VcpuAligner aligner(Of(2));
  EXPECT_EQ(Feed(aligner, {Cut(testing::Run(Line(), {Timer(10, 7), Timer(12, 9)}), 4),
                           Cut(testing::Run(Line(), {Timer(11, 9), Timer(13, 7)}), 4)}),
            Progress::kComplete);
  EXPECT_EQ(aligner.skews().count, 2u);
}

TEST(Skew, OneBehindTheOtherIsAReturnEachTime) {
  VcpuAligner aligner(Of(2));
  EXPECT_EQ(Feed(aligner, {Cut(testing::Run(Line(), {Timer(10, 7), Timer(10, 9)}), 4),
                           Cut(testing::Run(Line(), {Timer(14, 7), Timer(14, 9)}), 4)}),
            Progress::kComplete);
  EXPECT_EQ(aligner.skews().count, 2u);
}

TEST(Skew, ThePathOfASkewedHandlerIsCompared) {
  Execution bad = testing::Run(Line(), {Timer(13)});
  bad.points[13 + 9].pc += 0x100;  // the tenth instruction of the handler
  VcpuAligner aligner(Of(2));
  EXPECT_EQ(Feed(aligner, {Cut(testing::Run(Line(), {Timer(10)}), 1), Cut(bad, 1)}),
            Progress::kDiverged);
  EXPECT_EQ(aligner.mismatch().kind, Kind::kPc);
  EXPECT_EQ(aligner.mismatch().icount, 10u + 9);
}

TEST(Skew, AHandlerOfAnotherLengthIsFoundWhereTheShorterReturns) {
  Excursion longer = Timer(13);
  longer.length = 23;
  VcpuAligner aligner(Of(2));
  EXPECT_EQ(Feed(aligner, {Cut(testing::Run(Line(), {Timer(10)}), 1),
                           Cut(testing::Run(Line(), {longer}), 1)}),
            Progress::kDiverged);
  EXPECT_EQ(aligner.mismatch().kind, Kind::kPc);
  EXPECT_EQ(aligner.mismatch().icount, 30u);
}

TEST(Skew, WithoutSkewTheHandlerIsComparedWhole) {
  Execution bad = testing::Run(Line(), {Timer(10)});
  bad.points[10 + 9].digests[0] ^= 1;
  VcpuAligner aligner(Of(2));
  EXPECT_EQ(Feed(aligner, {Cut(testing::Run(Line(), {Timer(10)}), 1), Cut(bad, 1)}),
            Progress::kDiverged);
  EXPECT_EQ(aligner.mismatch().kind, Kind::kGpr);
  EXPECT_EQ(aligner.mismatch().icount, 19u);
}

TEST(Skew, AWrongStoreBetweenTheTwoInterruptsIsFoundThere) {
  Code wrong = Line();
  wrong.insns[12].store ^= 1;
  // Of the later one (before its interrupt) and of the earlier one (after its own).
  for (const bool earlier : {false, true}) {
    VcpuAligner aligner(Of(2));
    EXPECT_EQ(Feed(aligner, {Cut(testing::Run(earlier ? wrong : Line(), {Timer(10)}), 1),
                             Cut(testing::Run(earlier ? Line() : wrong, {Timer(15)}), 1)}),
              Progress::kDiverged);
    EXPECT_EQ(aligner.mismatch().kind, Kind::kMem);
    EXPECT_EQ(aligner.mismatch().icount, 20u + 13);
  }
}

// What the handler gives back wrong, no rule takes for the end of the excursion.
TEST(Skew, ARegisterThatTheHandlerDoesNotRestoreIsADivergenceAtTheReturn) {
  Execution bad = testing::Run(Line(), {Timer(13)});
  for (uint64_t c = 33; c < bad.points.size(); ++c) bad.points[c].digests[0] ^= 1;
  VcpuAligner aligner(Of(2));
  EXPECT_EQ(Feed(aligner, {Cut(testing::Run(Line(), {Timer(10)}), 1), Cut(bad, 1)}),
            Progress::kDiverged);
  EXPECT_EQ(aligner.mismatch().icount, 30u);
}

TEST(Skew, CsrIsComparedAgainAfterTheNextTrap) {
  Code code = Line();
  code.insns[40].raises = true;
  for (const uint64_t from : {35, 61}) {
    Execution bad = testing::Run(code, {Timer(13)});
    for (uint64_t c = from; c < bad.points.size() && c < from + 10; ++c) {
      bad.points[c].digests[2] ^= 1;
    }
    VcpuAligner aligner(Of(2));
    const Progress progress = Feed(aligner, {Cut(testing::Run(code, {Timer(10)}), 1), Cut(bad, 1)});
    EXPECT_EQ(progress, from < 60 ? Progress::kComplete : Progress::kDiverged) << from;
    if (from < 60) continue;
    EXPECT_EQ(aligner.mismatch().kind, Kind::kCsr);
    EXPECT_EQ(aligner.mismatch().icount, 61u);
  }
}

Execution EndedAt(Execution execution, uint64_t icount, state::EndReason reason) {
  execution.points.resize(icount + 1);
  execution.reason = reason;
  return execution;
}

TEST(Skew, TheLimitMayComeBetweenTheTwoInterrupts) {
  VcpuAligner aligner(Of(2));
  const auto end = [](const Execution& execution) {
    return EndedAt(execution, 52, state::EndReason::kLimit);
  };
  EXPECT_EQ(Feed(aligner, {Cut(end(testing::Run(Line(), {Timer(50)})), 4),
                           Cut(end(testing::Run(Line(), {Timer(54)})), 4)}),
            Progress::kComplete);
  EXPECT_EQ(aligner.verified_icount(), 50u);
  EXPECT_EQ(aligner.skews().cut_at, 50u);
}

TEST(Skew, TheGuestMayEndBeforeOneTookTheInterrupt) {
  VcpuAligner aligner(Of(3));
  const Execution with = EndedAt(testing::Run(Line(), {Timer(50)}), 73, state::EndReason::kExit);
  const Execution without = EndedAt(testing::Run(Line(), {}), 53, state::EndReason::kExit);
  EXPECT_EQ(Feed(aligner, {Cut(without, 4), Cut(with, 4), Cut(without, 1)}), Progress::kComplete)
      << (aligner.state() == Progress::kDiverged ? aligner.mismatch().detail : "");
  EXPECT_EQ(aligner.skews().count, 1u);
  EXPECT_EQ(aligner.skews().list[0].icounts[1], 50u);
  EXPECT_FALSE(aligner.skews().list[0].icounts[0].has_value());
}

TEST(Skew, AfterTheOutlierIsDroppedTheOthersAreMatched) {
  VcpuAligner aligner(Of(3));
  const std::vector<Recording> recordings = {Cut(testing::Run(Line(), {Timer(10)}), 4),
                                             Cut(testing::Run(Line(), {}), 4),
                                             Cut(testing::Run(Line(), {Timer(12)}), 4)};
  ASSERT_EQ(Feed(aligner, recordings), Progress::kDiverged);
  EXPECT_EQ(aligner.mismatch().kind, Kind::kInterrupt);
  EXPECT_THAT(aligner.mismatch().outliers, ElementsAre(1));
  EXPECT_THAT(aligner.mismatch().detail, HasSubstr("(A, C) against none within 8"));
  aligner.Drop({1});
  EXPECT_EQ(aligner.Advance(), Progress::kComplete);
  EXPECT_EQ(aligner.skews().count, 1u);
  for (size_t i : {0, 1, 2}) {
    EXPECT_EQ(aligner.stats(i).records_consumed, aligner.stats(i).records_received) << i;
  }
}

TEST(Skew, ItWaitsForTheInstanceThatMayStillTakeTheInterrupt) {
  Rng rng(3);
  const std::vector<state::Batch> a =
      testing::Pack(Cut(testing::Run(Line(), {Timer(10)}), 4), {}, rng);
  std::vector<state::Batch> b =
      testing::Pack(Cut(testing::Run(Line(), {}), 1), {.batch_blocks = 14}, rng);
  VcpuAligner aligner(Of(2));
  ASSERT_TRUE(aligner.Push(0, a[0]).ok());
  ASSERT_TRUE(aligner.Push(1, b[0]).ok());
  EXPECT_EQ(aligner.Advance(), Progress::kNeedMore);
  EXPECT_THAT(aligner.starved(), ElementsAre(1));
  EXPECT_EQ(aligner.verified_icount(), 9u);
  aligner.Close(1);
  EXPECT_EQ(aligner.Advance(), Progress::kNeedMore) << "it failed; nobody knows";
  EXPECT_THAT(aligner.starved(), ElementsAre(1));
}

TEST(Skew, BrokenRecordsAreTroubleWhereTheyAreReached) {
  Rng rng(3);
  std::vector<state::Batch> a = testing::Pack(Cut(testing::Run(Line(), {Timer(10)}), 4), {}, rng);
  std::vector<state::Batch> b = a;
  b[0].icount_offsets.back() += 50;
  VcpuAligner aligner(Of(2));
  ASSERT_TRUE(aligner.Push(0, a[0]).ok());
  ASSERT_TRUE(aligner.Push(1, b[0]).ok());
  EXPECT_EQ(aligner.Advance(), Progress::kTrouble);
  EXPECT_EQ(aligner.trouble().instance, 1u);
  EXPECT_THAT(aligner.trouble().reason, HasSubstr("past the end of its block"));
  b[0].sequence = 7;
  VcpuAligner other(Of(2));
  EXPECT_THAT(other.Push(1, b[0]).message(), HasSubstr("sends batch 7 where batch 0 is due"));
  EXPECT_EQ(other.state(), Progress::kTrouble);
}

}  // namespace
}  // namespace lockstep::align

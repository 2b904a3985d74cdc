#include "coordinator/window/window_checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "coordinator/align/execution_testing.h"
#include "coordinator/window/sparse_testing.h"

namespace lockstep::window {
namespace {

using ::testing::ElementsAre;
using testing::Execution;
using ::testing::HasSubstr;
using testing::Rng;

constexpr uint64_t kWindow = 64;

Options MakeOptions(size_t instances, bool block_digests = true) {
  Options options;
  for (size_t i = 0; i < instances; ++i) {
    options.align.instances.push_back(std::string(1, "ABCDE"[i]));
  }
  options.align.groups = align::testing::kAllGroups;
  options.window_insns = kWindow;
  options.block_digests = block_digests;
  return options;
}

// `rows` equal windows from number `first` on.
state::WindowBatch Rows(uint64_t first, size_t rows) {
  state::WindowBatch batch;
  batch.first_window = first;
  batch.start_icount = first * kWindow;
  for (size_t i = 0; i < rows; ++i) {
    batch.icounts.push_back((first + i + 1) * kWindow);
    batch.steps.push_back(batch.icounts.back());
    batch.pcs.push_back(0x80000000);
    batch.digests.push_back({1, 2, 3, first + i});
    batch.flow_digests.push_back(7);
    batch.trap_digests.push_back(8);
    batch.trap_counts.push_back(1);
    batch.block_digests.push_back(9);
    batch.block_counts.push_back(10);
  }
  batch.records = 100;
  return batch;
}

void SetEnd(state::WindowBatch& batch) {
  batch.end.emplace();
  batch.end->reason = state::EndReason::kExit;
  batch.end->icount = batch.icounts.back();
}

TEST(WindowCheckerTest, EqualWindowsAreAgreedOn) {
  WindowChecker checker(MakeOptions(2));
  EXPECT_EQ(checker.Advance(), Progress::kNeedMore);
  EXPECT_THAT(checker.starved(), ElementsAre(0, 1));
  ASSERT_TRUE(checker.Push(0, Rows(0, 3)).ok());
  ASSERT_TRUE(checker.Push(1, Rows(0, 2)).ok());
  EXPECT_EQ(checker.Advance(), Progress::kNeedMore);
  EXPECT_THAT(checker.starved(), ElementsAre(1));
  EXPECT_EQ(checker.agreed_windows(), 2u);
  EXPECT_EQ(checker.verified_icount(), 2 * kWindow);
  EXPECT_EQ(checker.verified_step(), 2 * kWindow);
  EXPECT_EQ(checker.NextWindow(0), 3u);
  state::WindowBatch last = Rows(3, 1);
  SetEnd(last);
  ASSERT_TRUE(checker.Push(0, last).ok());
  last = Rows(2, 2);
  SetEnd(last);
  ASSERT_TRUE(checker.Push(1, last).ok());
  EXPECT_EQ(checker.Advance(), Progress::kComplete);
  EXPECT_EQ(checker.details(), 0u);
  EXPECT_EQ(checker.stats(0).windows, 4u);
  EXPECT_EQ(checker.stats(0).blocks, 40u);
  EXPECT_EQ(checker.stats(0).records, 200u);
  EXPECT_EQ(checker.stats(0).groups_changed, state::MaskOf(state::Group::kMem));
  EXPECT_EQ(checker.stats(0).groups_nonzero, 0xfu);
}

TEST(WindowCheckerTest, AnyDifferenceWantsDetail) {
  const std::vector<std::function<void(state::WindowBatch&)>> changes = {
      [](auto& b) { b.pcs[1]++; },           [](auto& b) { b.digests[1][0]++; },
      [](auto& b) { b.digests[1][3]++; },    [](auto& b) { b.flow_digests[1]++; },
      [](auto& b) { b.trap_digests[1]++; },  [](auto& b) { b.trap_counts[1]++; },
      [](auto& b) { b.block_digests[1]++; }, [](auto& b) { SetEnd(b); }};
  for (const auto& change : changes) {
    WindowChecker checker(MakeOptions(3));
    state::WindowBatch other = Rows(0, 2);
    change(other);
    ASSERT_TRUE(checker.Push(0, Rows(0, 2)).ok());
    ASSERT_TRUE(checker.Push(1, Rows(0, 2)).ok());
    ASSERT_TRUE(checker.Push(2, other).ok());
    EXPECT_EQ(checker.Advance(), Progress::kDetailWanted);
    EXPECT_EQ(checker.agreed_windows(), 1u);
    EXPECT_EQ(checker.detail_request().window, 1u);
    EXPECT_EQ(checker.detail_request().first_icount, kWindow);
    EXPECT_EQ(checker.detail_request().end_icount, 2 * kWindow);
    EXPECT_THAT(checker.detail_instances(), ElementsAre(0, 1, 2));
    checker.EndDetail(1);
    EXPECT_THAT(checker.detail_instances(), ElementsAre(0, 2));
    EXPECT_EQ(checker.Advance(), Progress::kDetailWanted);
  }
}

// ---- sums: rows alone ---------------------------------------------------------------------------

// As Rows(), of a stream whose blocks are not known.
state::WindowBatch SumRows(uint64_t first, size_t rows) {
  state::WindowBatch batch = Rows(first, rows);
  batch.sums = true;
  for (uint32_t& count : batch.block_counts) count = 0;
  for (uint64_t& digest : batch.block_digests) digest = 0;
  return batch;
}

TEST(WindowCheckerTest, WithSumsRowsDecide) {
  using report::Kind;
  struct Case {
    std::function<void(state::WindowBatch&)> change;
    Kind kind;
    const char* detail;
  };
  const auto end_of_all = [](state::WindowBatch& b) { SetEnd(b); };
  const std::vector<Case> cases = {
      {[](auto& b) { b.flow_digests[1]++; }, Kind::kPc,
       "control flow between icount 64 and 128, where it comes to pc 0x80000000 (A, C) against pc "
       "0x80000000 (B)"},
      {[](auto& b) { b.pcs[1] += 4, b.digests[1][0]++; }, Kind::kPc, "against pc 0x80000004 (B)"},
      {[](auto& b) { b.trap_digests[1]++, b.digests[1][2]++; }, Kind::kException,
       "exceptions or interrupts between icount 64 and 128: 1 (A, C) against 1 (B)"},
      {[](auto& b) { b.trap_counts[1]++; }, Kind::kException, "1 (A, C) against 2 (B)"},
      {[](auto& b) { b.digests[1][0]++, b.digests[1][3]++; }, Kind::kGpr,
       "0x0000000000000001 (A, C) against 0x0000000000000002 (B)"},
      {[](auto& b) { b.digests[1][1]++; }, Kind::kFpr, "(A, C) against"},
      {[](auto& b) { b.digests[1][2]++; }, Kind::kCsr, "(A, C) against"},
      {[](auto& b) { b.digests[1][3]++; }, Kind::kMem, "(A, C) against"},
      {[&](auto& b) { end_of_all(b), b.flow_digests[1]++; }, Kind::kLength,
       "length: goes on (A, C) against ends at icount 128 (B)"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.detail);
    WindowChecker checker(MakeOptions(3, /*block_digests=*/false));
    state::WindowBatch other = SumRows(0, 2);
    c.change(other);
    ASSERT_TRUE(checker.Push(0, SumRows(0, 2)).ok());
    ASSERT_TRUE(checker.Push(1, other).ok());
    ASSERT_TRUE(checker.Push(2, SumRows(0, 2)).ok());
    ASSERT_EQ(checker.Advance(), Progress::kDiverged);
    EXPECT_TRUE(checker.inside_window());
    const align::Mismatch& mismatch = checker.mismatch();
    EXPECT_EQ(mismatch.kind, c.kind);
    EXPECT_THAT(mismatch.detail, HasSubstr(c.detail));
    EXPECT_EQ(mismatch.icount, 2 * kWindow);
    EXPECT_EQ(mismatch.last_agreed_icount, kWindow);
    EXPECT_THAT(mismatch.groups, ElementsAre(ElementsAre(0, 2), ElementsAre(1)));
    EXPECT_THAT(mismatch.outliers, ElementsAre(1));
    EXPECT_EQ(checker.window_start(), kWindow);
    EXPECT_EQ(checker.verified_icount(), kWindow);
    EXPECT_EQ(checker.boundaries(), 0u);
    EXPECT_EQ(checker.details(), 0u);
    EXPECT_TRUE(checker.stats(1).sums);
    checker.Drop({1});
    EXPECT_EQ(checker.Advance(), Progress::kNeedMore);
    EXPECT_EQ(checker.verified_icount(), 2 * kWindow);
  }
}

// Where sums take in what blocks write, and it lasts to no window's end.
TEST(WindowCheckerTest, WithSumsStatesInsideOfAWindowAreCompared) {
  for (const bool block_digests : {true, false}) {
    WindowChecker checker(MakeOptions(2, block_digests));
    state::WindowBatch other = SumRows(0, 2);
    other.block_digests[1]++;
    ASSERT_TRUE(checker.Push(0, SumRows(0, 2)).ok());
    ASSERT_TRUE(checker.Push(1, other).ok());
    ASSERT_EQ(checker.Advance(), block_digests ? Progress::kDiverged : Progress::kNeedMore);
    if (!block_digests) continue;
    EXPECT_TRUE(checker.inside_window());
    EXPECT_EQ(checker.mismatch().kind, report::Kind::kGpr);
    EXPECT_THAT(checker.mismatch().detail,
                HasSubstr("what blocks have written, or how they are cut, between icount 64"));
    EXPECT_THAT(checker.mismatch().outliers, ElementsAre(0, 1));
    EXPECT_TRUE(checker.mismatch().tentative);
  }
}

// How blocks are cut is in sums that take in what they write, so that these alone decide nothing.
TEST(WindowCheckerTest, WithSumsOnlyTheStateIsCertain) {
  const struct {
    const char* name;
    void (*change)(state::WindowBatch*);
    bool tentative;
  } kCases[] = {
      {"flow", [](state::WindowBatch* b) { b->flow_digests[1]++; }, true},
      {"pc", [](state::WindowBatch* b) { b->pcs[1]++; }, false},
      {"traps", [](state::WindowBatch* b) { b->trap_digests[1]++; }, false},
      {"csr", [](state::WindowBatch* b) { b->digests[1][2]++; }, false},
      {"start", [](state::WindowBatch* b) { b->start_digests[0]++; }, false},
      {"flow and fpr", [](state::WindowBatch* b) { b->flow_digests[1]++, b->digests[1][1]++; },
       false},
  };
  for (const auto& test : kCases) {
    for (const bool block_digests : {true, false}) {
      SCOPED_TRACE(test.name);
      WindowChecker checker(MakeOptions(2, block_digests));
      state::WindowBatch other = SumRows(0, 2);
      test.change(&other);
      ASSERT_TRUE(checker.Push(0, SumRows(0, 2)).ok());
      ASSERT_TRUE(checker.Push(1, other).ok());
      ASSERT_EQ(checker.Advance(), Progress::kDiverged);
      EXPECT_EQ(checker.mismatch().tentative, test.tentative && block_digests);
      // With block digests values are in the flow digest.
      if (test.name == std::string("flow and fpr")) {
        EXPECT_EQ(checker.mismatch().kind, block_digests ? report::Kind::kFpr : report::Kind::kPc);
      }
    }
  }
}

TEST(WindowCheckerTest, WithSumsEndsAreCompared) {
  using report::Kind;
  const std::vector<std::pair<std::function<void(state::End&)>, Kind>> cases = {
      {[](auto& end) { end.console_digest = 5, end.exit_code = 1; }, Kind::kConsole},
      {[](auto& end) { end.exit_code = 1; }, Kind::kExit},
      {[](auto& end) { end.reason = state::EndReason::kLimit; }, Kind::kExit}};
  for (const auto& [change, kind] : cases) {
    WindowChecker checker(MakeOptions(2, /*block_digests=*/false));
    for (size_t i : {0, 1}) {
      state::WindowBatch batch = SumRows(0, 1);
      SetEnd(batch);
      if (i == 1) change(*batch.end);
      ASSERT_TRUE(checker.Push(i, batch).ok());
    }
    ASSERT_EQ(checker.Advance(), Progress::kDiverged);
    EXPECT_EQ(checker.mismatch().kind, kind);
    EXPECT_THAT(checker.mismatch().outliers, ElementsAre(0, 1));
  }
}

// The digests at the beginning differ, and nothing after.
TEST(WindowCheckerTest, WithSumsTheStartIsCompared) {
  WindowChecker checker(MakeOptions(2, /*block_digests=*/false));
  state::WindowBatch other = SumRows(0, 1);
  other.start_digests[2] = 77;
  ASSERT_TRUE(checker.Push(0, SumRows(0, 1)).ok());
  ASSERT_TRUE(checker.Push(1, other).ok());
  ASSERT_EQ(checker.Advance(), Progress::kDiverged);
  EXPECT_EQ(checker.mismatch().kind, report::Kind::kCsr);
  EXPECT_THAT(checker.mismatch().detail, HasSubstr("000004d (B)"));
}

// One that gave up is in trouble, though its rows differ because of that.
TEST(WindowCheckerTest, WithSumsWhoStopsIsTrouble) {
  for (const bool error : {true, false}) {
    WindowChecker checker(MakeOptions(2, /*block_digests=*/false));
    state::WindowBatch other = SumRows(0, 1);
    other.icounts[0] = 50;
    SetEnd(other);
    other.end->reason = error ? state::EndReason::kError : state::EndReason::kStopped;
    other.end->text = "no such CSR";
    ASSERT_TRUE(checker.Push(0, SumRows(0, 1)).ok());
    ASSERT_TRUE(checker.Push(1, other).ok());
    ASSERT_EQ(checker.Advance(), Progress::kTrouble);
    EXPECT_EQ(checker.trouble().instance, 1u);
    EXPECT_EQ(checker.trouble().reason,
              error ? "gave up at icount 50: no such CSR"
                    : "was stopped at icount 50 before the guest's end: no such CSR");
  }
}

// There is nothing to ask for: who fails is waited for, and nobody is looked into.
TEST(WindowCheckerTest, WithSumsNobodyIsAskedForRecords) {
  for (const bool reachable : {true, false}) {
    WindowChecker checker(MakeOptions(2, /*block_digests=*/false));
    ASSERT_TRUE(checker.Push(0, SumRows(0, 3)).ok());
    ASSERT_TRUE(checker.Push(1, Rows(0, 1)).ok()) << "one with sums is enough";
    EXPECT_EQ(checker.Advance(), Progress::kNeedMore);
    EXPECT_FALSE(checker.Probe());
    EXPECT_EQ(checker.state(), Progress::kNeedMore);
    if (reachable) {
      checker.Close(1);
    } else {
      checker.Abandon(1);
    }
    EXPECT_EQ(checker.Advance(), Progress::kNeedMore);
    EXPECT_THAT(checker.starved(), ElementsAre(1));
    EXPECT_EQ(checker.verified_icount(), kWindow);
    EXPECT_EQ(checker.details(), 0u);
  }
}

TEST(WindowCheckerTest, ComparingBeginsAtAWindow) {
  Options options = MakeOptions(2, /*block_digests=*/false);
  options.align.start_icount = 2 * kWindow;
  WindowChecker checker(options);
  EXPECT_EQ(checker.verified_icount(), 2 * kWindow);
  EXPECT_EQ(checker.stats(0).received_end_icount, 2 * kWindow);
  for (size_t i : {0, 1}) {
    state::WindowBatch batch = Rows(2, 2);
    batch.first_window = 0;
    if (i == 1) batch.flow_digests[1]++;
    ASSERT_TRUE(checker.Push(i, batch).ok());
  }
  EXPECT_EQ(checker.Advance(), Progress::kDetailWanted);
  EXPECT_EQ(checker.agreed_windows(), 1u);
  EXPECT_EQ(checker.detail_request().first_icount, 3 * kWindow);
}

TEST(WindowCheckerTest, GroupsThatAreNotComparedMayDiffer) {
  Options options = MakeOptions(2);
  options.align.groups = state::MaskOf(state::Group::kGpr);
  options.compare_traps = false;
  options.block_digests = false;
  WindowChecker checker(options);
  state::WindowBatch other = Rows(0, 2);
  other.digests[0][3] = other.trap_digests[0] = other.block_digests[0] = 1000;
  other.block_counts[0] = other.trap_counts[1] = 5;
  ASSERT_TRUE(checker.Push(0, Rows(0, 2)).ok());
  ASSERT_TRUE(checker.Push(1, other).ok());
  EXPECT_EQ(checker.Advance(), Progress::kNeedMore);
  EXPECT_EQ(checker.agreed_windows(), 2u);
}

TEST(WindowCheckerTest, BadBatchesAreTroubleOfTheirInstance) {
  struct Bad {
    std::function<void(state::WindowBatch&)> change;
    const char* message;
  };
  const std::vector<Bad> cases = {
      {[](auto& b) { b = state::WindowBatch(); }, "sends no windows"},
      {[](auto& b) { b.pcs.pop_back(); }, "unequal length"},
      {[](auto& b) { b.block_counts.push_back(1); }, "unequal length"},
      {[](auto& b) { b.first_window = 2; }, "sends window 2 where window 0 is due"},
      {[](auto& b) { b.start_icount = 1; }, "begin at icount 1; it begins at icount 0"},
      {[](auto& b) { b.icounts[1]++; }, "from icount 64 to 129; it ends at icount 128"},
      {[](auto& b) { b.icounts[0]--; }, "from icount 0 to 63; it ends at icount 64"},
      {[](auto& b) { SetEnd(b), b.end->icount++; }, "it ends at icount 128"},
      {[](auto& b) { SetEnd(b), b.end->icount = b.icounts[1] = 60; }, "from icount 64 to 60"},
      {[](auto& b) { b.block_counts[0] = 65; }, "65 blocks"},
      {[](auto& b) { b = Rows(0, 6); }, "more than 4 windows"},
  };
  for (const Bad& bad : cases) {
    SCOPED_TRACE(bad.message);
    Options options = MakeOptions(2);
    options.max_windows = 4;
    WindowChecker checker(options);
    state::WindowBatch batch = Rows(0, 2);
    bad.change(batch);
    const absl::Status status = checker.Push(1, batch);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(std::string(status.message()), HasSubstr("instance B, vCPU 0: "));
    EXPECT_THAT(std::string(status.message()), HasSubstr(bad.message));
    EXPECT_EQ(checker.Advance(), Progress::kTrouble);
    EXPECT_EQ(checker.trouble().instance, 1u);
  }
  WindowChecker checker(MakeOptions(2));
  state::WindowBatch last = Rows(0, 1);
  SetEnd(last);
  ASSERT_TRUE(checker.Push(0, last).ok());
  EXPECT_THAT(std::string(checker.Push(0, Rows(1, 1)).message()), HasSubstr("after its end"));
}

// Two streams of these executions, cut at every instruction or in blocks of 16.
struct Outcome {
  std::vector<std::unique_ptr<testing::SparseStream>> streams;
  testing::SparseRun result;
};

Outcome DriveAll(const std::vector<Execution>& executions, WindowChecker& checker,
                 testing::StreamOptions options) {
  Rng rng(3);
  Outcome run;
  options.window_insns = kWindow;
  for (size_t i = 0; i < executions.size(); ++i) {
    align::testing::Shape shape;
    shape.max_block_insns = i == 1 ? 1 : 16;
    run.streams.push_back(std::make_unique<testing::SparseStream>(
        testing::CutAtWindows(align::testing::Record(executions[i], shape, rng), executions[i],
                              kWindow),
        options, rng));
  }
  run.result = testing::Drive(run.streams, checker, rng);
  return run;
}

TEST(WindowCheckerTest, DifferentCutsCostDetailsOnlyIfEveryDigestIsCompared) {
  const Execution execution = align::testing::Straight(6000);
  WindowChecker strict(MakeOptions(2, true));
  EXPECT_EQ(DriveAll({execution, execution}, strict, {}).result.problem, "");
  EXPECT_EQ(strict.state(), Progress::kComplete);
  EXPECT_EQ(strict.details(), strict.agreed_windows());
  WindowChecker checker(MakeOptions(2, false));
  EXPECT_EQ(DriveAll({execution, execution}, checker, {.block_digests = false}).result.problem, "");
  EXPECT_EQ(checker.state(), Progress::kComplete);
  EXPECT_EQ(checker.details(), 0u);
}

// A ring far smaller than the run, windows that wait for the other side, and few of them: it ends.
TEST(WindowCheckerTest, SmallRingsDoNotDeadlock) {
  Rng rng(5);
  const Execution execution = align::testing::RandomExecution(60000, rng);
  WindowChecker checker(MakeOptions(3, true));
  const Outcome run = DriveAll({execution, execution, execution}, checker,
                               {.block_ids = 1000, .ring_slots = 8192, .max_windows = 3});
  EXPECT_EQ(run.result.problem, "");
  EXPECT_EQ(checker.state(), Progress::kComplete);
  EXPECT_EQ(checker.verified_icount(), 60000u);
}

// The same block boundaries, but other instructions inside: dense mode cannot see it.
TEST(WindowCheckerTest, OtherInstructionsInsideOfBlocks) {
  Execution execution = align::testing::Straight(300);
  Execution other = execution;
  other.points[150].pc -= 2;
  other.points[149].length_bytes = 2;
  other.points[150].length_bytes = 6;
  for (bool block_digests : {true, false}) {
    WindowChecker checker(MakeOptions(2, block_digests));
    Rng rng(3);
    std::vector<std::unique_ptr<testing::SparseStream>> streams;
    for (const Execution& e : {execution, other}) {
      streams.push_back(std::make_unique<testing::SparseStream>(
          testing::CutAtWindows(align::testing::Record(e, {}, rng), e, kWindow),
          testing::StreamOptions{.window_insns = kWindow, .block_digests = block_digests}, rng));
    }
    EXPECT_EQ(testing::Drive(streams, checker, rng).problem, "");
    ASSERT_EQ(checker.state(), Progress::kDiverged);
    EXPECT_TRUE(checker.inside_window());
    EXPECT_EQ(checker.mismatch().kind, report::Kind::kPc);
    EXPECT_EQ(checker.window_start(), 128u);
    EXPECT_EQ(checker.mismatch().icount, 192u);
    EXPECT_THAT(checker.mismatch().outliers, ElementsAre(0, 1));
    EXPECT_THAT(checker.mismatch().detail, HasSubstr("inside of blocks"));
  }
}

TEST(WindowCheckerTest, GoesOnWithoutAnOutlier) {
  const Execution execution = align::testing::Straight(1000);
  Execution wrong = execution;
  wrong.points[500].digests[0]++;
  Rng rng(3);
  std::vector<std::unique_ptr<testing::SparseStream>> streams;
  for (const Execution& e : {execution, wrong, execution}) {
    streams.push_back(std::make_unique<testing::SparseStream>(
        testing::CutAtWindows(align::testing::Record(e, {.max_block_insns = 1}, rng), e, kWindow),
        testing::StreamOptions{.window_insns = kWindow}, rng));
  }
  WindowChecker checker(MakeOptions(3));
  EXPECT_EQ(testing::Drive(streams, checker, rng).problem, "");
  ASSERT_EQ(checker.state(), Progress::kDiverged);
  EXPECT_EQ(checker.mismatch().icount, 500u);
  EXPECT_THAT(checker.mismatch().outliers, ElementsAre(1));
  EXPECT_FALSE(checker.Blocks(1).empty());
  checker.Drop({1});
  EXPECT_EQ(testing::Drive(streams, checker, rng).problem, "");
  EXPECT_EQ(checker.state(), Progress::kComplete);
  EXPECT_EQ(checker.verified_icount(), 1000u);
}

// What an instance sends as details is not what its row said.
TEST(WindowCheckerTest, DetailsThatDoNotFitAreTrouble) {
  const auto checker_at_detail = [](WindowChecker& checker) {
    state::WindowBatch other = Rows(0, 1);
    other.digests[0][0]++;
    ASSERT_TRUE(checker.Push(0, Rows(0, 1)).ok());
    ASSERT_TRUE(checker.Push(1, other).ok());
    ASSERT_EQ(checker.Advance(), Progress::kDetailWanted);
  };
  state::Batch batch;
  batch.block_ids = {1, 1};
  batch.icount_offsets = {0, 64};
  batch.gpr_digests = {0, 1};
  state::BlockInfo info;
  info.id = 1;
  info.pc = 0x1000;
  info.n_insns = 64;
  batch.infos = {{0, info}};
  batch.group_updates = {{1, {state::Group::kFpr, 2}}, {1, {state::Group::kCsr, 3}}};
  batch.records = 5;
  {
    WindowChecker checker(MakeOptions(2));
    checker_at_detail(checker);
    for (size_t i : {0, 1}) {
      ASSERT_TRUE(checker.PushDetail(i, batch).ok());
      checker.EndDetail(i);
    }
    EXPECT_EQ(checker.Advance(), Progress::kTrouble);
    EXPECT_EQ(checker.trouble().instance, 1u);
    EXPECT_THAT(checker.trouble().reason, HasSubstr("other digests in its records of icount 64"));
  }
  {
    WindowChecker checker(MakeOptions(2));
    checker_at_detail(checker);
    ASSERT_TRUE(checker.PushDetail(0, batch).ok());
    checker.EndDetail(0);
    checker.EndDetail(1);
    EXPECT_EQ(checker.Advance(), Progress::kTrouble);
    EXPECT_EQ(checker.trouble().instance, 1u);
    EXPECT_THAT(checker.trouble().reason, HasSubstr("none of the records"));
  }
  {
    WindowChecker checker(MakeOptions(2));
    checker_at_detail(checker);
    batch.icount_offsets[1] = 65;
    EXPECT_THAT(std::string(checker.PushDetail(0, batch).message()),
                HasSubstr("a block at icount 65"));
    EXPECT_EQ(checker.Advance(), Progress::kTrouble);
  }
  {
    Options options = MakeOptions(2);
    options.max_detail_slots = 4;
    WindowChecker checker(options);
    checker_at_detail(checker);
    EXPECT_THAT(std::string(checker.PushDetail(1, batch).message()),
                HasSubstr("more than 4 slots"));
  }
}

TEST(WindowCheckerTest, AnErrorOfAProducerIsTrouble) {
  const Execution execution = align::testing::Straight(200);
  Execution wrong = execution;
  wrong.reason = state::EndReason::kError;
  WindowChecker checker(MakeOptions(2));
  EXPECT_EQ(DriveAll({execution, wrong}, checker, {}).result.problem, "");
  EXPECT_EQ(checker.state(), Progress::kTrouble);
  EXPECT_EQ(checker.trouble().instance, 1u);
  EXPECT_THAT(checker.trouble().reason, HasSubstr("gave up at icount 200"));
}

}  // namespace
}  // namespace lockstep::window

#include "coordinator/detect/sparse_checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/align/execution_testing.h"
#include "coordinator/detect/checker.h"
#include "coordinator/detect/run_testing.h"
#include "coordinator/window/sparse_testing.h"
#include "plugins/sdk/ring_detail.h"
#include "proto/cc/report_convert.h"

namespace lockstep::detect {
namespace {

using align::testing::Execution;
using align::testing::kAllGroups;
using align::testing::Recording;
using align::testing::Rng;
using report::Kind;
using report::Outcome;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::WithGprFault;
using window::testing::SparseStream;

constexpr uint32_t kWindow = 64;

Options Of(size_t n, uint32_t vcpus = 1) {
  state::ProducerIdentity identity = testing::Identity(vcpus);
  identity.guest_arch = "toy";
  identity.abilities |= state::kAbilityWindows | state::kAbilityLayout;
  Options options = testing::RunOf(n, identity);
  options.window_insns = kWindow;
  return options;
}

std::unique_ptr<SparseChecker> Make(const Options& options) {
  auto checker = SparseChecker::Create(options);
  EXPECT_TRUE(checker.ok()) << checker.status();
  return std::move(*checker);
}

struct Cut {
  Execution execution;
  uint32_t block_insns = 10;
  bool ends = true;
};

// Takes the executions through real rings to a checker, as agents do.
class Sparse {
 public:
  Sparse(const Options& options, const std::vector<Cut>& cuts) : checker_(Make(options)) {
    Rng rng(7);
    for (const Cut& cut : cuts) {
      recordings_.push_back(window::testing::CutAtWindows(
          align::testing::Record(cut.execution, {.max_block_insns = cut.block_insns}, rng),
          cut.execution, kWindow));
      window::testing::StreamOptions stream;
      stream.window_insns = kWindow;
      stream.block_digests = options.digest_at != state::DigestAt::kWindow;
      stream.ends = cut.ends;
      streams_.push_back(std::make_unique<SparseStream>(recordings_.back(), stream, rng));
    }
  }

  // Everything that comes, until nothing does any more.
  Progress Run() {
    Progress progress = Progress::kNeedMore;
    for (bool going = true; going && progress == Progress::kNeedMore;) {
      going = false;
      for (size_t i = 0; i < streams_.size(); ++i) going = Pump(i) || going;
      progress = checker_->Advance();
      for (const WantedDetail& wanted : checker_->TakeDetailRequests()) {
        going = true;
        if (answers_) Answer(wanted);
      }
      if (answers_) progress = checker_->Advance();
      for (auto& stream : streams_) stream->scanner().Release(checker_->AgreedWindows(0));
    }
    return progress;
  }

  report::Report Report(const std::string& reason = "unfinished") {
    checker_->Finish(reason);
    return checker_->Report(store::NoSymbols());
  }

  std::unique_ptr<SparseChecker> checker_;
  std::vector<Recording> recordings_;
  std::vector<std::unique_ptr<SparseStream>> streams_;
  bool answers_ = true;

 private:
  bool Pump(size_t i) {
    while (streams_[i]->Write()) {
    }
    streams_[i]->Flush();
    state::WindowBatch batch;
    EXPECT_TRUE(streams_[i]->scanner().Scan(100, &batch).ok());
    if (batch.rows() == 0) return false;
    const absl::Status status = checker_->PushWindows(i, std::move(batch));
    EXPECT_TRUE(status.ok()) << status;
    return true;
  }

  void Answer(const WantedDetail& wanted) {
    auto detail = streams_[wanted.instance]->scanner().Detail(wanted.request.first_icount);
    for (;;) {
      state::DetailReply reply;
      reply.request_id = wanted.request.request_id;
      if (detail.ok()) {
        reply.batches.emplace_back();
        ASSERT_TRUE(detail->Drain(&reply.batches[0]).ok());
        reply.more = reply.batches[0].records != 0;
        if (!reply.more) reply.batches.clear();
      }
      const bool more = reply.more;
      const absl::Status status = checker_->PushDetail(wanted.instance, std::move(reply));
      EXPECT_TRUE(status.ok()) << status;
      if (!more) return;
    }
  }
};

// What dense mode says of the same recordings.
report::Report Dense(const Options& options, const std::vector<Recording>& recordings) {
  auto checker = Checker::Create(options);
  EXPECT_TRUE(checker.ok()) << checker.status();
  Rng rng(3);
  for (size_t i = 0; i < recordings.size(); ++i) {
    for (state::Batch& batch : align::testing::Pack(recordings[i], {}, rng)) {
      EXPECT_TRUE((*checker)->Push(i, std::move(batch)).ok());
    }
  }
  (*checker)->Advance();
  (*checker)->Finish("unfinished");
  return (*checker)->Report(store::NoSymbols());
}

// A report as text, without what may differ: how it travelled, and how much had come.
std::string Comparable(report::Report report) {
  report.compared.records = report.compared.windows = report.compared.detailed_windows = 0;
  report.compared.stream_mode.reset();
  // What a window alone shows of causes may be less than what the whole stream does.
  report.compared.split_causes = {};
  for (report::SplitCount& count : report.compared.split_counts) count.causes = {};
  for (report::Instance& instance : report.instances) {
    instance.records = instance.blocks = 0;
    instance.end.clear();
  }
  return wire::ReportToJson(report).value();
}

TEST(SparseChecker, EqualRunsAreIdenticalAndCountedAsInDenseMode) {
  const Execution execution = align::testing::Straight(1000);
  for (uint32_t other : {10, 7}) {
    Sparse run(Of(2), {{execution}, {execution, other}});
    EXPECT_EQ(run.Run(), Progress::kComplete);
    const Summary summary = run.checker_->summary();
    EXPECT_EQ(summary.verified_insns, 1000u);
    EXPECT_TRUE(summary.instances[0].ended);
    const report::Report report = run.Report();
    EXPECT_EQ(report.outcome, Outcome::kIdentical);
    EXPECT_EQ(report.compared.windows, 16u);
    EXPECT_EQ(report.compared.detailed_windows, other == 10 ? 0u : 16u);
    EXPECT_EQ(report.compared.stream_mode, state::StreamMode::kSparse);
    EXPECT_EQ(report.instances[0].blocks, run.recordings_[0].blocks.size());
    EXPECT_EQ(Comparable(report), Comparable(Dense(Of(2), run.recordings_)));
  }
}

TEST(SparseChecker, DivergenceHasTheEvidenceOfDenseMode) {
  const Execution good = align::testing::Straight(1000);
  // Well inside of a window, so that all of the history is.
  const Execution bad = WithGprFault(good, 245);
  Options options = Of(3);
  options.history_blocks = 4;
  Sparse run(options, {{good}, {bad, 20}, {good, 5}});
  EXPECT_EQ(run.Run(), Progress::kDiverged);
  const report::Report report = run.Report();
  ASSERT_EQ(report.outcome, Outcome::kDiverged);
  EXPECT_EQ(report.divergence->kind, Kind::kGpr);
  EXPECT_EQ(report.divergence->icount, 256u);
  EXPECT_THAT(report.divergence->outliers, ElementsAre("B"));
  EXPECT_EQ(report.divergence->history.size(), 4u);
  ASSERT_TRUE(report.divergence->suspect_block.has_value());
  EXPECT_EQ(Comparable(report), Comparable(Dense(options, run.recordings_)));
}

TEST(SparseChecker, DigestsAtWindowEndsNameTheWindow) {
  const Execution good = align::testing::Straight(1000);
  const Execution bad = WithGprFault(good, 245);
  Options options = Of(2);
  options.digest_at = state::DigestAt::kWindow;
  Sparse run(options, {{good}, {bad}});
  EXPECT_FALSE(run.checker_->terms().block_digests);
  EXPECT_EQ(run.Run(), Progress::kDiverged);
  const report::Report report = run.Report();
  ASSERT_EQ(report.outcome, Outcome::kDiverged);
  EXPECT_EQ(report.divergence->kind, Kind::kGpr);
  EXPECT_EQ(report.divergence->last_agreed_icount, 192u);
  EXPECT_EQ(report.divergence->icount, 256u);
  EXPECT_EQ(report.compared.insns, 192u);
  EXPECT_FALSE(report.divergence->suspect_block.has_value());
  EXPECT_EQ(report.compared.digest_at, state::DigestAt::kWindow);
}

// A wrong register sends the control flow astray later: what is known is the window's beginning.
TEST(SparseChecker, ControlFlowGoneAstrayIsNarrowedFromTheWindow) {
  const Execution good = align::testing::Straight(1000);
  Execution bad = WithGprFault(good, 200);
  for (uint64_t c = 240; c < bad.points.size(); ++c) bad.points[c].pc += 400;
  Options options = Of(2);
  options.digest_at = state::DigestAt::kWindow;
  Sparse run(options, {{good}, {bad}});
  EXPECT_EQ(run.Run(), Progress::kDiverged);
  const report::Report report = run.Report();
  EXPECT_EQ(report.divergence->kind, Kind::kPc);
  EXPECT_EQ(report.divergence->last_agreed_icount, 192u);
  EXPECT_FALSE(report.divergence->suspect_block.has_value());
}

TEST(SparseChecker, AWrongValueThatIsDeadGoesUnseenWithDigestsAtWindowEnds) {
  const Execution good = align::testing::Straight(1000);
  const Execution bad = WithGprFault(good, 200, 240);
  Options options = Of(2);
  EXPECT_EQ(Sparse(options, {{good}, {bad}}).Run(), Progress::kDiverged);
  options.digest_at = state::DigestAt::kWindow;
  EXPECT_EQ(Sparse(options, {{good}, {bad}}).Run(), Progress::kComplete);
}

TEST(SparseChecker, ComparesOnWithoutOutliers) {
  const Execution good = align::testing::Straight(1000);
  const Execution bad = WithGprFault(good, 300);
  Options options = Of(3);
  options.policy.on_divergence = policy::OnDivergence::kDropOutliers;
  Sparse run(options, {{good}, {bad}, {good, 5}});
  EXPECT_EQ(run.Run(), Progress::kDiverged);
  const report::Report report = run.Report();
  EXPECT_THAT(report.divergence->outliers, ElementsAre("B"));
  EXPECT_TRUE(run.checker_->summary().instances[1].dropped);
  EXPECT_EQ(run.checker_->summary().verified_insns, 1000u);
  EXPECT_THAT(report.notes,
              ElementsAre(HasSubstr("compared on without B"), "the others agree to their end"));
}

TEST(SparseChecker, CrashIsTroubleAfterItsLastWindowWasCompared) {
  const Execution good = align::testing::Straight(1000);
  Execution cut = good;
  cut.points.resize(501);
  Sparse run(Of(2), {{good}, {cut, 10, false}});
  run.Run();
  run.streams_[1]->scanner().set_producer_dead();
  run.Run();
  run.checker_->InstanceFailed(1, "exited with status 139 (SIGSEGV)", true);
  EXPECT_EQ(run.Run(), Progress::kTrouble);
  const report::Report report = run.Report();
  EXPECT_EQ(report.trouble->instance, "B");
  EXPECT_EQ(report.trouble->reason,
            "exited with status 139 (SIGSEGV) at icount<=500; verified to 490");
  EXPECT_EQ(report.instances[1].end, "exited with status 139 (SIGSEGV)");
}

TEST(SparseChecker, DivergenceBeforeACrashIsFound) {
  const Execution good = align::testing::Straight(1000);
  Execution cut = WithGprFault(good, 470);
  cut.points.resize(501);
  Sparse run(Of(2), {{good}, {cut, 10, false}});
  run.Run();
  run.streams_[1]->scanner().set_producer_dead();
  run.Run();
  run.checker_->InstanceFailed(1, "exited with status 139 (SIGSEGV)", true);
  EXPECT_EQ(run.Run(), Progress::kDiverged);
  EXPECT_EQ(run.Report().divergence->icount, 470u);
}

TEST(SparseChecker, AnInstanceThatCannotAnswerAnyMoreIsTrouble) {
  const Execution good = align::testing::Straight(1000);
  Sparse run(Of(2), {{good}, {WithGprFault(good, 300)}});
  run.answers_ = false;
  EXPECT_EQ(run.Run(), Progress::kNeedMore);
  EXPECT_EQ(run.checker_->OpenDetailRequests(0).size(), 1u);
  ASSERT_EQ(run.checker_->OpenDetailRequests(1).size(), 1u);
  EXPECT_EQ(run.checker_->OpenDetailRequests(1)[0].first_icount, 256u);
  run.checker_->InstanceFailed(1, "its connection broke off", false);
  EXPECT_THAT(run.checker_->OpenDetailRequests(1), IsEmpty());
  state::DetailReply empty;
  empty.request_id = run.checker_->OpenDetailRequests(0)[0].request_id;
  EXPECT_TRUE(run.checker_->PushDetail(0, empty).ok());
  EXPECT_EQ(run.checker_->Advance(), Progress::kTrouble);
}

TEST(SparseChecker, NothingChangedIsNoProof) {
  Execution idle = align::testing::Straight(300);
  for (auto& point : idle.points) point.digests = {5, 5, 5, 5};
  Sparse run(Of(2), {{idle}, {idle}});
  EXPECT_EQ(run.Run(), Progress::kComplete);
  EXPECT_EQ(run.Report().trouble->reason, "nothing proved: gpr never changed");
}

// Within one window a group may change and change back.
TEST(SparseChecker, ShortRunsAreLookedAtInDetail) {
  Execution shortest = align::testing::Straight(40);
  for (size_t c = 0; c < shortest.points.size(); ++c) {
    shortest.points[c].digests = {c + 1, c == 20 ? 7u : 5u, 5, 0};
  }
  Sparse run(Of(2), {{shortest}, {shortest}});
  EXPECT_EQ(run.Run(), Progress::kComplete);
  const report::Report report = run.Report();
  EXPECT_EQ(report.outcome, Outcome::kIdentical);
  EXPECT_EQ(report.compared.groups,
            state::MaskOf(state::Group::kGpr) | state::MaskOf(state::Group::kFpr));
}

TEST(SparseChecker, RefusesWhatIsOfNoSparseRun) {
  auto checker = Make(Of(2));
  EXPECT_THAT(std::string(checker->Push(0, state::Batch()).message()),
              HasSubstr("instance A: sends blocks in a sparse run"));
  checker = Make(Of(2));
  state::WindowBatch batch;
  batch.vcpu = 3;
  EXPECT_THAT(std::string(checker->PushWindows(1, batch).message()),
              HasSubstr("instance B: sends windows of vCPU 3; it declared 1"));
  EXPECT_EQ(checker->Advance(), Progress::kTrouble);
}

// ---- several vCPUs: windows by hand ------------------------------------------------------------

// `rows` windows of a vCPU from number `first` on, `steps` steps apart; from number `odd` on with
// another digest.
state::WindowBatch Rows(uint32_t vcpu, uint64_t first, size_t rows, uint64_t odd = UINT64_MAX) {
  state::WindowBatch batch;
  batch.vcpu = vcpu;
  batch.first_window = first;
  batch.start_icount = first * kWindow;
  for (size_t i = 0; i < rows; ++i) {
    const uint64_t n = first + i;
    batch.icounts.push_back((n + 1) * kWindow);
    batch.steps.push_back(2 * batch.icounts.back());
    batch.pcs.push_back(0x1000);
    batch.digests.push_back({n + (n >= odd ? 1000 : 0), 1, 1, 1});
    batch.flow_digests.push_back(7);
    batch.trap_digests.push_back(0);
    batch.trap_counts.push_back(0);
    batch.block_digests.push_back(9 + (n >= odd ? 1 : 0));
    batch.block_counts.push_back(10);
  }
  batch.records = 10 * rows;
  return batch;
}

// The records of window `n`: one block, and the one that begins at its end.
state::Batch Records(uint32_t vcpu, uint64_t n, bool odd) {
  state::Batch batch;
  batch.vcpu = vcpu;
  state::BlockInfo info;
  info.id = 1;
  info.pc = 0x1000;
  info.n_insns = kWindow;
  for (uint16_t k = 0; k < kWindow; ++k) info.offsets.push_back(static_cast<uint16_t>(4 * k));
  batch.infos.push_back({0, info});
  batch.step_bases.push_back({0, n * kWindow});
  batch.step_bases.push_back({1, (n + 1) * kWindow});
  batch.first_icount = n * kWindow;
  batch.block_ids = {1, 1};
  batch.icount_offsets = {0, kWindow};
  batch.gpr_digests = {n - 1, n + (odd ? 1000 : 0)};
  for (auto group : {state::Group::kFpr, state::Group::kCsr, state::Group::kMem}) {
    batch.group_updates.push_back({0, {group, 1}});
  }
  batch.records = 20;
  return batch;
}

// Answers what is asked: instance 1 differs from window `odd` of the vCPU on.
void AnswerAll(SparseChecker& checker, const std::vector<uint64_t>& odd) {
  for (const WantedDetail& wanted : checker.TakeDetailRequests()) {
    const uint64_t n = wanted.request.first_icount / kWindow;
    state::DetailReply reply;
    reply.request_id = wanted.request.request_id;
    reply.batches = {
        Records(wanted.request.vcpu, n, wanted.instance == 1 && n >= odd[wanted.request.vcpu])};
    const absl::Status status = checker.PushDetail(wanted.instance, reply);
    EXPECT_TRUE(status.ok()) << status;
  }
}

void PushBoth(SparseChecker& checker, uint32_t vcpu, uint64_t first, size_t rows,
              uint64_t odd = UINT64_MAX) {
  EXPECT_TRUE(checker.PushWindows(0, Rows(vcpu, first, rows)).ok());
  EXPECT_TRUE(checker.PushWindows(1, Rows(vcpu, first, rows, odd)).ok());
}

TEST(SparseChecker, ADivergenceWaitsForTheOtherVcpus) {
  auto checker = Make(Of(2, 2));
  PushBoth(*checker, 0, 0, 6, 5);
  EXPECT_EQ(checker->Advance(), Progress::kNeedMore);
  AnswerAll(*checker, {5, UINT64_MAX});
  EXPECT_EQ(checker->Advance(), Progress::kNeedMore);
  // Nobody looks at more of vCPU 0; vCPU 1 is behind.
  EXPECT_EQ(checker->AgreedWindows(0), UINT64_MAX);
  EXPECT_EQ(checker->AgreedWindows(1), 0u);
  EXPECT_TRUE(checker->PushWindows(0, Rows(0, 99, 1)).ok()) << "thrown away unread";
  PushBoth(*checker, 1, 0, 5);
  EXPECT_EQ(checker->Advance(), Progress::kNeedMore);
  PushBoth(*checker, 1, 5, 1);
  EXPECT_EQ(checker->Advance(), Progress::kDiverged);
  checker->Finish("");
  const report::Report report = checker->Report(store::NoSymbols());
  EXPECT_EQ(report.divergence->vcpu, 0u);
  EXPECT_EQ(report.divergence->icount, 6 * kWindow);
  EXPECT_EQ(report.divergence->step, 12 * kWindow);
}

TEST(SparseChecker, TheEarlierDivergenceOfAnotherVcpuIsTheFirst) {
  auto checker = Make(Of(2, 2));
  PushBoth(*checker, 0, 0, 6, 5);
  checker->Advance();
  AnswerAll(*checker, {5, 2});
  EXPECT_EQ(checker->Advance(), Progress::kNeedMore);
  PushBoth(*checker, 1, 0, 3, 2);
  EXPECT_EQ(checker->Advance(), Progress::kNeedMore);
  AnswerAll(*checker, {5, 2});
  EXPECT_EQ(checker->Advance(), Progress::kDiverged);
  checker->Finish("");
  const report::Report report = checker->Report(store::NoSymbols());
  EXPECT_EQ(report.divergence->vcpu, 1u);
  EXPECT_EQ(report.divergence->icount, 3 * kWindow);
}

TEST(SparseChecker, ADivergenceThatWaitsIsToldAtTheEnd) {
  auto checker = Make(Of(2, 2));
  PushBoth(*checker, 0, 0, 6, 5);
  checker->Advance();
  AnswerAll(*checker, {5, UINT64_MAX});
  EXPECT_EQ(checker->Advance(), Progress::kNeedMore);
  checker->Finish("timeout");
  EXPECT_EQ(checker->Report(store::NoSymbols()).outcome, Outcome::kDiverged);
}

// ---- sums: windows without blocks ---------------------------------------------------------------

Options WindowDigests(size_t n) {
  Options options = Of(n);
  options.digest_at = state::DigestAt::kWindow;
  return options;
}

// As Rows(), of a stream whose blocks are not known; the last one ends it if `ends`.
state::WindowBatch SumRows(uint64_t first, size_t rows, uint64_t odd = UINT64_MAX,
                           bool ends = false) {
  state::WindowBatch batch = Rows(0, first, rows, odd);
  batch.sums = true;
  batch.block_counts.assign(rows, 1);
  batch.infos = 3;
  if (ends) {
    batch.end.emplace();
    batch.end->reason = state::EndReason::kExit;
    batch.end->icount = batch.icounts.back();
  }
  return batch;
}

TEST(SparseCheckerSums, IdenticalByWindows) {
  auto checker = Make(WindowDigests(2));
  for (size_t i : {0, 1}) {
    ASSERT_TRUE(checker->PushWindows(i, SumRows(0, 3, UINT64_MAX, /*ends=*/true)).ok());
  }
  EXPECT_EQ(checker->Advance(), Progress::kComplete);
  checker->Finish("");
  const report::Report report = checker->Report(store::NoSymbols());
  EXPECT_EQ(report.outcome, Outcome::kIdentical);
  EXPECT_TRUE(report.compared.sums);
  EXPECT_EQ(report.compared.windows, 3u);
  EXPECT_EQ(report.compared.blocks, 0u);
  EXPECT_EQ(report.compared.insns, 3 * kWindow);
}

TEST(SparseCheckerSums, ADivergenceHasNoBlocks) {
  auto checker = Make(WindowDigests(3));
  ASSERT_TRUE(checker->PushWindows(0, SumRows(0, 3)).ok());
  ASSERT_TRUE(checker->PushWindows(1, SumRows(0, 3, 2)).ok());
  ASSERT_TRUE(checker->PushWindows(2, SumRows(0, 3)).ok());
  EXPECT_EQ(checker->Advance(), Progress::kDiverged);
  EXPECT_THAT(checker->TakeDetailRequests(), IsEmpty());
  checker->Finish("");
  const report::Report report = checker->Report(store::NoSymbols());
  ASSERT_EQ(report.outcome, Outcome::kDiverged);
  EXPECT_EQ(report.divergence->kind, Kind::kGpr);
  EXPECT_THAT(report.divergence->outliers, ElementsAre("B"));
  EXPECT_EQ(report.divergence->last_agreed_icount, 2 * kWindow);
  EXPECT_EQ(report.divergence->icount, 3 * kWindow);
  EXPECT_EQ(report.divergence->place.pc, 0x1000u);
  EXPECT_FALSE(report.divergence->suspect_block.has_value());
  EXPECT_THAT(report.divergence->history, IsEmpty());
  EXPECT_TRUE(report.compared.sums);
}

TEST(SparseCheckerSums, WhoFailsIsTroubleAtOnce) {
  auto checker = Make(WindowDigests(2));
  ASSERT_TRUE(checker->PushWindows(0, SumRows(0, 3)).ok());
  ASSERT_TRUE(checker->PushWindows(1, SumRows(0, 2)).ok());
  EXPECT_EQ(checker->Advance(), Progress::kNeedMore);
  EXPECT_FALSE(checker->LookInside());
  EXPECT_TRUE(checker->summary().sums);
  checker->InstanceFailed(1, "exited with status 139 (SIGSEGV)", /*reachable=*/true);
  EXPECT_EQ(checker->Advance(), Progress::kTrouble);
  EXPECT_THAT(checker->TakeDetailRequests(), IsEmpty());
  checker->Finish("");
  const report::Report report = checker->Report(store::NoSymbols());
  EXPECT_EQ(report.trouble->instance, "B");
  EXPECT_EQ(report.trouble->reason,
            "exited with status 139 (SIGSEGV) at icount<=128; verified to 128");
  EXPECT_FALSE(report.trouble->nothing_proved);
}

TEST(SparseCheckerSums, WhatNeverChangesIsNoProof) {
  auto checker = Make(WindowDigests(2));
  for (size_t i : {0, 1}) {
    state::WindowBatch batch = SumRows(0, 3, UINT64_MAX, /*ends=*/true);
    batch.digests.assign(3, {5, 5, 5, 5});
    ASSERT_TRUE(checker->PushWindows(i, batch).ok());
  }
  EXPECT_EQ(checker->Advance(), Progress::kComplete);
  checker->Finish("");
  const report::Report report = checker->Report(store::NoSymbols());
  EXPECT_EQ(report.trouble->reason, "nothing proved: gpr never changed");
  EXPECT_TRUE(report.trouble->nothing_proved);
  EXPECT_TRUE(report.compared.sums);
}

TEST(SparseChecker, ComparesFromAWindowOn) {
  Options options = WindowDigests(2);
  options.start_icount = 2 * kWindow;
  auto checker = Make(options);
  for (size_t i : {0, 1}) {
    state::WindowBatch batch = Rows(0, 2, 3);
    batch.first_window = 0;
    ASSERT_TRUE(checker->PushWindows(i, batch).ok());
  }
  EXPECT_EQ(checker->Advance(), Progress::kNeedMore);
  EXPECT_EQ(checker->summary().verified_insns, 5 * kWindow);
  options = Of(2, 2);
  options.start_icount = kWindow;
  EXPECT_THAT(std::string(SparseChecker::Create(options).status().message()),
              HasSubstr("a run of 2 vCPUs is compared from its start, not from icount 64 on"));
}

// ---- the choice --------------------------------------------------------------------------------

TEST(CreateComparison, ChoosesByWhatTheInstancesCan) {
  Options options = Of(2);
  EXPECT_TRUE(CreateComparison(options).value()->terms().sparse());
  options.stream_mode = state::StreamMode::kDense;
  EXPECT_FALSE(CreateComparison(options).value()->terms().sparse());
  options.digest_at = state::DigestAt::kWindow;
  EXPECT_THAT(std::string(CreateComparison(options).status().message()),
              HasSubstr("--digest=window"));
  options.stream_mode = state::StreamMode::kAuto;
  EXPECT_TRUE(CreateComparison(options).value()->terms().sparse());
  options.instances[1].identity.abilities &= ~state::kAbilityWindows;
  EXPECT_THAT(std::string(CreateComparison(options).status().message()),
              HasSubstr("instance B cannot tell windows"));
  options.digest_at = state::DigestAt::kBlock;
  EXPECT_FALSE(CreateComparison(options).value()->terms().sparse());
  options.stream_mode = state::StreamMode::kSparse;
  EXPECT_THAT(std::string(CreateComparison(options).status().message()),
              HasSubstr("instance B cannot tell windows"));
  options.stream_mode = state::StreamMode::kAuto;
  options.digest_at = state::DigestAt::kInsn;
  EXPECT_THAT(std::string(CreateComparison(options).status().message()),
              HasSubstr("instance A cannot run one instruction per block"));
}

}  // namespace
}  // namespace lockstep::detect

#include "coordinator/server/run.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "coordinator/server/run_testing.h"
#include "coordinator/server/stream_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::server {
namespace {

using testing::Blocks;
using testing::ComparedRun;
using testing::Config;
using testing::EndAt;
using ::testing::HasSubstr;
using testing::Identity;
using testing::Joined;
using testing::kInsnsPerBlock;
using testing::RecordingLink;

constexpr uint32_t kWindow = 64;

// ---- sparse ------------------------------------------------------------------------------------

RunConfig SparseConfig() {
  RunConfig config = Config();
  config.window_insns = kWindow;
  return config;
}

state::ProducerIdentity SparseIdentity() {
  state::ProducerIdentity identity = Identity();
  identity.abilities |= state::kAbilityWindows;
  return identity;
}

state::WindowBatch Windows(uint64_t first, size_t rows, bool ends = false, uint64_t odd = ~0ull) {
  return testing::Windows(kWindow, first, rows, ends, odd);
}

state::DetailReply Details(const state::DetailRequest& request, uint64_t corrupt_from = ~0ull) {
  return testing::Details(request, corrupt_from);
}

TEST(SparseRun, IdenticalStreams) {
  Joined joined(SparseConfig(), SparseIdentity());
  EXPECT_TRUE(joined.links_[0]->sparse_);
  EXPECT_EQ(joined.run_.snapshot().stream_mode, state::StreamMode::kSparse);
  for (size_t i : {0, 1}) ASSERT_TRUE(joined.run_.Push(i, Windows(0, 3)).ok());
  for (size_t i : {0, 1}) joined.links_[i]->AwaitAgreed(3);
  for (size_t i : {0, 1}) ASSERT_TRUE(joined.run_.Push(i, Windows(3, 2, true)).ok());
  const report::Report report = joined.WaitForReport();
  EXPECT_EQ(report.outcome, report::Outcome::kIdentical) << report.trouble->reason;
  EXPECT_EQ(report.compared.windows, 5u);
  EXPECT_EQ(report.compared.blocks, 80u);
  EXPECT_EQ(report.compared.insns, 5 * kWindow);
}

TEST(SparseRun, DenseIfItIsAskedForOrAnInstanceCannot) {
  RunConfig config = SparseConfig();
  config.stream_mode = state::StreamMode::kDense;
  EXPECT_FALSE(Joined(config, SparseIdentity()).links_[0]->sparse_);
  EXPECT_FALSE(Joined(SparseConfig(), Identity()).links_[0]->sparse_);
}

TEST(SparseRun, DivergenceIsFoundInTheDetails) {
  Joined joined(SparseConfig(), SparseIdentity());
  ASSERT_TRUE(joined.run_.Push(0, Windows(0, 3)).ok());
  ASSERT_TRUE(joined.run_.Push(1, Windows(0, 3, false, 2)).ok());
  for (size_t i : {0, 1}) {
    const state::DetailRequest request = joined.links_[i]->AwaitRequest();
    EXPECT_EQ(request.first_icount, 2 * kWindow);
    EXPECT_EQ(request.end_icount, 3 * kWindow);
    ASSERT_TRUE(joined.run_.Push(i, Details(request, i == 1 ? 40 : ~0ull)).ok());
  }
  const report::Report report = joined.WaitForReport();
  ASSERT_EQ(report.outcome, report::Outcome::kDiverged);
  EXPECT_EQ(report.divergence->icount, 40 * kInsnsPerBlock);
  EXPECT_EQ(report.divergence->kind, report::Kind::kGpr);
}

TEST(SparseRun, AnInstanceThatEndedEarlyStillGivesDetails) {
  Joined joined(SparseConfig(), SparseIdentity());
  ASSERT_TRUE(joined.run_.Push(0, Windows(0, 3)).ok());
  ASSERT_TRUE(joined.run_.Push(1, Windows(0, 2)).ok());
  joined.run_.InstanceFailed(1, "exited with status 139 (SIGSEGV)", true);
  const state::DetailRequest wanted = joined.links_[1]->AwaitRequest();
  EXPECT_EQ(wanted.first_icount, 2 * kWindow);
  ASSERT_TRUE(joined.run_.Push(1, Details(wanted, 40)).ok());
  ASSERT_TRUE(joined.run_.Push(0, Details(joined.links_[0]->AwaitRequest())).ok());
  EXPECT_EQ(joined.WaitForReport().outcome, report::Outcome::kDiverged);
}

TEST(SparseRun, AnInstanceThatIsGoneIsTrouble) {
  Joined joined(SparseConfig(), SparseIdentity());
  ASSERT_TRUE(joined.run_.Push(0, Windows(0, 3)).ok());
  ASSERT_TRUE(joined.run_.Push(1, Windows(0, 2)).ok());
  joined.run_.InstanceFailed(1, "its connection broke off", false);
  const report::Report report = joined.WaitForReport();
  ASSERT_EQ(report.outcome, report::Outcome::kTrouble);
  EXPECT_EQ(report.trouble->instance, "B");
  EXPECT_EQ(report.trouble->reason, "its connection broke off at icount<=128; verified to 128");
}

TEST(SparseRun, AWindowThatIsNotCompletedIsLookedAtWhenNothingComes) {
  Joined joined(SparseConfig(), SparseIdentity());
  ASSERT_TRUE(joined.run_.Push(0, Windows(0, 3)).ok());
  ASSERT_TRUE(joined.run_.Push(1, Windows(0, 2)).ok());
  for (size_t i : {0, 1}) {
    const state::DetailRequest request = joined.links_[i]->AwaitRequest();
    EXPECT_EQ(request.first_icount, 2 * kWindow);
    state::DetailReply reply = Details(request, i == 1 ? 40 : ~0ull);
    if (i == 1) {  // it has come to block 42
      reply.batches[0].block_ids.resize(10);
      reply.batches[0].icount_offsets.resize(10);
      reply.batches[0].gpr_digests.resize(10);
    }
    ASSERT_TRUE(joined.run_.Push(i, reply).ok());
  }
  const report::Report report = joined.WaitForReport();
  ASSERT_EQ(report.outcome, report::Outcome::kDiverged);
  EXPECT_EQ(report.divergence->icount, 40 * kInsnsPerBlock);
}

TEST(SparseRun, ACancelledRunTellsHowFarItIsInTheWindow) {
  Joined joined(SparseConfig(), SparseIdentity());
  ASSERT_TRUE(joined.run_.Push(0, Windows(0, 3)).ok());
  ASSERT_TRUE(joined.run_.Push(1, Windows(0, 2)).ok());
  joined.run_.Cancel("interrupted");
  for (size_t i : {0, 1}) {
    state::DetailReply reply = Details(joined.links_[i]->AwaitRequest());
    ASSERT_TRUE(joined.run_.Push(i, reply).ok());
  }
  const report::Report report = joined.WaitForReport();
  ASSERT_EQ(report.outcome, report::Outcome::kTrouble);
  EXPECT_EQ(report.trouble->reason, "interrupted; verified to 188");
}

TEST(SparseRun, WhatIsOfTheOtherFormIsTrouble) {
  Joined sparse(SparseConfig(), SparseIdentity());
  EXPECT_EQ(sparse.run_.Push(0, Blocks(0, 0, 1)).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(sparse.WaitForReport().trouble->reason, HasSubstr("sent batches in a sparse run"));
  Joined dense;
  EXPECT_EQ(dense.run_.Push(0, Windows(0, 1)).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(dense.WaitForReport().trouble->reason, HasSubstr("sent windows in a dense run"));
}

TEST(SparseRun, MoreWindowsThanAreAllowedAreTrouble) {
  Joined joined(SparseConfig(), SparseIdentity());
  ASSERT_TRUE(joined.run_.Push(0, Windows(0, 4096)).ok());
  EXPECT_EQ(joined.run_.Push(0, Windows(4096, 2)).code(), absl::StatusCode::kResourceExhausted);
  // What it sent in order is still compared.
  ASSERT_TRUE(joined.run_.Push(1, Windows(0, 4097)).ok());
  EXPECT_THAT(joined.WaitForReport().trouble->reason, HasSubstr("4097 may be open"));
}

// ---- dense -------------------------------------------------------------------------------------

TEST(Run, IdenticalStreams) {
  Joined joined;
  EXPECT_EQ(joined.links_[0]->groups_, state::MaskOf(state::Group::kGpr));
  for (size_t i : {0, 1}) {
    ASSERT_TRUE(joined.run_.Push(i, Blocks(0, 0, 100)).ok());
    ASSERT_TRUE(joined.run_.Push(i, EndAt(1, 100)).ok());
  }
  const report::Report report = joined.WaitForReport();
  EXPECT_EQ(report.outcome, report::Outcome::kIdentical);
  EXPECT_EQ(report.run_id, "test");
  EXPECT_EQ(report.compared.insns, 400u);
  EXPECT_EQ(report.instances[1].command, "cmd B");
  EXPECT_EQ(joined.links_[0]->outcome_, report::Outcome::kIdentical);
  EXPECT_EQ(joined.run_.snapshot().phase, Phase::kDone);
}

TEST(Run, Divergence) {
  Joined joined;
  ASSERT_TRUE(joined.run_.Push(0, Blocks(0, 0, 100)).ok());
  ASSERT_TRUE(joined.run_.Push(1, Blocks(0, 0, 100, /*corrupt_from=*/50)).ok());
  const report::Report report = joined.WaitForReport();
  ASSERT_EQ(report.outcome, report::Outcome::kDiverged);
  EXPECT_EQ(report.divergence->icount, 50u * kInsnsPerBlock);
  EXPECT_EQ(report.divergence->kind, report::Kind::kGpr);
}

TEST(Run, FailedInstanceIsTroubleAfterWhatItSent) {
  Joined joined;
  ASSERT_TRUE(joined.run_.Push(0, Blocks(0, 0, 100)).ok());
  ASSERT_TRUE(joined.run_.Push(1, Blocks(0, 0, 60)).ok());
  joined.run_.InstanceFailed(1, "exited with status 139 (SIGSEGV)", false);
  const report::Report report = joined.WaitForReport();
  ASSERT_EQ(report.outcome, report::Outcome::kTrouble);
  EXPECT_EQ(report.trouble->instance, "B");
  EXPECT_THAT(report.trouble->reason, HasSubstr("exited with status 139 (SIGSEGV)"));
  EXPECT_GE(report.compared.insns, 59u * kInsnsPerBlock);
}

TEST(Run, WatchersAreToldOfWhatHappens) {
  store::NoSymbols symbols;
  ComparedRun run(Config(), &symbols);
  absl::Mutex mutex;
  std::vector<Snapshot> told;
  run.Watch([&](const Snapshot& snapshot) {
    absl::MutexLock lock(&mutex);
    told.push_back(snapshot);
  });
  const auto wait_for = [&](const std::function<bool(const Snapshot&)>& wanted) {
    const auto seen = [&] { return std::any_of(told.begin(), told.end(), wanted); };
    absl::MutexLock lock(&mutex);
    mutex.Await(absl::Condition(&seen));
    return told.size();
  };
  EXPECT_EQ(wait_for([](const Snapshot& s) { return !s.joined[0]; }), 1u);
  ASSERT_TRUE(run.Join("A", "", Identity(), std::make_shared<RecordingLink>()).ok());
  wait_for([](const Snapshot& s) { return s.joined[0] && !s.joined[1]; });
  // What does not happen is not told: an idle run sleeps.
  {
    absl::MutexLock lock(&mutex);
    const size_t before = told.size();
    const auto more = [&] { return told.size() > before; };
    EXPECT_FALSE(mutex.AwaitWithTimeout(absl::Condition(&more), absl::Milliseconds(350)));
  }
  run.Cancel("enough");
  wait_for([](const Snapshot& s) { return s.phase == Phase::kDone; });
}

TEST(Run, SnapshotTellsOfConnections) {
  Joined joined;
  const auto receive = [&](uint64_t number) {
    ComparedRun::Delivery delivery(&joined.run_, 0);
    EXPECT_TRUE(
        joined.run_.Receive(0, joined.links_[0].get(), {.number = number, .bytes = 100}).ok());
  };
  receive(1);
  receive(2);
  EXPECT_EQ(joined.run_.snapshot().traffic.received_bytes, 200u);
  joined.run_.Disconnected(0, joined.links_[0].get(), "broke off", /*for_good=*/true);
  EXPECT_FALSE(joined.run_.snapshot().connected[0]);
  EXPECT_TRUE(joined.run_.snapshot().connected[1]);
  auto again = std::make_shared<RecordingLink>();
  ASSERT_TRUE(joined.run_.Join("A", "", Identity(), again, /*resume=*/true).ok());
  again->welcome_.WaitForNotification();
  const Snapshot now = joined.run_.snapshot();
  EXPECT_TRUE(now.joined[0] && now.connected[0]);
  EXPECT_EQ(now.traffic.reconnects, 1u);
}

TEST(Run, OneThatEndedBefore) {
  Snapshot snapshot;
  snapshot.phase = Phase::kDone;
  snapshot.joined = {true, false};
  snapshot.outcome = report::Outcome::kTrouble;
  report::Report report;
  report.run_id = "test";
  const absl::Time then = absl::FromUnixSeconds(1'700'000'000);
  ComparedRun run(Config(), then, snapshot, report);
  EXPECT_EQ(run.create_time(), then);
  EXPECT_EQ(run.Report()->run_id, "test");
  EXPECT_EQ(run.Join("B", "", Identity(), std::make_shared<RecordingLink>()).status().code(),
            absl::StatusCode::kFailedPrecondition);
  bool told = false;
  run.Watch([&](const Snapshot& s) { told = s.phase == Phase::kDone; });
  EXPECT_TRUE(told);
  run.Cancel("nothing to cancel");
}

TEST(Run, InstanceThatNeverCameUp) {
  store::NoSymbols symbols;
  ComparedRun run(Config(), &symbols);
  auto link = std::make_shared<RecordingLink>();
  absl::StatusOr<size_t> index = run.Join("B", "nope", std::nullopt, link);
  ASSERT_TRUE(index.ok());
  run.InstanceFailed(*index, "cannot start 'nope': not found in PATH", false);
  link->stop_.WaitForNotification();
  const report::Report report = *run.Report();
  EXPECT_EQ(report.outcome, report::Outcome::kTrouble);
  EXPECT_EQ(report.trouble->instance, "B");
  EXPECT_EQ(report.trouble->reason, "cannot start 'nope': not found in PATH");
}

TEST(Run, CancelReportsWhatWasVerified) {
  Joined joined;
  for (size_t i : {0, 1}) ASSERT_TRUE(joined.run_.Push(i, Blocks(0, 0, 100)).ok());
  joined.run_.Cancel("timeout after 1s");
  const report::Report report = joined.WaitForReport();
  ASSERT_EQ(report.outcome, report::Outcome::kTrouble);
  EXPECT_THAT(report.trouble->reason, HasSubstr("timeout after 1s"));
  EXPECT_GE(report.compared.insns, 98u * kInsnsPerBlock);
}

TEST(Run, CancelBeforeAnyoneJoined) {
  store::NoSymbols symbols;
  ComparedRun run(Config(), &symbols);
  absl::Notification done;
  run.Watch([&](const Snapshot& s) {
    if (s.phase == Phase::kDone) done.Notify();
  });
  EXPECT_EQ(run.Report().status().code(), absl::StatusCode::kFailedPrecondition);
  run.Cancel("interrupted");
  done.WaitForNotification();
  EXPECT_EQ(run.Report()->trouble->reason, "interrupted");
}

TEST(Run, JoinErrors) {
  Joined joined;
  auto link = std::make_shared<RecordingLink>();
  EXPECT_EQ(joined.run_.Join("C", "", Identity(), link).status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(joined.run_.Join("A", "", Identity(), link).status().code(),
            absl::StatusCode::kAlreadyExists);
  joined.run_.Cancel("x");
  joined.WaitForReport();
  EXPECT_EQ(joined.run_.Join("A", "", Identity(), link).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST(Run, InstancesThatDoNotFitAreTrouble) {
  store::NoSymbols symbols;
  ComparedRun run(Config(), &symbols);
  auto a = std::make_shared<RecordingLink>(), b = std::make_shared<RecordingLink>();
  state::ProducerIdentity other = Identity();
  other.guest_arch = "riscv64";
  ASSERT_TRUE(run.Join("A", "", Identity(), a).ok());
  ASSERT_TRUE(run.Join("B", "", other, b).ok());
  b->stop_.WaitForNotification();
  EXPECT_EQ(run.Report()->outcome, report::Outcome::kTrouble);
  EXPECT_THAT(run.Report()->trouble->reason, HasSubstr("riscv64"));
}

TEST(Run, CreditFollowsTheSlowest) {
  RunConfig config = Config();
  config.window_records = 1000;
  Joined joined(config);
  ASSERT_TRUE(joined.run_.Push(0, Blocks(0, 0, 900)).ok());
  absl::SleepFor(absl::Milliseconds(20));
  EXPECT_EQ(joined.links_[0]->limit_, 1000u);  // nothing is consumed while B is silent
  ASSERT_TRUE(joined.run_.Push(1, Blocks(0, 0, 910)).ok());
  ASSERT_TRUE(joined.run_.Push(0, Blocks(1, 900, 10)).ok());
  for (int i = 0; i < 1000 && joined.links_[0]->limit_ == 1000; ++i) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_GE(joined.links_[0]->limit_, 1900u);
  EXPECT_LE(joined.links_[0]->limit_, 1903u);
}

TEST(Run, ExceedingCreditIsTrouble) {
  RunConfig config = Config();
  config.window_records = 1000;
  Joined joined(config);
  const absl::Status status = joined.run_.Push(0, Blocks(0, 0, 6000));
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(joined.WaitForReport().trouble->reason, HasSubstr("credit for 1000"));
}

TEST(Run, BatchOfAnUnknownVcpuIsTrouble) {
  Joined joined;
  state::Batch batch = Blocks(0, 0, 10);
  batch.vcpu = 1;
  EXPECT_EQ(joined.run_.Push(1, std::move(batch)).code(), absl::StatusCode::kInvalidArgument);
  const report::Report report = joined.WaitForReport();
  EXPECT_EQ(report.trouble->instance, "B");
  EXPECT_THAT(report.trouble->reason, HasSubstr("vCPU 1"));
}

TEST(Run, BatchBeforeTheWelcomeIsTrouble) {
  store::NoSymbols symbols;
  ComparedRun run(Config(), &symbols);
  auto link = std::make_shared<RecordingLink>();
  ASSERT_TRUE(run.Join("A", "", Identity(), link).ok());
  EXPECT_FALSE(run.Push(0, Blocks(0, 0, 10)).ok());
  link->stop_.WaitForNotification();
  EXPECT_THAT(run.Report()->trouble->reason, HasSubstr("before the welcome"));
}

TEST(Run, SequenceGapIsTrouble) {
  Joined joined;
  ASSERT_TRUE(joined.run_.Push(0, Blocks(0, 0, 10)).ok());
  ASSERT_TRUE(joined.run_.Push(0, Blocks(2, 10, 10)).ok());
  const report::Report report = joined.WaitForReport();
  EXPECT_EQ(report.outcome, report::Outcome::kTrouble);
  EXPECT_EQ(report.trouble->instance, "A");
}

TEST(Run, WatchersSeeProgressAndTheEnd) {
  Joined joined;
  absl::Mutex mutex;
  std::vector<Snapshot> seen;
  const uint64_t number = joined.run_.Watch([&](const Snapshot& s) {
    absl::MutexLock lock(&mutex);
    seen.push_back(s);
  });
  EXPECT_NE(number, 0u);
  for (size_t i : {0, 1}) ASSERT_TRUE(joined.run_.Push(i, Blocks(0, 0, 100)).ok());
  const auto progressed = [&] {
    return !seen.empty() && seen.back().summary.verified_insns >= 98 * kInsnsPerBlock;
  };
  mutex.LockWhen(absl::Condition(&progressed));
  EXPECT_EQ(seen.back().phase, Phase::kComparing);
  EXPECT_GE(seen.back().summary.boundaries, 98u);
  mutex.Unlock();
  joined.run_.Cancel("x");
  const auto ended = [&] { return seen.back().phase == Phase::kDone; };
  mutex.LockWhen(absl::Condition(&ended));
  EXPECT_EQ(seen.back().outcome, report::Outcome::kTrouble);
  mutex.Unlock();
  // Who comes late is told at once.
  bool told = false;
  EXPECT_EQ(joined.run_.Watch([&](const Snapshot& s) { told = s.phase == Phase::kDone; }), 0u);
  EXPECT_TRUE(told);
}

TEST(Run, UnwatchedIsNotCalled) {
  Joined joined;
  std::atomic<int> calls = 0;
  const uint64_t number = joined.run_.Watch([&](const Snapshot&) { ++calls; });
  joined.run_.Unwatch(number);
  const int before = calls;
  joined.run_.Cancel("x");
  joined.WaitForReport();
  EXPECT_EQ(calls, before);
}

}  // namespace
}  // namespace lockstep::server

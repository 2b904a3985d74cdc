// Runs whose instances are run again after a divergence, to name the instruction.
#include <stdlib.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "coordinator/server/registry.h"
#include "coordinator/server/run_store.h"
#include "coordinator/server/run_testing.h"
#include "coordinator/server/stream_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::server {
namespace {

using testing::Blocks;
using testing::ComparedRun;
using testing::Config;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Joined;
using testing::kInsnsPerBlock;
using testing::RecordingLink;
using ::testing::StartsWith;

// The block that differs on entry, after one on which all agree, and the instruction after which
// the instances that step differ.
constexpr uint64_t kOddBlock = 50;
constexpr uint64_t kAgreed = (kOddBlock - 1) * kInsnsPerBlock;
constexpr uint64_t kGuilty = kAgreed + 2;
constexpr char kNotNarrowed[] = "not narrowed to one instruction: ";

state::ProducerIdentity Stepper(uint32_t vcpus = 1) {
  state::ProducerIdentity identity = testing::Identity();
  identity.abilities |= state::kAbilityStep;
  identity.vcpus = vcpus;
  return identity;
}

RunConfig NarrowConfig(std::vector<std::string> names = {"A", "B"}) {
  RunConfig config = Config(std::move(names));
  config.narrowing = Narrowing::kHere;
  return config;
}

// What a stepping instance sends in all; from the state on entry to `odd` on it differs.
state::Batch Steps(const state::SecondPass& pass, uint64_t odd = UINT64_MAX) {
  state::Batch batch;
  batch.vcpu = pass.vcpu;
  batch.first_icount = pass.silent_until_icount;
  for (uint32_t i = 0; i < kInsnsPerBlock; ++i) {
    state::BlockInfo info;
    info.id = i;
    info.pc = 0x1000 + 4 * i;
    info.n_insns = 1;
    info.offsets = {0};
    batch.infos.push_back({0, info});
  }
  for (uint64_t i = pass.silent_until_icount; i < pass.stop_at_icount; ++i) {
    batch.block_ids.push_back(static_cast<uint32_t>(i % kInsnsPerBlock));
    batch.icount_offsets.push_back(static_cast<uint32_t>(i - pass.silent_until_icount));
    batch.gpr_digests.push_back(i * 11 + (i >= odd ? 1 : 0));
  }
  state::End end;
  end.reason = state::EndReason::kLimit;
  end.icount = end.step = pass.stop_at_icount;
  end.digests[0] = pass.stop_at_icount * 11 + (pass.stop_at_icount >= odd ? 1 : 0);
  batch.end = end;
  batch.records = batch.block_ids.size() + 3 * batch.infos.size() + 5;
  return batch;
}

// A run that has diverged on its last vCPU, and whose instances were told to come back.
class Diverged {
 public:
  explicit Diverged(RunConfig config = NarrowConfig(), uint32_t vcpus = 1)
      : identity_(Stepper(vcpus)), first_(std::move(config), identity_, true) {
    for (size_t i = 0; i < size(); ++i) {
      for (uint32_t v = 0; v + 1 < vcpus; ++v) {
        Push(i, v, Blocks(0, 0, 100));
        Push(i, v, testing::EndAt(1, 100));
      }
      Push(i, vcpus - 1, Blocks(0, 0, 100, i == 1 ? kOddBlock : UINT64_MAX));
    }
    for (const auto& link : first_.links_) link->stop_.WaitForNotification();
    second_ = run().second_pass();
  }

  ComparedRun& run() { return first_.run_; }
  ComparedRun& second() { return *second_; }
  size_t size() { return run().config().instances.size(); }
  const state::Rerun& rerun() { return *first_.links_[0]->rerun_; }

  // An instance comes back.
  std::shared_ptr<RecordingLink> Return(size_t i) { return Return(i, identity_); }
  std::shared_ptr<RecordingLink> Return(size_t i, const state::ProducerIdentity& identity) {
    auto link = std::make_shared<RecordingLink>();
    EXPECT_TRUE(second().Join(run().config().instances[i], "", identity, link).ok());
    return link;
  }
  // All come back, and are welcomed.
  void ReturnAll() {
    for (size_t i = 0; i < size(); ++i) links_.push_back(Return(i));
    for (const auto& link : links_) link->welcome_.WaitForNotification();
  }

  // Waits for the report of the run.
  report::Report Wait() {
    const absl::Time limit = absl::Now() + absl::Minutes(1);
    while (run().snapshot().phase != Phase::kDone) {
      if (absl::Now() > limit) {
        ADD_FAILURE() << "the run does not end";
        return {};
      }
      absl::SleepFor(absl::Milliseconds(2));
    }
    return *run().Report();
  }
  // The same of a run that could not be narrowed: why.
  std::string WaitForNote() {
    const report::Report report = Wait();
    EXPECT_EQ(report.outcome, report::Outcome::kDiverged);
    EXPECT_FALSE(report.divergence->instruction.has_value());
    EXPECT_EQ(report.divergence->icount, kOddBlock * kInsnsPerBlock);
    return report.divergence->narrowing_note;
  }

  std::vector<std::shared_ptr<RecordingLink>> links_;

 private:
  void Push(size_t i, uint32_t vcpu, state::Batch batch) {
    batch.vcpu = vcpu;
    EXPECT_TRUE(run().Push(i, std::move(batch)).ok());
  }

  const state::ProducerIdentity identity_;
  Joined first_;
  std::shared_ptr<ComparedRun> second_;
};

TEST(RunNarrowing, NamesTheInstruction) {
  Diverged diverged;
  EXPECT_EQ(diverged.rerun().run_id, "test+2");
  EXPECT_EQ(diverged.rerun().pass.silent_until_icount, kAgreed);
  EXPECT_GT(diverged.rerun().pass.stop_at_icount, kOddBlock * kInsnsPerBlock);
  EXPECT_EQ(diverged.rerun().pass.groups, state::MaskOf(state::Group::kGpr));
  // The run has no report yet, but whoever asks is told how far it is.
  const Snapshot snapshot = diverged.run().snapshot();
  EXPECT_EQ(snapshot.phase, Phase::kComparing);
  EXPECT_TRUE(snapshot.narrowing);
  EXPECT_EQ(snapshot.summary.verified_insns, kAgreed);
  EXPECT_EQ(diverged.run().Report().status().code(), absl::StatusCode::kFailedPrecondition);

  diverged.ReturnAll();
  for (size_t i : {0, 1}) {
    ASSERT_TRUE(diverged.second()
                    .Push(i, Steps(diverged.rerun().pass, i == 1 ? kGuilty + 1 : UINT64_MAX))
                    .ok());
  }
  for (const auto& link : diverged.links_) {
    link->stop_.WaitForNotification();
    EXPECT_EQ(link->outcome_, report::Outcome::kDiverged);
    EXPECT_FALSE(link->rerun_.has_value());
  }
  const report::Report report = diverged.Wait();
  EXPECT_EQ(report.run_id, "test");
  ASSERT_TRUE(report.divergence->instruction.has_value()) << report.divergence->narrowing_note;
  EXPECT_EQ(report.divergence->instruction->icount, kGuilty);
  EXPECT_EQ(report.divergence->instruction->place.pc, 0x1000 + 4 * (kGuilty % kInsnsPerBlock));
  EXPECT_EQ(report.instances[1].command, "cmd B");
  EXPECT_FALSE(diverged.run().snapshot().narrowing);
  EXPECT_FALSE(diverged.run().FirstVerdict().has_value());
}

// Its icounts are those of the vCPU that differs; the others have nothing to say.
TEST(RunNarrowing, TheVcpuThatDiffersIsRunAgain) {
  Diverged diverged(NarrowConfig(), /*vcpus=*/3);
  EXPECT_EQ(diverged.rerun().pass.vcpu, 2u);
  EXPECT_EQ(diverged.rerun().pass.silent_until_icount, kAgreed);
  diverged.ReturnAll();
  for (size_t i : {0, 1}) {
    state::Batch silent = testing::EndAt(0, 0);
    silent.vcpu = 1;
    ASSERT_TRUE(diverged.second().Push(i, std::move(silent)).ok());
    ASSERT_TRUE(diverged.second()
                    .Push(i, Steps(diverged.rerun().pass, i == 1 ? kGuilty + 1 : UINT64_MAX))
                    .ok());
  }
  const report::Report report = diverged.Wait();
  EXPECT_EQ(report.vcpus, 3u);
  EXPECT_EQ(report.divergence->vcpu, 2u);
  ASSERT_TRUE(report.divergence->instruction.has_value()) << report.divergence->narrowing_note;
  EXPECT_EQ(report.divergence->instruction->icount, kGuilty);
}

TEST(RunNarrowing, TheStepwiseVoteOfThreeNamesTheOutlier) {
  Diverged diverged(NarrowConfig({"A", "B", "C"}));
  diverged.ReturnAll();
  for (size_t i : {0, 1, 2}) {
    ASSERT_TRUE(diverged.second()
                    .Push(i, Steps(diverged.rerun().pass, i == 1 ? kGuilty + 1 : UINT64_MAX))
                    .ok());
  }
  const report::Report report = diverged.Wait();
  ASSERT_TRUE(report.divergence->instruction.has_value());
  EXPECT_EQ(report.divergence->instruction->icount, kGuilty);
  EXPECT_THAT(report.divergence->outliers, ElementsAre("B"));
}

TEST(RunNarrowing, WhatIsNotRepeatedIsNoted) {
  Diverged diverged;
  diverged.ReturnAll();
  for (size_t i : {0, 1}) {
    ASSERT_TRUE(diverged.second().Push(i, Steps(diverged.rerun().pass)).ok());
  }
  EXPECT_THAT(diverged.WaitForNote(),
              StartsWith("the second pass did not repeat: the instances agree at icount 200"));
}

TEST(RunNarrowing, OneThatDoesNotComeBack) {
  RunConfig config = NarrowConfig();
  config.reconnect_timeout = absl::Milliseconds(300);
  Diverged diverged(config);
  const auto link = diverged.Return(0);
  EXPECT_EQ(diverged.WaitForNote(), absl::StrCat(kNotNarrowed, "B did not come back within 300ms"));
  link->stop_.WaitForNotification();
  EXPECT_EQ(link->outcome_, report::Outcome::kDiverged);
}

TEST(RunNarrowing, OneThatFails) {
  Diverged diverged;
  diverged.ReturnAll();
  ASSERT_TRUE(diverged.second().Push(0, Steps(diverged.rerun().pass)).ok());
  diverged.second().InstanceFailed(1, "exited with status 3", false);
  EXPECT_EQ(diverged.WaitForNote(),
            absl::StrCat(kNotNarrowed, "in the second pass B: exited with status 3"));
}

TEST(RunNarrowing, OneThatCannotBeStartedAgain) {
  Diverged diverged;
  ASSERT_TRUE(
      diverged.second().Join("B", "", std::nullopt, std::make_shared<RecordingLink>()).ok());
  diverged.second().InstanceFailed(1, "cannot start 'emu'", false);
  EXPECT_EQ(diverged.WaitForNote(),
            absl::StrCat(kNotNarrowed, "in the second pass B: cannot start 'emu'"));
}

TEST(RunNarrowing, AnotherProducerThanBefore) {
  Diverged diverged;
  state::ProducerIdentity other = Stepper();
  other.producer = "other";
  diverged.Return(0);
  diverged.Return(1, other);
  EXPECT_THAT(diverged.WaitForNote(), HasSubstr("B came back as another producer: other (toy"));
}

TEST(RunNarrowing, CancelledMeanwhile) {
  {
    Diverged diverged;
    diverged.run().Cancel("enough");
    EXPECT_EQ(diverged.WaitForNote(), absl::StrCat(kNotNarrowed, "enough"));
  }
  Diverged diverged;
  diverged.ReturnAll();
  ASSERT_TRUE(diverged.second().Push(0, Steps(diverged.rerun().pass)).ok());
  diverged.run().Cancel("enough");
  EXPECT_EQ(diverged.WaitForNote(), absl::StrCat(kNotNarrowed, "enough"));
}

TEST(RunNarrowing, DestroyedMeanwhile) {
  auto diverged = std::make_unique<Diverged>();
  diverged->ReturnAll();
  const std::vector<std::shared_ptr<RecordingLink>> links = diverged->links_;
  diverged.reset();
  for (const auto& link : links) EXPECT_TRUE(link->stop_.HasBeenNotified());
}

// One whose connection broke when the verdict came.
TEST(RunNarrowing, OneThatResumesTheFirstPassIsToldToo) {
  Diverged diverged;
  auto again = std::make_shared<RecordingLink>();
  ASSERT_TRUE(diverged.run().Join("B", "", Stepper(), again, /*resume=*/true).ok());
  again->stop_.WaitForNotification();
  ASSERT_TRUE(again->rerun_.has_value());
  EXPECT_EQ(again->rerun_->run_id, "test+2");
  auto stranger = std::make_shared<RecordingLink>();
  EXPECT_EQ(diverged.run().Join("B", "", Stepper(), stranger).status().code(),
            absl::StatusCode::kFailedPrecondition);
  diverged.run().Cancel("enough");
  diverged.Wait();
  auto late = std::make_shared<RecordingLink>();
  ASSERT_TRUE(diverged.run().Join("B", "", Stepper(), late, /*resume=*/true).ok());
  late->stop_.WaitForNotification();
  EXPECT_FALSE(late->rerun_.has_value());
}

// Agents of before, and those that were told not to, end with the first verdict.
TEST(RunNarrowing, OneThatDoesNotRunAgainMakesTheFirstVerdictFinal) {
  const struct {
    Narrowing narrowing;
    bool can_rerun;
    std::string note;
  } kCases[] = {
      {Narrowing::kHere, false, absl::StrCat(kNotNarrowed, "A, B cannot be started again")},
      {Narrowing::kUnwanted, true, absl::StrCat(kNotNarrowed, "--no-narrow was given")},
      {Narrowing::kElsewhere, true, ""},
  };
  for (const auto& c : kCases) {
    RunConfig config = NarrowConfig();
    config.narrowing = c.narrowing;
    Joined joined(config, Stepper(), c.can_rerun);
    ASSERT_TRUE(joined.run_.Push(0, Blocks(0, 0, 100)).ok());
    ASSERT_TRUE(joined.run_.Push(1, Blocks(0, 0, 100, kOddBlock)).ok());
    const report::Report report = joined.WaitForReport();
    EXPECT_EQ(report.outcome, report::Outcome::kDiverged);
    EXPECT_FALSE(joined.links_[0]->rerun_.has_value());
    EXPECT_EQ(report.divergence->narrowing_note, c.note);
  }
}

TEST(RunNarrowing, OneThatCannotStep) {
  Joined joined(NarrowConfig(), testing::Identity(), /*can_rerun=*/true);
  ASSERT_TRUE(joined.run_.Push(0, Blocks(0, 0, 100)).ok());
  ASSERT_TRUE(joined.run_.Push(1, Blocks(0, 0, 100, kOddBlock)).ok());
  EXPECT_EQ(joined.WaitForReport().divergence->narrowing_note,
            absl::StrCat(kNotNarrowed, "A, B cannot run one instruction per block"));
}

// A coordinator that ends meanwhile knows the first verdict when it is started again.
TEST(RunNarrowing, TheJournalHasTheFirstVerdict) {
  std::string directory = ::testing::TempDir() + "/narrowing-XXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  {
    Diverged diverged;
    auto store = RunStore::Open(directory);
    ASSERT_TRUE(store.ok()) << store.status();
    ASSERT_TRUE((*store)->Save(diverged.run()).ok());
  }
  auto store = RunStore::Open(directory);
  ASSERT_TRUE(store.ok()) << store.status();
  const auto runs = (*store)->Load([](const std::string& line) { ADD_FAILURE() << line; });
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0]->config().id, "test");
  const report::Report report = *runs[0]->Report();
  EXPECT_EQ(report.outcome, report::Outcome::kDiverged);
  EXPECT_EQ(report.divergence->narrowing_note,
            absl::StrCat(kNotNarrowed, "the coordinator was restarted meanwhile"));
}

TEST(RunNarrowing, TheRegistryFindsTheSecondPassWhileThereIsOne) {
  EXPECT_EQ(FirstRunOf("r+2"), "r");
  EXPECT_EQ(FirstRunOf("r"), "r");
  store::NoSymbols symbols;
  Registry registry(&symbols, {.narrow = true});
  auto run = registry.Create(NarrowConfig());
  ASSERT_TRUE(run.ok());
  EXPECT_EQ(registry.Find("test+2").status().message(), "there is no run 'test+2'");
  std::vector<std::shared_ptr<RecordingLink>> links;
  for (const char* name : {"A", "B"}) {
    links.push_back(std::make_shared<RecordingLink>());
    ASSERT_TRUE((*run)->Join(name, "", Stepper(), links.back(), false, true).ok());
  }
  for (const auto& link : links) link->welcome_.WaitForNotification();
  ASSERT_TRUE((*run)->Push(0, Blocks(0, 0, 100)).ok());
  ASSERT_TRUE((*run)->Push(1, Blocks(0, 0, 100, kOddBlock)).ok());
  for (const auto& link : links) link->stop_.WaitForNotification();
  EXPECT_EQ(registry.Find("test+2").value()->config().id, "test+2");
  EXPECT_EQ(registry.List(0, 10, [](const std::string&) { return true; }).size(), 1u);
  registry.Close("shut down");
  const absl::Time limit = absl::Now() + absl::Minutes(1);
  while (registry.Find("test+2").ok() && absl::Now() < limit) absl::SleepFor(absl::Milliseconds(2));
  EXPECT_FALSE(registry.Find("test+2").ok());
  EXPECT_EQ(registry.totals().created, 1u);
  RunConfig config = Config();
  config.id = "other+2";
  EXPECT_EQ(CheckRunConfig(config).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace lockstep::server

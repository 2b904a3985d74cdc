#include "coordinator/detect/checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/align/execution_testing.h"
#include "coordinator/align/skew_testing.h"
#include "coordinator/detect/run_testing.h"
#include "proto/cc/policy_convert.h"

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

Options Of(size_t n, uint32_t vcpus = 1) {
  state::ProducerIdentity identity = testing::Identity(vcpus);
  identity.engine = state::Engine::kJit;
  return testing::RunOf(n, identity);
}

std::vector<state::Batch> Batches(const Execution& execution, uint32_t block_insns,
                                  uint32_t vcpu = 0, uint32_t batch_blocks = 8) {
  Rng rng(2);
  align::testing::Packing packing;
  packing.batch_blocks = batch_blocks;
  packing.vcpu = vcpu;
  Recording recording = align::testing::Record(execution, {.max_block_insns = block_insns}, rng);
  for (auto& block : recording.blocks) {
    for (uint32_t k = 0; k < block.info.n_insns; ++k) {
      for (uint8_t byte : {0x13, 0x05, 0x15, 0x00}) block.info.code.push_back(byte);
    }
  }
  return align::testing::Pack(recording, packing, rng);
}

std::unique_ptr<Checker> Make(const Options& options) {
  auto checker = Checker::Create(options);
  EXPECT_TRUE(checker.ok()) << checker.status();
  return std::move(*checker);
}

void PushAll(Checker& checker, size_t instance, const std::vector<state::Batch>& batches) {
  for (const state::Batch& batch : batches) {
    const absl::Status status = checker.Push(instance, batch);
    EXPECT_TRUE(status.ok()) << status;
    checker.Advance();
  }
}

report::Report Finished(Checker& checker, const std::string& reason = "unfinished") {
  checker.Finish(reason);
  return checker.Report(store::NoSymbols());
}

TEST(Checker, EqualRunsAreIdentical) {
  const Execution execution = align::testing::Straight(200);
  auto checker = Make(Of(2));
  PushAll(*checker, 0, Batches(execution, 4));
  EXPECT_EQ(checker->Advance(), Progress::kNeedMore);
  PushAll(*checker, 1, Batches(execution, 10));
  EXPECT_EQ(checker->Advance(), Progress::kComplete);
  EXPECT_EQ(checker->ConsumedRecords(0, 0), checker->ReceivedRecords(0, 0));
  const Summary summary = checker->summary();
  EXPECT_EQ(summary.verified_insns, 200u);
  EXPECT_TRUE(summary.instances[0].ended);
  const report::Report report = Finished(*checker);
  EXPECT_EQ(report.outcome, Outcome::kIdentical);
  EXPECT_EQ(report.compared.insns, 200u);
  EXPECT_EQ(report.compared.blocks, 60u);
  EXPECT_EQ(report.compared.splits, 50u);
  EXPECT_EQ(report.compared.split_counts[0].splits, 10u);
  EXPECT_EQ(report.compared.split_counts[1].splits, 40u);
  EXPECT_EQ(report.compared.split_counts[1].causes[static_cast<int>(report::SplitCause::kLength)],
            40u);
  EXPECT_EQ(report.compared.split_causes[static_cast<int>(report::SplitCause::kLength)], 50u);
  EXPECT_EQ(report.compared.groups, kAllGroups);
  EXPECT_EQ(report.instances[0].end, "exit code 0 at icount 200");
  EXPECT_EQ(report.instances[0].blocks, 50u);
  EXPECT_THAT(report.notes, IsEmpty());
}

TEST(Checker, DivergenceHasItsEvidence) {
  const Execution good = align::testing::Straight(200);
  const Execution bad = WithGprFault(good, 117);
  auto checker = Make(Of(3));
  PushAll(*checker, 0, Batches(good, 10));
  PushAll(*checker, 1, Batches(bad, 20));
  PushAll(*checker, 2, Batches(good, 5));
  EXPECT_EQ(checker->Advance(), Progress::kDiverged);
  const report::Report report = Finished(*checker);
  ASSERT_EQ(report.outcome, Outcome::kDiverged);
  const report::Divergence& divergence = *report.divergence;
  EXPECT_EQ(divergence.kind, Kind::kGpr);
  EXPECT_EQ(divergence.icount, 120u);
  EXPECT_EQ(divergence.step, 120u);
  EXPECT_EQ(divergence.last_agreed_icount, 100u);
  EXPECT_EQ(divergence.place.pc, align::testing::kResetPc + 480);
  EXPECT_THAT(divergence.outliers, ElementsAre("B"));
  EXPECT_THAT(divergence.groups, ElementsAre(ElementsAre("A", "C"), ElementsAre("B")));
  EXPECT_TRUE(report.instances[1].outlier);
  EXPECT_FALSE(report.instances[0].outlier);
  ASSERT_TRUE(divergence.suspect_block.has_value());
  EXPECT_EQ(divergence.suspect_block->icount, 100u);
  EXPECT_EQ(divergence.suspect_block->executed, 20u);
  ASSERT_EQ(divergence.suspect_block_listing.size(), 20u);
  EXPECT_EQ(divergence.suspect_block_listing[1], "0x80000194  00150513  addi a0,a0,1");
  ASSERT_EQ(divergence.history.size(), 16u);
  const report::HistoryRow& last = divergence.history.back();
  EXPECT_TRUE(last.diverged);
  EXPECT_FALSE(last.agreed);
  EXPECT_EQ(last.icount, 120u);
  EXPECT_EQ(last.blocks[1]->digests[0], bad.points[120].digests[0]);
  const report::HistoryRow& agreed = divergence.history[divergence.history.size() - 5];
  EXPECT_TRUE(agreed.last_agreed);
  EXPECT_EQ(agreed.icount, 100u);
  EXPECT_EQ(agreed.blocks[0]->executed, 10u);
  EXPECT_EQ(agreed.blocks[1]->executed, 20u);
  EXPECT_EQ(agreed.blocks[2]->executed, 5u);
  EXPECT_FALSE(divergence.history[divergence.history.size() - 2].blocks[1].has_value());
  EXPECT_EQ(report.compared.insns, 115u);
}

TEST(Checker, TheLastAgreedBoundaryIsShownHoweverManySplitsFollow) {
  const Execution good = align::testing::Straight(200);
  auto checker = Make(Of(2));
  PushAll(*checker, 0, Batches(good, 1));
  PushAll(*checker, 1, Batches(WithGprFault(good, 117), 50));
  const report::Report report = Finished(*checker);
  ASSERT_TRUE(report.divergence.has_value());
  EXPECT_EQ(report.divergence->icount, 150u);
  EXPECT_EQ(report.divergence->history.size(), 16u);
  EXPECT_EQ(report.divergence->history.front().icount, 100u);
  EXPECT_TRUE(report.divergence->history.front().last_agreed);
}

TEST(Checker, TheFirstDivergenceIsThatOfTheSmallestStep) {
  // vCPU 0 diverges at icount 80 with step 80+1000, vCPU 1 at icount 160 with step 160.
  const Execution good = align::testing::Straight(200);
  const Execution bad0 = WithGprFault(good, 75);
  const Execution bad1 = WithGprFault(good, 155);
  auto checker = Make(Of(2, 2));
  const auto with_base = [](std::vector<state::Batch> batches) {
    batches[0].step_bases.push_back({0, 1000});
    return batches;
  };
  PushAll(*checker, 0, with_base(Batches(good, 10)));
  PushAll(*checker, 1, with_base(Batches(bad0, 10)));
  EXPECT_EQ(checker->Advance(), Progress::kNeedMore) << "vCPU 1 may diverge before";
  PushAll(*checker, 0, Batches(good, 10, 1));
  const std::vector<state::Batch> late = Batches(bad1, 10, 1);
  ASSERT_GT(late.size(), 1u);
  PushAll(*checker, 1, {late[0]});
  EXPECT_EQ(checker->Advance(), Progress::kNeedMore);
  PushAll(*checker, 1, {late.begin() + 1, late.end()});
  EXPECT_EQ(checker->Advance(), Progress::kDiverged);
  const report::Report report = Finished(*checker);
  EXPECT_EQ(report.divergence->vcpu, 1u);
  EXPECT_EQ(report.divergence->step, 160u);
  EXPECT_EQ(report.vcpus, 2u);
}

// What comes of the vCPU that has diverged must not hold the instances back while another one,
// which seldom runs, is waited for.
TEST(Checker, ADivergedVcpuTakesNoMoreRoom) {
  const Execution good = align::testing::Straight(200);
  auto checker = Make(Of(2, 2));
  const std::vector<state::Batch> batches = Batches(good, 10);
  const std::vector<state::Batch> odd = Batches(WithGprFault(good, 15), 10);
  ASSERT_GT(batches.size(), 2u);
  PushAll(*checker, 0, {batches[0]});
  PushAll(*checker, 1, {odd[0]});
  EXPECT_EQ(checker->Advance(), Progress::kNeedMore) << "vCPU 1 may diverge before";
  EXPECT_EQ(checker->ConsumedRecords(0, 0), batches[0].records);
  PushAll(*checker, 0, {batches.begin() + 1, batches.end()});
  EXPECT_EQ(checker->ConsumedRecords(0, 0), checker->ReceivedRecords(0, 0));
  EXPECT_GT(checker->ConsumedRecords(0, 0), batches[0].records);
  EXPECT_EQ(checker->NextSequence(0, 0), batches.size());
  PushAll(*checker, 0, Batches(good, 10, 1));
  PushAll(*checker, 1, Batches(good, 10, 1));
  EXPECT_EQ(checker->Advance(), Progress::kDiverged);
  EXPECT_EQ(Finished(*checker).divergence->icount, 20u);
}

TEST(Checker, AnotherVcpuThatHasPassedTheStepMakesItFinal) {
  const Execution good = align::testing::Straight(200);
  auto checker = Make(Of(2, 2));
  PushAll(*checker, 0, Batches(good, 10, 1));
  PushAll(*checker, 1, Batches(good, 10, 1));
  PushAll(*checker, 0, Batches(good, 10));
  PushAll(*checker, 1, Batches(WithGprFault(good, 75), 10));
  EXPECT_EQ(checker->Advance(), Progress::kDiverged);
  EXPECT_EQ(Finished(*checker).divergence->vcpu, 0u);
}

TEST(Checker, ACrashedInstanceIsTroubleWithHowFarItCame) {
  const Execution execution = align::testing::Straight(200);
  auto checker = Make(Of(2));
  PushAll(*checker, 0, Batches(execution, 4));
  std::vector<state::Batch> batches = Batches(execution, 4);
  batches.resize(3);  // 24 blocks, the last begins at 92
  PushAll(*checker, 1, batches);
  EXPECT_EQ(checker->Advance(), Progress::kNeedMore);
  checker->InstanceFailed(1, "exited with status 139 (SIGSEGV)", false);
  EXPECT_EQ(checker->Advance(), Progress::kTrouble);
  const report::Report report = Finished(*checker);
  EXPECT_EQ(report.outcome, Outcome::kTrouble);
  EXPECT_EQ(report.trouble->instance, "B");
  EXPECT_EQ(report.trouble->reason,
            "exited with status 139 (SIGSEGV) at icount<=96; verified to 92");
  EXPECT_EQ(report.instances[1].end, "exited with status 139 (SIGSEGV)");
  EXPECT_EQ(report.compared.insns, 92u);
}

TEST(Checker, ADivergenceBeforeTheCrashIsADivergence) {
  const Execution good = align::testing::Straight(200);
  auto checker = Make(Of(2));
  std::vector<state::Batch> batches = Batches(WithGprFault(good, 91), 4);
  batches.resize(3);
  PushAll(*checker, 1, batches);
  checker->InstanceFailed(1, "exited with status 139 (SIGSEGV)", false);
  PushAll(*checker, 0, Batches(good, 4));
  const report::Report report = Finished(*checker);
  EXPECT_EQ(report.outcome, Outcome::kDiverged);
  EXPECT_EQ(report.divergence->icount, 92u) << "in the last block before the crash";
}

TEST(Checker, FailureAfterTheEndIsHarmless) {
  const Execution execution = align::testing::Straight(200);
  auto checker = Make(Of(2));
  PushAll(*checker, 0, Batches(execution, 4));
  checker->InstanceFailed(0, "exited with status 1", false);
  PushAll(*checker, 1, Batches(execution, 4));
  checker->InstanceFailed(1, "exited with status 1", false);
  checker->SetInstanceEnd(1, "exited with status 1");
  const report::Report report = Finished(*checker);
  EXPECT_EQ(report.outcome, Outcome::kIdentical);
  EXPECT_EQ(report.instances[1].end, "exit code 0 at icount 200; exited with status 1");
}

TEST(Checker, UnfinishedRunsAreTroubleForTheGivenReason) {
  const Execution execution = align::testing::Straight(200);
  std::vector<state::Batch> part = Batches(execution, 4);
  part.resize(2);
  auto hang = Make(Of(2));
  PushAll(*hang, 0, Batches(execution, 4));
  PushAll(*hang, 1, part);
  const report::Report named = Finished(*hang, "timeout after 60 s");
  EXPECT_EQ(named.trouble->instance, "B");
  EXPECT_EQ(named.trouble->reason, "timeout after 60 s; verified to 56");
  auto both = Make(Of(2));
  PushAll(*both, 0, part);
  PushAll(*both, 1, part);
  EXPECT_EQ(Finished(*both, "interrupted").trouble->instance, "");
}

TEST(Checker, BrokenInvariantsAreTroubleThatNamesTheInstance) {
  const Execution execution = align::testing::Straight(200);
  auto checker = Make(Of(2));
  std::vector<state::Batch> batches = Batches(execution, 4);
  PushAll(*checker, 0, batches);
  batches[0].sequence = 7;
  const absl::Status status = checker->Push(1, batches[0]);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("instance B, vCPU 0: sends batch 7"));
  EXPECT_EQ(checker->Advance(), Progress::kTrouble);
  batches[0].vcpu = 3;
  auto other = Make(Of(2));
  EXPECT_THAT(other->Push(1, batches[0]).message(), HasSubstr("instance B: sends records of vCPU"));
  EXPECT_EQ(other->Advance(), Progress::kTrouble);
  EXPECT_EQ(Finished(*other).trouble->instance, "B");
}

TEST(Checker, AfterADivergenceABrokenStreamChangesNothing) {
  const Execution good = align::testing::Straight(200);
  auto checker = Make(Of(2));
  PushAll(*checker, 0, Batches(good, 4));
  std::vector<state::Batch> batches = Batches(WithGprFault(good, 21), 4);
  PushAll(*checker, 1, {batches[0]});
  EXPECT_EQ(checker->Advance(), Progress::kDiverged);
  EXPECT_FALSE(checker->Push(1, batches[0]).ok());
  EXPECT_EQ(Finished(*checker).outcome, Outcome::kDiverged);
}

// Green runs that prove nothing.

TEST(CheckerVacuous, NoBlockCompared) {
  Execution empty = align::testing::Straight(0);
  Options options = Of(2);
  for (auto& instance : options.instances) instance.identity.engine = state::Engine::kInterpreter;
  auto checker = Make(options);
  PushAll(*checker, 0, Batches(empty, 4));
  PushAll(*checker, 1, Batches(empty, 4));
  EXPECT_EQ(checker->Advance(), Progress::kComplete);
  const report::Report report = Finished(*checker);
  EXPECT_EQ(report.outcome, Outcome::kTrouble);
  EXPECT_EQ(report.trouble->reason, "nothing proved: no block was compared");
}

TEST(CheckerVacuous, AJitThatTranslatedNothing) {
  Execution empty = align::testing::Straight(0);
  auto checker = Make(Of(2));
  PushAll(*checker, 0, Batches(empty, 4));
  PushAll(*checker, 1, Batches(empty, 4));
  const report::Report report = Finished(*checker);
  EXPECT_EQ(report.outcome, Outcome::kTrouble);
  EXPECT_EQ(report.trouble->instance, "A");
  EXPECT_THAT(report.trouble->reason, HasSubstr("JIT, and it translated no block"));
}

TEST(CheckerVacuous, ASingleBlock) {
  const Execution execution = align::testing::Straight(20);
  auto checker = Make(Of(2));
  PushAll(*checker, 0, Batches(execution, 4));
  PushAll(*checker, 1, Batches(execution, 20));
  const report::Report report = Finished(*checker);
  EXPECT_EQ(report.outcome, Outcome::kTrouble);
  EXPECT_EQ(report.trouble->instance, "B");
  EXPECT_EQ(report.trouble->reason, "nothing proved: it sent a single block");
}

report::Report WithConstantGroup(int group, uint64_t value, state::GroupMask demanded) {
  Execution execution = align::testing::Straight(40);
  for (auto& point : execution.points) point.digests[group] = value;
  Options options = Of(2);
  options.policy.groups = demanded;
  auto checker = Make(options);
  PushAll(*checker, 0, Batches(execution, 4));
  PushAll(*checker, 1, Batches(execution, 4));
  return Finished(*checker);
}

TEST(CheckerVacuous, ADemandedGroupThatNeverChanged) {
  for (int group = 0; group < state::kGroups; ++group) {
    const report::Report report = WithConstantGroup(group, 77, kAllGroups);
    EXPECT_EQ(report.outcome, Outcome::kTrouble) << group;
    EXPECT_THAT(report.trouble->reason, HasSubstr("never changed"));
  }
}

TEST(CheckerVacuous, RegistersThatNeverChanged) {
  EXPECT_EQ(WithConstantGroup(0, 77, 0).outcome, Outcome::kTrouble);
}

TEST(CheckerVacuous, AGroupDeclaredAndNeverSupplied) {
  for (int group : {0, 1, 2}) {
    const report::Report report = WithConstantGroup(group, 0, 0);
    EXPECT_EQ(report.outcome, Outcome::kTrouble) << group;
    EXPECT_THAT(report.trouble->reason, HasSubstr("supplied by none"));
  }
}

TEST(CheckerVacuous, AGroupNobodyDemandedThatNeverChangedIsNotClaimed) {
  for (int group : {1, 2, 3}) {
    const report::Report report = WithConstantGroup(group, group == 3 ? 0 : 77, 0);
    EXPECT_EQ(report.outcome, Outcome::kIdentical) << group;
    EXPECT_EQ(report.compared.groups, kAllGroups & ~(1u << group));
    ASSERT_EQ(report.notes.size(), 1u);
    EXPECT_THAT(report.notes[0], HasSubstr("never changed in this run"));
  }
}

// Groups, policy, instances.

TEST(Checker, ComparesWhatAllInstancesSupply) {
  Options options = Of(3);
  options.instances[1].identity.groups = 0b0101;
  options.instances[2].identity.groups = 0b1101;
  EXPECT_EQ(Make(options)->groups(), 0b0101u);
}

TEST(Checker, ADemandedGroupThatAnInstanceLacksIsRefused) {
  Options options = Of(3);
  options.policy.groups = 0b1001;
  options.instances[2].identity.groups = 0b0111;
  const auto checker = Checker::Create(options);
  EXPECT_EQ(checker.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(checker.status().message(), "instance C cannot supply mem, which the policy demands");
}

// What a policy needs of a producer.
TEST(Checker, AnInstanceWithoutTheAbilityThatThePolicyNeedsIsRefused) {
  const auto error = [](const policy::Policy& policy, state::GroupMask groups = kAllGroups) {
    Options options = Of(3);
    options.policy = policy;
    for (InstanceSpec& instance : options.instances) {
      instance.identity.groups = groups;
      instance.identity.abilities |= state::kAbilityMasks | state::kAbilityRanges;
    }
    EXPECT_TRUE(Checker::Create(options).ok()) << Checker::Create(options).status();
    options.instances[1].identity.abilities = state::kAbilityTraps;
    return Checker::Create(options).status();
  };
  policy::Policy policy;
  policy.csr_masks = {{"mip", 1}};
  absl::Status status = error(policy);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(),
            "instance B cannot honour policy field csr_masks: its producer lacks ability MASKS");
  const report::Trouble trouble = TroubleOf(Of(3).instances, status);
  EXPECT_EQ(trouble.instance, "B");
  EXPECT_EQ(trouble.reason,
            "cannot honour policy field csr_masks: its producer lacks ability MASKS");
  // Where csr is not compared there is nothing to mask; fcsr is of fpr.
  EXPECT_TRUE(error(policy, 0b0011).ok());
  policy.csr_masks = {{"fcsr", 1}};
  EXPECT_FALSE(error(policy, 0b0011).ok());
  EXPECT_TRUE(error(policy, 0b0101).ok());

  policy = {};
  policy.extra_csrs = {"time"};
  EXPECT_THAT(error(policy).message(),
              HasSubstr("instance B cannot honour policy field extra_csrs"));
  policy = {};
  policy.volatile_ranges = {{0, 1}};
  EXPECT_THAT(error(policy).message(),
              HasSubstr("instance B cannot honour policy field volatile_ranges: its producer lacks "
                        "ability RANGES"));
  EXPECT_TRUE(error(policy, 0b0111).ok());
}

TEST(Checker, ExtraRegistersNeedTheGroup) {
  Options options = Of(2);
  options.policy.extra_csrs = {"time"};
  for (InstanceSpec& instance : options.instances) {
    instance.identity.abilities |= state::kAbilityMasks;
  }
  options.instances[1].identity.groups = 0b1011;
  EXPECT_EQ(Checker::Create(options).status().message(),
            "instance B cannot supply csr, which policy field extra_csrs adds to");
}

TEST(Checker, MaskedBitsAreNotShownAsDiffering) {
  const Execution good = align::testing::Straight(200);
  Options options = Of(2);
  options.policy.csr_masks = {{"mip", 0xf0}};
  for (InstanceSpec& instance : options.instances) {
    instance.identity.abilities |= state::kAbilityMasks;
  }
  auto checker = Make(options);
  for (size_t i : {0, 1}) {
    std::vector<state::Batch> batches = Batches(i == 0 ? good : WithGprFault(good, 21), 4, 0, 1000);
    batches[0].register_names = {{"csr", "mip"}, {"csr", "mie"}, {"gpr", "mip"}};
    const uint64_t own = i * 0x80;
    batches[0].registers = {{6, {24, {own, own, own}}}};
    PushAll(*checker, i, batches);
  }
  const report::Report report = Finished(*checker);
  ASSERT_TRUE(report.divergence.has_value());
  ASSERT_EQ(report.divergence->registers.size(), 3u);
  for (const report::RegisterRow& row : report.divergence->registers) {
    EXPECT_EQ(row.differs, !(row.name == state::RegisterName{"csr", "mip"})) << row.name.name;
  }
}

TEST(Checker, BadOptionsAreRefused) {
  EXPECT_EQ(Checker::Create(Of(1)).status().code(), absl::StatusCode::kInvalidArgument);
  Options doubled = Of(2);
  doubled.instances[1].name = "A";
  EXPECT_THAT(Checker::Create(doubled).status().message(), HasSubstr("name A"));
  Options vcpus = Of(2);
  vcpus.instances[1].identity.vcpus = 2;
  EXPECT_THAT(Checker::Create(vcpus).status().message(), HasSubstr("B has 2 vCPUs"));
  Options arch = Of(2);
  arch.instances[1].identity.guest_arch = "aarch64";
  EXPECT_THAT(Checker::Create(arch).status().message(), HasSubstr("aarch64"));
  Options none = Of(2, 0);
  EXPECT_FALSE(Checker::Create(none).ok());
}

TEST(Checker, HonoursThePresets) {
  for (const char* name : {"default", "strict", "qemu"}) {
    const std::string path = std::string("proto/policies/") + name + ".txtpb";
    std::ifstream file(path);
    ASSERT_TRUE(file.good()) << path;
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const auto policy = wire::ParsePolicy(text, path);
    ASSERT_TRUE(policy.ok()) << policy.status();
    Options options = Of(2);
    options.policy = *policy;
    // The qemu preset masks registers.
    for (auto& instance : options.instances) {
      instance.identity.abilities |= state::kAbilityMasks;
    }
    EXPECT_TRUE(Checker::Create(options).ok()) << name << ": " << Checker::Create(options).status();
  }
}

TEST(Checker, DropOutliersGoesOnAmongTheConsensus) {
  const Execution good = align::testing::Straight(200);
  Options options = Of(5);
  options.policy.on_divergence = policy::OnDivergence::kDropOutliers;
  auto checker = Make(options);
  PushAll(*checker, 0, Batches(good, 4));
  PushAll(*checker, 1, Batches(WithGprFault(good, 21), 4));
  PushAll(*checker, 2, Batches(good, 4));
  PushAll(*checker, 3, Batches(WithGprFault(good, 101), 4));
  PushAll(*checker, 4, Batches(good, 4));
  EXPECT_EQ(checker->Advance(), Progress::kDiverged);
  const report::Report report = Finished(*checker);
  EXPECT_EQ(report.divergence->icount, 24u);
  EXPECT_THAT(report.divergence->outliers, ElementsAre("B"));
  EXPECT_EQ(report.compared.insns, 20u);
  EXPECT_THAT(
      report.notes,
      ElementsAre("compared on without B from icount 24",
                  HasSubstr("after that, at icount 104 of vCPU 0: digest of x1..x31"),
                  "compared on without D from icount 104", "the others agree to their end"));
}

// How many instances run, who is wrong from where on, and what is to be said of it.
struct ManyCase {
  const char* name;
  size_t instances;
  std::vector<std::pair<size_t, uint64_t>> faults;  // instance, icount; each fault its own
  std::vector<std::string> outliers;                // of the first divergence
  size_t groups;
  uint64_t icount;
};

class CheckerMany : public ::testing::TestWithParam<ManyCase> {};

TEST_P(CheckerMany, NamesTheOutliers) {
  const ManyCase& c = GetParam();
  const Execution good = align::testing::Straight(200);
  auto checker = Make(Of(c.instances));
  for (size_t i = 0; i < c.instances; ++i) {
    Execution execution = good;
    for (const auto& [instance, icount] : c.faults) {
      if (instance == i) execution = WithGprFault(execution, icount, UINT64_MAX, 1 + i);
    }
    PushAll(*checker, i, Batches(execution, i % 2 == 0 ? 4 : 8));
  }
  EXPECT_EQ(checker->Advance(), Progress::kDiverged);
  const report::Report report = Finished(*checker);
  EXPECT_EQ(report.divergence->kind, Kind::kGpr);
  EXPECT_EQ(report.divergence->icount, c.icount);
  EXPECT_EQ(report.divergence->outliers, c.outliers);
  EXPECT_EQ(report.divergence->groups.size(), c.groups);
  for (const report::Instance& instance : report.instances) {
    EXPECT_EQ(instance.outlier,
              std::count(c.outliers.begin(), c.outliers.end(), instance.name) != 0);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Outliers, CheckerMany,
    ::testing::Values(
        ManyCase{"OneOfTwo", 2, {{1, 97}}, {"A", "B"}, 2, 104},
        ManyCase{"BothOfTwo", 2, {{0, 97}, {1, 97}}, {"A", "B"}, 2, 104},
        ManyCase{"OneOfThree", 3, {{1, 97}}, {"B"}, 2, 104},
        ManyCase{"TwoOfThree", 3, {{0, 97}, {1, 97}}, {"A", "C"}, 2, 100},
        ManyCase{"TwoOfThreeAtACommonBoundary", 3, {{0, 101}, {1, 97}}, {"A", "B", "C"}, 3, 104},
        ManyCase{"OneOfFive", 5, {{3, 97}}, {"D"}, 2, 104},
        ManyCase{"TwoOfFive", 5, {{1, 97}, {3, 99}}, {"B", "D"}, 3, 104}),
    [](const auto& info) { return info.param.name; });

TEST(Checker, DropOutliersFindsASecondDivergenceAmongTheConsensus) {
  const Execution good = align::testing::Straight(200);
  Options options = Of(5);
  options.policy.on_divergence = policy::OnDivergence::kDropOutliers;
  auto checker = Make(options);
  // Two at once, then one of the three that are left.
  PushAll(*checker, 0, Batches(good, 4));
  PushAll(*checker, 1, Batches(WithGprFault(good, 21), 4));
  PushAll(*checker, 2, Batches(WithGprFault(good, 21, UINT64_MAX, 2), 4));
  PushAll(*checker, 3, Batches(WithGprFault(good, 101), 4));
  PushAll(*checker, 4, Batches(good, 4));
  EXPECT_EQ(checker->Advance(), Progress::kDiverged);
  const report::Report report = Finished(*checker);
  EXPECT_EQ(report.divergence->icount, 24u);
  EXPECT_THAT(report.divergence->outliers, ElementsAre("B", "C"));
  EXPECT_THAT(
      report.notes,
      ElementsAre("compared on without B, C from icount 24",
                  HasSubstr("after that, at icount 104 of vCPU 0: digest of x1..x31"),
                  "compared on without D from icount 104", "the others agree to their end"));
}

TEST(Checker, DropOutliersStopsWhenNobodyIsLeftToCompare) {
  const Execution good = align::testing::Straight(200);
  Options options = Of(2);
  options.policy.on_divergence = policy::OnDivergence::kDropOutliers;
  auto checker = Make(options);
  PushAll(*checker, 0, Batches(good, 4));
  PushAll(*checker, 1, Batches(WithGprFault(good, 21), 4));
  EXPECT_EQ(checker->Advance(), Progress::kDiverged);
  EXPECT_THAT(Finished(*checker).divergence->outliers, ElementsAre("A", "B"));
}

// Interrupts that are not pinned.

Options Unpinned(size_t n) {
  Options options = Of(n);
  options.policy.async_skew_insns = 8;
  for (auto& spec : options.instances) spec.identity.abilities |= state::kAbilityLayout;
  return options;
}

Execution WithTimer(uint64_t at) {
  Rng rng(5);
  const align::testing::Code code = align::testing::RandomCode(100, rng);
  return align::testing::Run(code, {{7, at, 20, 7, {}}});
}

TEST(CheckerSkew, IsCountedAndListedInTheReport) {
  auto checker = Make(Unpinned(2));
  PushAll(*checker, 0, Batches(WithTimer(10), 4));
  PushAll(*checker, 1, Batches(WithTimer(13), 4));
  EXPECT_EQ(checker->Advance(), Progress::kComplete);
  EXPECT_EQ(checker->ConsumedRecords(1, 0), checker->ReceivedRecords(1, 0));
  const report::Report report = Finished(*checker);
  EXPECT_EQ(report.outcome, Outcome::kIdentical);
  EXPECT_EQ(report.compared.insns, 120u);
  EXPECT_EQ(report.compared.skews, 1u);
  EXPECT_EQ(report.compared.max_skew_insns, 3u);
  ASSERT_EQ(report.compared.skew_list.size(), 1u);
  EXPECT_THAT(report.compared.skew_list[0].icounts, ElementsAre(10, 13));
  EXPECT_EQ(report.instances[1].end, "exit code 0 at icount 120");
}

TEST(CheckerSkew, TooFarApartIsADivergenceThatIsNotNarrowed) {
  auto checker = Make(Unpinned(3));
  PushAll(*checker, 0, Batches(WithTimer(10), 4));
  PushAll(*checker, 1, Batches(WithTimer(19), 4));
  PushAll(*checker, 2, Batches(WithTimer(12), 4));
  EXPECT_EQ(checker->Advance(), Progress::kDiverged);
  const report::Report report = Finished(*checker);
  EXPECT_EQ(report.divergence->kind, Kind::kInterrupt);
  EXPECT_EQ(report.divergence->icount, 10u);
  EXPECT_THAT(report.divergence->outliers, ElementsAre("B"));
  EXPECT_THAT(report.divergence->narrowing_note, HasSubstr("interrupts are not pinned"));
}

TEST(CheckerSkew, TheLimitBetweenTwoInterruptsIsNoted) {
  auto checker = Make(Unpinned(2));
  for (size_t i : {0, 1}) {
    Execution execution = WithTimer(50 + 4 * i);
    execution.points.resize(53);
    execution.reason = state::EndReason::kLimit;
    PushAll(*checker, i, Batches(execution, 4));
  }
  const report::Report report = Finished(*checker);
  EXPECT_EQ(report.outcome, Outcome::kIdentical);
  EXPECT_EQ(report.compared.insns, 50u);
  EXPECT_THAT(report.notes, ::testing::Contains(HasSubstr("compared up to icount 50")));
}

TEST(CheckerSkew, WhatItTakesIsSaid) {
  Options lacking = Unpinned(2);
  lacking.instances[1].identity.abilities = state::kAbilityTraps;
  EXPECT_EQ(Checker::Create(lacking).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Checker::Create(lacking).status().message(), HasSubstr("instance B does not tell"));
  lacking.instances[1].identity.abilities = state::kAbilityLayout;
  EXPECT_THAT(Checker::Create(lacking).status().message(), HasSubstr("exceptions and interrupts"));
  Options far = Unpinned(2);
  far.policy.async_skew_insns = 65537;
  EXPECT_THAT(Checker::Create(far).status().message(), HasSubstr("it may be 65536 at most"));
  Options fills = Unpinned(2);
  fills.policy.tlb_fills = policy::TlbFills::kCompare;
  EXPECT_EQ(Checker::Create(fills).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(Checker, TroubleReportOfARunThatNeverBegan) {
  const report::Report report = TroubleReport(Of(2), "B", "cannot be started");
  EXPECT_EQ(report.outcome, Outcome::kTrouble);
  EXPECT_EQ(report.trouble->instance, "B");
  EXPECT_EQ(report.instances.size(), 2u);
}

TEST(Checker, FillsAndEventsAreInTheReport) {
  const Execution good = align::testing::Straight(200);
  auto checker = Make(Of(2));
  for (size_t i : {0, 1}) {
    std::vector<state::Batch> batches = Batches(i == 0 ? good : WithGprFault(good, 21), 4, 0, 1000);
    state::Event fill;
    fill.kind = state::EventKind::kTlbFill;
    fill.n_fields = 8;
    fill.icount = 9;
    fill.fields = {0x1000, 0x80001000 + i * 0x1000, 4096, 0, 0, 8, 0xcf, 1};
    state::Event mmio;
    mmio.kind = state::EventKind::kMmio;
    mmio.n_fields = 4;
    mmio.icount = 11;
    mmio.fields = {0x10000000, 0x41 + i, 1, 1};
    batches[0].events = {{3, fill}, {3, mmio}};
    PushAll(*checker, i, batches);
  }
  const report::Report report = Finished(*checker);
  ASSERT_EQ(report.divergence->tlb.size(), 1u);
  EXPECT_EQ(report.divergence->tlb[0].mark, report::FillMark::kSuspect);
  EXPECT_EQ(report.divergence->tlb[0].why, "pa 0x80001000 against 0x80002000");
  ASSERT_EQ(report.divergence->events.size(), 1u);
  EXPECT_TRUE(report.divergence->events[0].differs);
}

}  // namespace
}  // namespace lockstep::detect

#include "coordinator/narrow/narrow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/align/execution_testing.h"
#include "coordinator/detect/checker.h"
#include "coordinator/detect/run_testing.h"
#include "coordinator/narrow/second_pass.h"

namespace lockstep::narrow {
namespace {

using align::testing::Execution;
using align::testing::kAllGroups;
using align::testing::kResetPc;
using align::testing::Recording;
using align::testing::Rng;
using report::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// A guest of nothing but "addi a0,a0,1": a0 is the icount, plus an error from some icount on.
struct Guest {
  Execution execution = align::testing::Straight(100);
  std::vector<uint64_t> a0;

  Guest() {
    for (uint64_t c = 0; c <= 100; ++c) a0.push_back(c);
  }
  void Break(uint64_t icount, uint64_t error) {
    for (uint64_t c = icount; c <= 100; ++c) {
      a0[c] += error;
      execution.points[c].digests[0] += error;
    }
  }
};

Recording WithCode(Recording recording) {
  for (auto& block : recording.blocks) {
    for (uint32_t k = 0; k < block.info.n_insns; ++k) {
      for (uint8_t byte : {0x13, 0x05, 0x15, 0x00}) block.info.code.push_back(byte);
    }
  }
  return recording;
}

std::vector<state::Batch> FirstPass(const Guest& guest, uint32_t block_insns) {
  Rng rng(1);
  return align::testing::Pack(
      WithCode(align::testing::Record(guest.execution, {.max_block_insns = block_insns}, rng)), {},
      rng);
}

// Steps from `begin` to `end`, with registers.
std::vector<state::Batch> SecondPass(const Guest& guest, uint64_t begin, uint64_t end) {
  Rng rng(1);
  Recording recording =
      WithCode(align::testing::Record(guest.execution, {.max_block_insns = 1}, rng));
  recording.blocks.resize(end);
  recording.blocks.erase(recording.blocks.begin(),
                         recording.blocks.begin() + static_cast<ptrdiff_t>(begin));
  for (auto& block : recording.blocks) {
    block.registers = state::Registers{block.icount, {7, guest.a0[block.icount], block.info.pc}};
  }
  recording.end->reason = state::EndReason::kLimit;
  recording.end->icount = end;
  recording.end->digests = guest.execution.points[end].digests;
  align::testing::Packing packing;
  packing.register_names = {{"gpr", "ra"}, {"gpr", "a0"}, {"pc", "pc"}};
  return align::testing::Pack(recording, packing, rng);
}

detect::Options Of(size_t n) {
  state::ProducerIdentity identity = detect::testing::Identity();
  identity.abilities |= state::kAbilityStep | state::kAbilityRegisters;
  return detect::testing::RunOf(n, identity);
}

report::Report Diverge(const std::vector<Guest>& guests, const std::vector<uint32_t>& block_insns) {
  auto checker = detect::Checker::Create(Of(guests.size()));
  EXPECT_TRUE(checker.ok());
  for (size_t i = 0; i < guests.size(); ++i) {
    for (auto& batch : FirstPass(guests[i], block_insns[i])) {
      EXPECT_TRUE((*checker)->Push(i, batch).ok());
    }
  }
  (*checker)->Finish("");
  return (*checker)->Report(store::NoSymbols());
}

// Runs the second pass of all guests and finishes.
bool Narrow(report::Report* report, const std::vector<Guest>& guests) {
  Narrower narrower(*report);
  const Plan& plan = narrower.plan();
  bool answered = false;
  for (size_t i = 0; i < guests.size(); ++i) {
    for (auto& batch : SecondPass(guests[i], plan.silent_until_icount, plan.stop_at_icount)) {
      EXPECT_TRUE(narrower.Push(i, batch).ok());
      answered = narrower.Advance();
    }
  }
  narrower.Finish(store::NoSymbols(), report);
  return answered;
}

TEST(Plan, StepsFromTheLastAgreedBoundaryPastTheDivergence) {
  Guest good, bad;
  bad.Break(37, 1);
  const report::Report report = Diverge({good, bad}, {10, 20});
  const auto plan = PlanFrom(report);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->silent_until_icount, 20u);
  EXPECT_GT(plan->stop_at_icount, 40u);
  EXPECT_EQ(plan->groups, kAllGroups);
}

TEST(Plan, NeedsADivergenceAndTheAbility) {
  EXPECT_EQ(PlanFrom(report::Report()).status().code(), absl::StatusCode::kFailedPrecondition);
  Guest good, bad;
  bad.Break(37, 1);
  report::Report report = Diverge({good, bad}, {10, 20});
  report.instances[1].identity.abilities = 0;
  EXPECT_EQ(PlanFrom(report).status().message(),
            "not narrowed to one instruction: B cannot run one instruction per block");
}

// A second pass would see equal states and blame non-determinism.
TEST(Plan, AFirstPassThatKnowsWhyNotIsBelieved) {
  report::Report report;
  report.divergence.emplace().narrowing_note = "not narrowed to one instruction: a reason";
  EXPECT_EQ(PlanFrom(report).status().message(), "not narrowed to one instruction: a reason");
}

TEST(Plan, RefusesADivergenceOfTlbFillsAlone) {
  Guest good, bad;
  bad.Break(37, 1);
  report::Report report = Diverge({good, bad}, {10, 20});
  report.divergence->kind = Kind::kTlb;
  EXPECT_EQ(PlanFrom(report).status().message(),
            "not narrowed to one instruction: only the TLB fills differ, no state does");
}

TEST(Narrower, NamesTheInstructionAfterWhichTheStatesDiffer) {
  Guest good, bad;
  bad.Break(37, 0x100);  // wrong after the instruction begun as number 36
  report::Report report = Diverge({good, bad, good}, {10, 20, 5});
  ASSERT_TRUE(Narrow(&report, {good, bad, good}));
  const report::Divergence& divergence = *report.divergence;
  ASSERT_TRUE(divergence.instruction.has_value());
  const report::NarrowedInstruction& insn = *divergence.instruction;
  EXPECT_EQ(insn.icount, 36u);
  EXPECT_EQ(insn.place.pc, kResetPc + 4 * 36);
  EXPECT_EQ(insn.text, "addi a0,a0,1");
  EXPECT_THAT(insn.bytes, ElementsAre(0x13, 0x05, 0x15, 0x00));
  EXPECT_THAT(insn.operands, ElementsAre(Pair("a0", 36u)));
  ASSERT_EQ(insn.results.size(), 3u);
  EXPECT_THAT(insn.results[0].changed, ElementsAre(Pair("a0", 37u)));
  EXPECT_THAT(insn.results[1].changed, ElementsAre(Pair("a0", 37u + 0x100)));
  EXPECT_EQ(insn.results[1].next_pc, kResetPc + 4 * 37);
  EXPECT_FALSE(insn.results[1].trap.has_value());
  EXPECT_EQ(divergence.kind, Kind::kGpr);
  EXPECT_THAT(divergence.outliers, ElementsAre("B"));
  EXPECT_TRUE(report.instances[1].outlier);
  EXPECT_EQ(divergence.detail, "a0 0x0000000000000025 (A, C) against 0x0000000000000125 (B)");
  ASSERT_EQ(divergence.registers.size(), 3u);
  EXPECT_EQ(divergence.registers[0].name.name, "a0");
  EXPECT_TRUE(divergence.registers[0].differs);
  EXPECT_FALSE(divergence.registers[1].differs);
  EXPECT_THAT(divergence.narrowing_note,
              HasSubstr("first seen at the block boundary at icount 40"));
}

TEST(Narrower, AStepwiseVoteFindsTheOutlierThatBlocksCouldNot) {
  Guest good, bad;
  bad.Break(7, 0x100);
  // C is inside of a block where A and B are first compared, and cannot vote.
  report::Report report = Diverge({good, bad, good}, {10, 10, 50});
  EXPECT_THAT(report.divergence->outliers, ElementsAre("A", "B"));
  ASSERT_TRUE(Narrow(&report, {good, bad, good}));
  EXPECT_THAT(report.divergence->outliers, ElementsAre("B"));
  EXPECT_FALSE(report.instances[0].outlier);
}

TEST(Narrower, ATrapIsPartOfTheResult) {
  Guest good, bad;
  bad.execution.points[37].traps = {align::testing::Exception(37, 2, kResetPc + 4 * 36, 0)};
  for (uint64_t c = 37; c <= 100; ++c) bad.execution.points[c].pc += 0x1000;
  report::Report report = Diverge({good, bad}, {10, 10});
  ASSERT_TRUE(Narrow(&report, {good, bad}));
  ASSERT_TRUE(report.divergence->instruction.has_value());
  const auto& results = report.divergence->instruction->results;
  EXPECT_FALSE(results[0].trap.has_value());
  ASSERT_TRUE(results[1].trap.has_value());
  EXPECT_EQ(results[1].trap->fields[0], 2u);
  EXPECT_EQ(results[1].next_pc, kResetPc + 4 * 37 + 0x1000);
  EXPECT_EQ(report.divergence->kind, Kind::kPc);
}

TEST(Narrower, OfAStoreTheDigestIsShown) {
  Guest good, bad;
  for (uint64_t c = 37; c <= 100; ++c) bad.execution.points[c].digests[3] += 1000;
  report::Report report = Diverge({good, bad}, {10, 10});
  ASSERT_TRUE(Narrow(&report, {good, bad}));
  ASSERT_TRUE(report.divergence->instruction.has_value());
  EXPECT_EQ(report.divergence->kind, Kind::kMem);
  EXPECT_EQ(report.divergence->instruction->icount, 36u);
  EXPECT_THAT(report.divergence->instruction->results[1].changed,
              ElementsAre(Pair("a0", 37u), Pair("digest", 437u + 1000)));
}

TEST(Narrower, AnInterruptIsNotTheInstructionsFault) {
  Guest good, bad;
  bad.execution.points[37].traps = {align::testing::Interrupt(37, 7, kResetPc + 4 * 37)};
  report::Report report = Diverge({good, bad}, {10, 10});
  ASSERT_TRUE(Narrow(&report, {good, bad}));
  EXPECT_EQ(report.divergence->kind, Kind::kInterrupt);
  EXPECT_THAT(report.divergence->narrowing_note, HasSubstr("may lie in the interrupt"));
}

TEST(Narrower, SaysWhichInstanceDoesNotRepeatItself) {
  Guest good, bad;
  bad.Break(37, 1);
  report::Report report = Diverge({good, bad}, {10, 10});
  ASSERT_TRUE(Narrow(&report, {good, good})) << "B behaves in the second pass";
  EXPECT_FALSE(report.divergence->instruction.has_value());
  EXPECT_EQ(report.outcome, report::Outcome::kDiverged);
  EXPECT_EQ(report.divergence->narrowing_note,
            "the second pass did not repeat: the instances agree at icount 40; B disagrees with "
            "its own first pass: is it deterministic?");
}

TEST(Narrower, ADifferenceAtTheStartDidNotRepeat) {
  Guest good, bad, worse;
  bad.Break(37, 1);
  worse.Break(30, 1);
  report::Report report = Diverge({good, bad}, {10, 10});
  ASSERT_TRUE(Narrow(&report, {good, worse}));
  EXPECT_FALSE(report.divergence->instruction.has_value());
  EXPECT_THAT(report.divergence->narrowing_note,
              HasSubstr("did not repeat: it differs at icount 30, the first one at 40"));
}

TEST(Narrower, AFailedSecondPassIsNoted) {
  Guest good, bad;
  bad.Break(37, 1);
  report::Report report = Diverge({good, bad}, {10, 10});
  Narrower narrower(report);
  EXPECT_FALSE(narrower.Advance());
  narrower.InstanceFailed(1, "exited with status 1");
  EXPECT_TRUE(narrower.Advance());
  narrower.Finish(store::NoSymbols(), &report);
  EXPECT_EQ(report.divergence->narrowing_note,
            "not narrowed to one instruction: in the second pass B: exited with status 1");
}

TEST(Narrower, ABrokenSecondPassIsNoted) {
  Guest good, bad;
  bad.Break(37, 1);
  report::Report report = Diverge({good, bad}, {10, 10});
  Narrower narrower(report);
  std::vector<state::Batch> batches = SecondPass(bad, 35, 48);  // later than asked
  EXPECT_TRUE(narrower.Push(1, batches[0]).ok());
  EXPECT_TRUE(narrower.Push(0, SecondPass(good, 30, 48)[0]).ok());
  EXPECT_TRUE(narrower.Advance());
  narrower.Finish(store::NoSymbols(), &report);
  EXPECT_THAT(report.divergence->narrowing_note,
              HasSubstr("in the second pass B has its first boundary at icount 35"));
}

TEST(Narrower, OtherVcpusAreIgnored) {
  Guest good, bad;
  bad.Break(37, 1);
  report::Report report = Diverge({good, bad}, {10, 10});
  Narrower narrower(report);
  state::Batch batch;
  batch.vcpu = 3;
  batch.sequence = 77;
  EXPECT_TRUE(narrower.Push(0, batch).ok());
}

// As a server compares it.
TEST(SecondPassComparison, ItsReportIsThatOfBothPasses) {
  Guest good, bad;
  bad.Break(37, 0x100);
  const report::Report first = Diverge({good, bad}, {10, 20});
  report::Report expected = first;
  ASSERT_TRUE(Narrow(&expected, {good, bad}));
  const detect::Options options = Of(2);
  const auto create = [&](const state::ProducerIdentity& second) {
    return CreateSecondPass(first, {}, {options.instances[0].identity, second});
  };
  auto comparison = create(options.instances[1].identity);
  ASSERT_TRUE(comparison.ok()) << comparison.status();
  const Plan plan = *PlanFrom(first);
  EXPECT_EQ((*comparison)->terms().groups, plan.groups);
  EXPECT_FALSE((*comparison)->terms().sparse());
  detect::Progress progress = detect::Progress::kNeedMore;
  for (const Guest* guest : {&good, &bad}) {
    EXPECT_EQ(progress, detect::Progress::kNeedMore);
    for (auto& batch : SecondPass(*guest, plan.silent_until_icount, plan.stop_at_icount)) {
      ASSERT_TRUE((*comparison)->Push(guest == &bad, batch).ok());
      progress = (*comparison)->Advance();
    }
  }
  EXPECT_EQ(progress, detect::Progress::kDiverged);
  (*comparison)->Finish("");
  const report::Report report = (*comparison)->Report(store::NoSymbols());
  EXPECT_EQ(report.divergence->instruction->icount, expected.divergence->instruction->icount);
  EXPECT_EQ(report.divergence->detail, expected.divergence->detail);
  EXPECT_EQ(report.compared.blocks, first.compared.blocks);

  auto cancelled = create(options.instances[1].identity);
  (*cancelled)->InstanceFailed(0, "crashed", false);
  (*cancelled)->Finish("enough");
  EXPECT_EQ((*cancelled)->Report(store::NoSymbols()).divergence->narrowing_note,
            "not narrowed to one instruction: enough");
  // Nothing can come any more, though nobody is waited for by name.
  auto failed = create(options.instances[1].identity);
  for (const size_t i : {0, 1}) (*failed)->InstanceFailed(i, "crashed", false);
  EXPECT_EQ((*failed)->Advance(), detect::Progress::kDiverged);

  state::ProducerIdentity other = options.instances[1].identity;
  other.vcpus = 3;
  EXPECT_EQ(create(other).status().message(),
            "B came back as another producer: test 1 (riscv64, vCPUs: 3)");
}

}  // namespace
}  // namespace lockstep::narrow

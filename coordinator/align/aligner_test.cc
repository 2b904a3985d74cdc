#include "coordinator/align/aligner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/align/execution_testing.h"

namespace lockstep::align {
namespace {

using report::Kind;
using testing::Block;
using ::testing::ElementsAre;
using testing::Execution;
using ::testing::HasSubstr;
using testing::kAllGroups;
using testing::kResetPc;
using testing::Recording;
using testing::Rng;
using testing::Shape;

Options Of(size_t n) {
  Options options;
  for (size_t i = 0; i < n; ++i) options.instances.push_back(std::string(1, "ABCDE"[i]));
  options.groups = kAllGroups;
  return options;
}

// Pushes every batch of every recording, round robin, advancing in between.
Progress Feed(VcpuAligner& aligner, const std::vector<Recording>& recordings,
              const testing::Packing& packing = {}) {
  Rng rng(1);
  std::vector<std::vector<state::Batch>> batches;
  size_t rounds = 0;
  for (const Recording& recording : recordings) {
    batches.push_back(testing::Pack(recording, packing, rng));
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

Recording Cut(const Execution& execution, uint32_t block_insns, bool layout = true) {
  Rng rng(2);
  return testing::Record(execution, {.max_block_insns = block_insns, .layout = layout}, rng);
}

TEST(Aligner, EqualStreamsAgree) {
  const Execution execution = testing::Straight(100);
  VcpuAligner aligner(Of(2));
  EXPECT_EQ(Feed(aligner, {Cut(execution, 10), Cut(execution, 10)}), Progress::kComplete);
  EXPECT_EQ(aligner.verified_icount(), 100u);
  EXPECT_EQ(aligner.boundaries(), 10u);
  EXPECT_EQ(aligner.splits(), 0u);
  EXPECT_EQ(aligner.stats(0).groups_changed, kAllGroups);
}

TEST(Aligner, SplitsAreCountedForTheStreamThatLacksTheBoundary) {
  const Execution execution = testing::Straight(12);
  VcpuAligner aligner(Of(2));
  EXPECT_EQ(Feed(aligner, {Cut(execution, 4), Cut(execution, 6)}), Progress::kComplete);
  EXPECT_EQ(aligner.boundaries(), 4u);     // 0, 4, 6, 8
  EXPECT_EQ(aligner.stats(0).splits, 1u);  // 6
  EXPECT_EQ(aligner.stats(1).splits, 2u);  // 4, 8
}

TEST(Aligner, SmallHistoriesAndBatchesMakeNoDifference) {
  const Execution execution = testing::Straight(400);
  Options options = Of(3);
  options.history_blocks = 1;
  options.history_events = options.history_fills = options.history_registers = 0;
  VcpuAligner aligner(std::move(options));
  EXPECT_EQ(Feed(aligner, {Cut(execution, 1), Cut(execution, 7), Cut(execution, 64)},
                 {.batch_blocks = 1, .block_ids = 1}),
            Progress::kComplete);
  EXPECT_EQ(aligner.boundaries(), 400u);
}

struct DigestCase {
  int group;
  Kind kind;
};

class AlignerDigest : public ::testing::TestWithParam<DigestCase> {};

TEST_P(AlignerDigest, FirstCommonBoundaryAfterTheFaultDiverges) {
  const Execution good = testing::Straight(40);
  Execution bad = good;
  for (uint64_t c = 17; c <= 40; ++c) bad.points[c].digests[GetParam().group] ^= 1;
  VcpuAligner aligner(Of(2));
  EXPECT_EQ(Feed(aligner, {Cut(good, 2), Cut(bad, 8)}), Progress::kDiverged);
  EXPECT_EQ(aligner.mismatch().kind, GetParam().kind);
  EXPECT_EQ(aligner.mismatch().icount, 24u);
  EXPECT_EQ(aligner.mismatch().last_agreed_icount, 16u);
  EXPECT_EQ(aligner.verified_icount(), 22u);
  EXPECT_THAT(aligner.mismatch().outliers, ElementsAre(0, 1));
}

TEST_P(AlignerDigest, AGroupThatIsNotComparedIsIgnored) {
  const Execution good = testing::Straight(40);
  Execution bad = good;
  for (uint64_t c = 17; c <= 40; ++c) bad.points[c].digests[GetParam().group] ^= 1;
  Options options = Of(2);
  options.groups = kAllGroups & ~(1u << GetParam().group);
  VcpuAligner aligner(std::move(options));
  EXPECT_EQ(Feed(aligner, {Cut(good, 2), Cut(bad, 8)}), Progress::kComplete);
}

INSTANTIATE_TEST_SUITE_P(Groups, AlignerDigest,
                         ::testing::Values(DigestCase{0, Kind::kGpr}, DigestCase{1, Kind::kFpr},
                                           DigestCase{2, Kind::kCsr}, DigestCase{3, Kind::kMem}));

TEST(Aligner, AWrongValueThatIsOverwrittenBeforeACommonBoundaryIsNotSeen) {
  const Execution good = testing::Straight(40);
  Execution bad = good;
  bad.points[17].digests[0] ^= 1;
  VcpuAligner aligner(Of(2));
  EXPECT_EQ(Feed(aligner, {Cut(good, 2), Cut(bad, 8)}), Progress::kComplete);
}

TEST(Aligner, PcInsideOfABlockIsChecked) {
  const Execution good = testing::Straight(40);
  Execution bad = good;
  // The instruction before is compressed on one side: the next pc differs in mid-block.
  bad.points[4].length_bytes = 2;
  for (uint64_t c = 5; c <= 40; ++c) bad.points[c].pc -= 2;
  VcpuAligner aligner(Of(2));
  EXPECT_EQ(Feed(aligner, {Cut(good, 2), Cut(bad, 8)}), Progress::kDiverged);
  EXPECT_EQ(aligner.mismatch().kind, Kind::kPc);
  EXPECT_EQ(aligner.mismatch().icount, 6u);
  EXPECT_EQ(aligner.mismatch().streams[1].kind, Standing::Kind::kInside);
  EXPECT_EQ(aligner.mismatch().detail, "pc 0x80000018 (A) against 0x80000016 (B)");
}

TEST(Aligner, WithoutLayoutOnlyCoverageIsChecked) {
  const Execution good = testing::Straight(40);
  Execution bad = good;
  bad.points[4].length_bytes = 2;
  for (uint64_t c = 5; c <= 40; ++c) bad.points[c].pc -= 2;
  VcpuAligner aligner(Of(2));
  EXPECT_EQ(Feed(aligner, {Cut(good, 2), Cut(bad, 8, false)}), Progress::kDiverged);
  EXPECT_EQ(aligner.mismatch().icount, 8u);
  EXPECT_EQ(aligner.mismatch().kind, Kind::kPc);
}

// The three patterns at which QEMU's plugin of 2020 reports a divergence where there is none.

TEST(AlignerFalseAlarm, BlockCutAtAPageOffset) {
  // One build ends a block before a compressed instruction at page offset 0xffe.
  Execution execution = testing::Straight(64);
  for (uint64_t c = 0; c <= 64; ++c) {
    execution.points[c].length_bytes = 2;
    execution.points[c].pc = 0x80000f80 + 2 * c;
  }
  Recording whole = Cut(execution, 64);
  Recording cut = Cut(execution, 63);
  ASSERT_EQ(cut.blocks[1].info.pc & 0xfff, 0xffeu);
  VcpuAligner aligner(Of(2));
  EXPECT_EQ(Feed(aligner, {whole, cut}), Progress::kComplete);
  EXPECT_EQ(aligner.stats(0).splits, 1u);
}

TEST(AlignerFalseAlarm, DeviceAccessExecutedAgainInABlockOfItsOwn) {
  // A block of 8 is left before its device access at icount 5, which is translated again alone:
  // the nominal sizes add up to more than was executed.
  const Execution execution = testing::Straight(24);
  Recording plain = Cut(execution, 8);
  Recording device = Cut(execution, 8);
  Rng rng(1);
  Recording single = Cut(execution, 1);
  Block alone = single.blocks[5];
  Block rest = device.blocks[0];
  rest.icount = 6;
  rest.digests = execution.points[6].digests;
  rest.info.pc = execution.points[6].pc;
  rest.info.n_insns = 2;
  rest.info.offsets = {0, 4};
  device.blocks.insert(device.blocks.begin() + 1, {alone, rest});
  VcpuAligner aligner(Of(2));
  EXPECT_EQ(Feed(aligner, {plain, device}), Progress::kComplete);
  EXPECT_EQ(aligner.stats(0).splits, 2u);
}

TEST(AlignerFalseAlarm, DeviceAccessAtTheHeadOfABlockIsEnteredTwice) {
  // The block is entered, finds that its first instruction must be retranslated, begins nothing.
  const Execution execution = testing::Straight(24);
  Recording plain = Cut(execution, 8);
  Recording twice = Cut(execution, 8);
  Block again = twice.blocks[1];
  again.info.n_insns = 1;
  again.info.offsets = {0};
  Block rest = twice.blocks[1];
  rest.icount = 9;
  rest.digests = execution.points[9].digests;
  rest.info.pc = execution.points[9].pc;
  rest.info.n_insns = 7;
  rest.info.offsets.resize(7);
  twice.blocks.insert(twice.blocks.begin() + 2, {again, rest});
  VcpuAligner aligner(Of(2));
  EXPECT_EQ(Feed(aligner, {plain, twice}), Progress::kComplete);
}

TEST(AlignerFalseAlarm, ShortBlockBeforeAnInterrupt) {
  // One build runs a shorter block to take the interrupt at its instruction, the other leaves a
  // long one early; a third enters a block in which nothing begins before the interrupt.
  Execution execution = testing::Straight(32);
  const uint64_t interrupted_pc = execution.points[13].pc;
  for (uint64_t c = 13; c <= 32; ++c) execution.points[c].pc += 0x1000;
  execution.points[13].traps = {testing::Interrupt(13, 7, interrupted_pc)};
  const Recording exact = Cut(execution, 8);
  Recording early = exact;
  early.blocks[1].info.n_insns = 8;
  early.blocks[1].info.offsets = {0, 4, 8, 12, 16, 20, 24, 28};
  Recording empty = exact;
  Block nothing = exact.blocks[2];
  nothing.events.clear();
  nothing.info.pc = interrupted_pc;
  nothing.digests[2] ^= 77;
  empty.blocks.insert(empty.blocks.begin() + 2, nothing);
  VcpuAligner aligner(Of(3));
  EXPECT_EQ(Feed(aligner, {exact, early, empty}), Progress::kComplete)
      << (aligner.state() == Progress::kDiverged ? aligner.mismatch().detail : "");
}

// Why streams are cut apart, as far as the streams tell.

using report::SplitCause;

uint64_t Splits(const VcpuAligner& aligner, size_t instance, SplitCause cause) {
  return aligner.stats(instance).split_causes[static_cast<int>(cause)];
}

TEST(AlignerSplits, ThePageEndIsTold) {
  Execution execution = testing::Straight(64);
  for (uint64_t c = 0; c <= 64; ++c) {
    execution.points[c].length_bytes = 2;
    execution.points[c].pc = 0x80000f80 + 2 * c;
  }
  for (uint32_t insns : {62, 63, 64}) {  // offsets 0xffc, 0xffe and the next page
    Execution longer = execution;
    for (uint64_t c = 65; c <= 80; ++c) {
      longer.points.push_back({0x80000f80 + 2 * c, 2, {c, c, c, c}, {}});
    }
    Recording cut = Cut(longer, insns);
    VcpuAligner aligner(Of(2));
    ASSERT_EQ(Feed(aligner, {Cut(longer, 80), cut}), Progress::kComplete);
    EXPECT_EQ(Splits(aligner, 0, SplitCause::kPageEnd), 1u) << insns;
    EXPECT_EQ(aligner.stats(0).splits, 1u);
  }
}

TEST(AlignerSplits, TheLengthLimitAndBlocksLeftEarlyAreTold) {
  const Execution execution = testing::Straight(64);
  VcpuAligner aligner(Of(2));
  ASSERT_EQ(Feed(aligner, {Cut(execution, 32), Cut(execution, 8)}), Progress::kComplete);
  EXPECT_EQ(Splits(aligner, 0, SplitCause::kLength), 6u);
  Recording early = Cut(execution, 8);
  for (auto& block : early.blocks) {
    block.info.n_insns = 9;
    block.info.offsets.push_back(32);
  }
  VcpuAligner left(Of(2));
  ASSERT_EQ(Feed(left, {Cut(execution, 32), early}), Progress::kComplete);
  EXPECT_EQ(Splits(left, 0, SplitCause::kCutShort), 6u);
  // A translator that makes longer blocks elsewhere ended these for a reason of its own.
  Recording mixed = Cut(execution, 8);
  Block whole = Cut(execution, 64).blocks[0];
  whole.info.n_insns = 64;
  whole.icount = 0;
  mixed.blocks.insert(mixed.blocks.begin(), whole);  // entered, and nothing begins in it
  VcpuAligner other(Of(2));
  ASSERT_EQ(Feed(other, {Cut(execution, 32), mixed}), Progress::kComplete);
  EXPECT_EQ(Splits(other, 0, SplitCause::kOther), 6u);
}

TEST(AlignerSplits, DeviceAccessesAreToldWhetherBeforeOrAfterTheBoundary) {
  const Execution execution = testing::Straight(24);
  for (uint64_t icount : {11, 12, 13}) {
    Recording cut = Cut(execution, 8);
    Block rest = cut.blocks[1];
    rest.icount = 12;
    rest.digests = execution.points[12].digests;
    rest.info.pc = execution.points[12].pc;
    rest.info.n_insns = 4;
    rest.info.offsets.resize(4);
    cut.blocks.insert(cut.blocks.begin() + 2, rest);
    state::Event mmio;
    mmio.kind = state::EventKind::kMmio;
    mmio.n_fields = 4;
    mmio.icount = icount;
    cut.blocks[icount < 12 ? 2 : 3].events = {mmio};
    VcpuAligner aligner(Of(2));
    ASSERT_EQ(Feed(aligner, {Cut(execution, 8), cut}), Progress::kComplete);
    EXPECT_EQ(Splits(aligner, 0, SplitCause::kDevice), 1u) << icount;
    EXPECT_EQ(aligner.stats(0).splits, 1u);
  }
}

TEST(AlignerSplits, AShortBlockBeforeATrapIsTold) {
  for (const bool interrupt : {true, false}) {
    Execution execution = testing::Straight(32);
    for (uint64_t c = 13; c <= 32; ++c) execution.points[c].pc += 0x1000;
    execution.points[13].traps = {interrupt ? testing::Interrupt(13, 7, 0x80000034)
                                            : testing::Exception(13, 7, 0x80000034, 0)};
    Recording cut = Cut(execution, 8);
    Block rest = cut.blocks[1];
    rest.icount = 11;
    rest.digests = execution.points[11].digests;
    rest.info.pc = execution.points[11].pc;
    rest.info.n_insns = 2;
    rest.info.offsets.resize(2);
    cut.blocks[1].info.n_insns = 3;
    cut.blocks[1].info.offsets.resize(3);
    cut.blocks.insert(cut.blocks.begin() + 2, rest);
    VcpuAligner aligner(Of(2));
    ASSERT_EQ(Feed(aligner, {Cut(execution, 8), cut}), Progress::kComplete);
    EXPECT_EQ(Splits(aligner, 0, interrupt ? SplitCause::kInterrupt : SplitCause::kException), 1u);
    EXPECT_EQ(aligner.stats(0).splits, 1u);
  }
}

TEST(AlignerSplits, TheEndOfAWindowIsTold) {
  Execution execution = testing::Straight(65700);
  for (auto& point : execution.points) point.pc = kResetPc + 4 * ((point.pc - kResetPc) / 4 % 900);
  Recording cut = Cut(execution, 100);
  Recording whole = Cut(execution, 100);
  const auto at = std::find_if(cut.blocks.begin(), cut.blocks.end(),
                               [](const Block& block) { return block.icount > 65536; });
  ASSERT_NE(at, cut.blocks.end());
  Block rest = *std::prev(at);
  const uint64_t skipped = 65536 - rest.icount;
  ASSERT_GT(skipped, 0u);
  rest.icount = 65536;
  rest.digests = execution.points[65536].digests;
  rest.info.pc = execution.points[65536].pc;
  rest.info.n_insns -= static_cast<uint32_t>(skipped);
  rest.info.offsets.resize(rest.info.n_insns);
  cut.blocks.insert(at, rest);
  VcpuAligner aligner(Of(2));
  ASSERT_EQ(Feed(aligner, {whole, cut}), Progress::kComplete);
  EXPECT_EQ(Splits(aligner, 0, SplitCause::kWindow), 1u);
  EXPECT_EQ(aligner.stats(0).splits, 1u);
}

TEST(Aligner, ExceptionsAreComparedByCauseEpcTval) {
  for (int field = 0; field < 6; ++field) {
    Execution good = testing::Straight(20);
    good.points[8].traps = {testing::Exception(8, 13, 0x8000001c, 0x1234)};
    Execution bad = good;
    bad.points[8].traps[0].fields[field] ^= 1;
    VcpuAligner aligner(Of(2));
    const Progress progress = Feed(aligner, {Cut(good, 16), Cut(bad, 16)});
    if (field < 3) {
      ASSERT_EQ(progress, Progress::kDiverged) << field;
      EXPECT_EQ(aligner.mismatch().kind, Kind::kException);
      EXPECT_EQ(aligner.mismatch().icount, 8u);
    } else {
      EXPECT_EQ(progress, Progress::kComplete) << field;
    }
  }
}

TEST(Aligner, InterruptsAreComparedByCause) {
  for (int field = 0; field < 6; ++field) {
    Execution good = testing::Straight(20);
    good.points[8].traps = {testing::Interrupt(8, 7, 0x8000001c)};
    Execution bad = good;
    bad.points[8].traps[0].fields[field] ^= 1;
    VcpuAligner aligner(Of(2));
    const Progress progress = Feed(aligner, {Cut(good, 16), Cut(bad, 16)});
    EXPECT_EQ(progress, field == 0 ? Progress::kDiverged : Progress::kComplete) << field;
  }
}

TEST(Aligner, ATrapInsideOfAnothersBlockDiverges) {
  Execution good = testing::Straight(20);
  Execution bad = good;
  bad.points[9].traps = {testing::Interrupt(9, 7, 0x80000024)};  // to the very next pc
  VcpuAligner aligner(Of(2));
  EXPECT_EQ(Feed(aligner, {Cut(good, 4), Cut(bad, 4)}), Progress::kDiverged);
  EXPECT_EQ(aligner.mismatch().kind, Kind::kInterrupt);
  EXPECT_EQ(aligner.mismatch().icount, 9u);
  EXPECT_EQ(aligner.mismatch().detail, "interrupt none (A) against cause 7 at pc 0x80000024 (B)");
}

// A QEMU plugin tells of no traps: the handlers' pcs are compared all the same.
TEST(Aligner, TrapsAreLeftOutWhenNotAllStreamsTellOfThem) {
  Execution tells = testing::Straight(20);
  tells.points[9].traps = {testing::Exception(9, 5, 0x80000020, 0x10)};
  const Execution silent = testing::Straight(20);
  Options options = Of(2);
  options.compare_traps = false;
  VcpuAligner aligner(options);
  EXPECT_EQ(Feed(aligner, {Cut(tells, 4), Cut(silent, 4)}), Progress::kComplete);
  VcpuAligner strict(Of(2));
  EXPECT_EQ(Feed(strict, {Cut(tells, 4), Cut(silent, 4)}), Progress::kDiverged);
}

TEST(Aligner, SeveralTrapsAtOneIcountAreComparedInOrder) {
  Execution good = testing::Straight(20);
  good.points[8].traps = {testing::Interrupt(8, 7, 0x10), testing::Exception(8, 12, 0x20, 0x20)};
  Execution bad = good;
  std::swap(bad.points[8].traps[0], bad.points[8].traps[1]);
  VcpuAligner same(Of(2));
  EXPECT_EQ(Feed(same, {Cut(good, 4), Cut(good, 5)}), Progress::kComplete);
  VcpuAligner swapped(Of(2));
  EXPECT_EQ(Feed(swapped, {Cut(good, 4), Cut(bad, 4)}), Progress::kDiverged);
  EXPECT_EQ(swapped.mismatch().kind, Kind::kException);
}

TEST(Aligner, AStreamThatEndsEarlyDivergesByLength) {
  const Execution good = testing::Straight(40);
  for (uint64_t end : {uint64_t{16}, uint64_t{19}}) {
    Execution bad = testing::Straight(end);
    VcpuAligner aligner(Of(2));
    EXPECT_EQ(Feed(aligner, {Cut(good, 8), Cut(bad, 8)}), Progress::kDiverged);
    EXPECT_EQ(aligner.mismatch().kind, Kind::kLength);
    EXPECT_EQ(aligner.mismatch().icount, end);
    EXPECT_THAT(aligner.mismatch().detail, HasSubstr("exit code 0 (B)"));
  }
}

TEST(Aligner, EndsAreCompared) {
  const Execution good = testing::Straight(40);
  Execution console = good;
  console.console_digest = 9;
  Execution code = good;
  code.exit_code = 3;
  Execution reason = good;
  reason.reason = state::EndReason::kHalted;
  Execution digest = good;
  digest.points.back().digests[3] ^= 1;
  const std::vector<std::pair<Execution, Kind>> cases = {
      {console, Kind::kConsole}, {code, Kind::kExit}, {reason, Kind::kExit}, {digest, Kind::kMem}};
  for (const auto& [bad, kind] : cases) {
    VcpuAligner aligner(Of(2));
    EXPECT_EQ(Feed(aligner, {Cut(good, 8), Cut(bad, 8)}), Progress::kDiverged);
    EXPECT_EQ(aligner.mismatch().kind, kind);
    EXPECT_EQ(aligner.mismatch().icount, 40u);
  }
}

TEST(Aligner, KindsHaveThePrecedenceOfTheDesign) {
  Execution good = testing::Straight(20);
  good.points[8].traps = {testing::Exception(8, 13, 0x10, 0x20), testing::Interrupt(8, 7, 0x10)};
  Execution bad = good;
  auto& point = bad.points[8];
  point.pc ^= 0x1000;
  for (uint64_t c = 9; c <= 20; ++c) bad.points[c].pc ^= 0x1000;
  point.traps[0].fields[0] = 2;
  point.traps[1].fields[0] = 5;
  for (auto& digest : point.digests) digest ^= 1;
  const auto kind_of = [&](const Execution& other) {
    VcpuAligner aligner(Of(2));
    EXPECT_EQ(Feed(aligner, {Cut(good, 8), Cut(other, 8)}), Progress::kDiverged);
    return aligner.mismatch().kind;
  };
  EXPECT_EQ(kind_of(bad), Kind::kPc);
  for (uint64_t c = 8; c <= 20; ++c) bad.points[c].pc = good.points[c].pc;
  EXPECT_EQ(kind_of(bad), Kind::kException);
  point.traps[0] = good.points[8].traps[0];
  EXPECT_EQ(kind_of(bad), Kind::kInterrupt);
  point.traps[1] = good.points[8].traps[1];
  for (int g = 0; g < state::kGroups; ++g) {
    EXPECT_EQ(kind_of(bad), static_cast<Kind>(static_cast<int>(Kind::kGpr) + g));
    point.digests[g] = good.points[8].digests[g];
  }
}

TEST(AlignerMany, OneOutlierOfThreeIsNamed) {
  const Execution good = testing::Straight(40);
  Execution bad = good;
  for (uint64_t c = 9; c <= 40; ++c) bad.points[c].digests[0] ^= 1;
  VcpuAligner aligner(Of(3));
  EXPECT_EQ(Feed(aligner, {Cut(good, 4), Cut(bad, 4), Cut(good, 4)}), Progress::kDiverged);
  EXPECT_THAT(aligner.mismatch().outliers, ElementsAre(1));
  EXPECT_THAT(aligner.mismatch().groups, ElementsAre(ElementsAre(0, 2), ElementsAre(1)));
}

TEST(AlignerMany, WithoutMajorityAllAreNamed) {
  const Execution good = testing::Straight(40);
  Execution bad = good;
  Execution worse = good;
  for (uint64_t c = 9; c <= 40; ++c) bad.points[c].digests[0] ^= 1;
  for (uint64_t c = 9; c <= 40; ++c) worse.points[c].digests[0] ^= 2;
  VcpuAligner aligner(Of(3));
  EXPECT_EQ(Feed(aligner, {Cut(good, 4), Cut(bad, 4), Cut(worse, 4)}), Progress::kDiverged);
  EXPECT_THAT(aligner.mismatch().outliers, ElementsAre(0, 1, 2));
}

TEST(AlignerMany, TwoOutliersOfFiveWithDifferentFaults) {
  const Execution good = testing::Straight(40);
  Execution bad = good;
  Execution worse = good;
  for (uint64_t c = 9; c <= 40; ++c) bad.points[c].digests[0] ^= 1;
  for (uint64_t c = 10; c <= 40; ++c) worse.points[c].pc += 0x100;
  VcpuAligner aligner(Of(5));
  EXPECT_EQ(
      Feed(aligner, {Cut(good, 10), Cut(bad, 10), Cut(good, 5), Cut(worse, 10), Cut(good, 10)}),
      Progress::kDiverged);
  EXPECT_EQ(aligner.mismatch().kind, Kind::kPc);
  EXPECT_EQ(aligner.mismatch().icount, 10u);
  EXPECT_THAT(aligner.mismatch().outliers, ElementsAre(1, 3));
  EXPECT_THAT(aligner.mismatch().groups,
              ElementsAre(ElementsAre(0, 2, 4), ElementsAre(1), ElementsAre(3)));
}

TEST(AlignerMany, AStreamInsideOfABlockVotesByItsPc) {
  const Execution good = testing::Straight(40);
  Execution bad = good;
  for (uint64_t c = 10; c <= 40; ++c) bad.points[c].pc += 0x100;
  VcpuAligner aligner(Of(3));
  EXPECT_EQ(Feed(aligner, {Cut(bad, 10), Cut(good, 20), Cut(good, 5)}), Progress::kDiverged);
  EXPECT_EQ(aligner.mismatch().kind, Kind::kPc);
  EXPECT_THAT(aligner.mismatch().outliers, ElementsAre(0));
}

TEST(AlignerMany, AStreamInsideOfABlockAbstainsOnDigests) {
  const Execution good = testing::Straight(40);
  Execution bad = good;
  for (uint64_t c = 10; c <= 40; ++c) bad.points[c].digests[0] ^= 1;
  VcpuAligner aligner(Of(3));
  EXPECT_EQ(Feed(aligner, {Cut(bad, 10), Cut(good, 20), Cut(good, 5)}), Progress::kDiverged);
  EXPECT_THAT(aligner.mismatch().groups, ElementsAre(ElementsAre(0), ElementsAre(2)));
  EXPECT_THAT(aligner.mismatch().outliers, ElementsAre(0, 2));
}

// Nobody knows where it is, so that it cannot outvote the one that is known to be elsewhere.
TEST(AlignerMany, AStreamInsideOfABlockWithoutLayoutHasNoVote) {
  const Execution good = testing::Straight(40);
  Execution bad = good;
  for (uint64_t c = 10; c <= 40; ++c) bad.points[c].pc += 0x100;
  VcpuAligner aligner(Of(3));
  EXPECT_EQ(Feed(aligner, {Cut(bad, 10), Cut(good, 20), Cut(good, 20, false)}),
            Progress::kDiverged);
  EXPECT_EQ(aligner.mismatch().icount, 10u);
  EXPECT_THAT(aligner.mismatch().groups, ElementsAre(ElementsAre(0), ElementsAre(1)));
  EXPECT_THAT(aligner.mismatch().outliers, ElementsAre(0, 1));
}

TEST(AlignerMany, DroppedOutliersAreIgnoredAndTheOthersGoOn) {
  const Execution good = testing::Straight(400);
  Execution bad = good;
  for (uint64_t c = 9; c <= 400; ++c) bad.points[c].digests[0] ^= 1;
  Rng rng(3);
  VcpuAligner aligner(Of(3));
  const std::vector<Recording> recordings = {Cut(good, 4), Cut(bad, 4), Cut(good, 6)};
  std::vector<std::vector<state::Batch>> batches;
  for (const auto& recording : recordings) batches.push_back(testing::Pack(recording, {}, rng));
  for (size_t i : {0, 1, 2}) ASSERT_TRUE(aligner.Push(i, batches[i][0]).ok());
  ASSERT_EQ(aligner.Advance(), Progress::kDiverged);
  aligner.Drop({1});
  EXPECT_EQ(aligner.Advance(), Progress::kNeedMore);
  for (size_t i : {0, 1, 2}) {
    for (size_t b = 1; b < batches[i].size(); ++b) {
      ASSERT_TRUE(aligner.Push(i, batches[i][b]).ok());
    }
  }
  EXPECT_EQ(aligner.Advance(), Progress::kComplete);
  EXPECT_EQ(aligner.verified_icount(), 400u);
  for (size_t i : {0, 1, 2}) {
    EXPECT_EQ(aligner.stats(i).records_consumed, aligner.stats(i).records_received) << i;
  }
}

struct BrokenCase {
  const char* name;
  void (*break_it)(std::vector<state::Batch>&);
  const char* message;
};

class AlignerBroken : public ::testing::TestWithParam<BrokenCase> {};

TEST_P(AlignerBroken, IsTroubleThatNamesTheInstance) {
  const Execution execution = testing::Straight(64);
  Rng rng(4);
  std::vector<state::Batch> good = testing::Pack(Cut(execution, 4), {.batch_blocks = 4}, rng);
  std::vector<state::Batch> bad = good;
  GetParam().break_it(bad);
  VcpuAligner aligner(Of(2));
  absl::Status status;
  for (auto& batch : good) ASSERT_TRUE(aligner.Push(0, batch).ok());
  for (auto& batch : bad) status.Update(aligner.Push(1, batch));
  ASSERT_EQ(aligner.Advance(), Progress::kTrouble);
  EXPECT_EQ(aligner.trouble().instance, 1u);
  EXPECT_THAT(aligner.trouble().reason, HasSubstr(GetParam().message));
  if (!status.ok()) {
    EXPECT_THAT(status.message(), HasSubstr("instance B, vCPU 0: "));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Invariants, AlignerBroken,
    ::testing::Values(
        BrokenCase{"SequenceGap", [](auto& b) { b.erase(b.begin() + 1); },
                   "sends batch 2 where batch 1 is due"},
        BrokenCase{"Duplicate", [](auto& b) { b[2] = b[1]; }, "sends batch 1 where batch 2 is due"},
        BrokenCase{"Columns", [](auto& b) { b[1].icount_offsets.pop_back(); },
                   "columns of unequal length"},
        BrokenCase{"NoGpr", [](auto& b) { b[1].gpr_digests.clear(); }, "no gpr digests"},
        BrokenCase{"Placed", [](auto& b) { b[1].infos[0].before = 5; }, "a block info is placed"},
        BrokenCase{"PlacedOutOfOrder", [](auto& b) { b[1].infos[0].before = 3; },
                   "a block info is placed"},
        BrokenCase{"NoInstructions", [](auto& b) { b[1].infos[0].value.n_insns = 0; },
                   "describes block"},
        BrokenCase{"Offsets", [](auto& b) { b[1].infos[0].value.offsets.pop_back(); },
                   "describes block"},
        BrokenCase{"BadId", [](auto& b) { b[1].infos[0].value.id = 0x80000000; },
                   "describes block"},
        BrokenCase{"Undescribed", [](auto& b) { b[1].block_ids[2] = 999; },
                   "enters block 999 at icount 24 without having described it"},
        BrokenCase{"UndescribedFar", [](auto& b) { b[1].block_ids[2] = 0xffffffff; },
                   "enters block 4294967295 at icount 24"},
        BrokenCase{"Back", [](auto& b) { b[1].icount_offsets[2] = 3; },
                   "goes back from icount 20 to 19"},
        BrokenCase{"Gap", [](auto& b) { b[1].icount_offsets[2] = 9; },
                   "goes on at icount 25, past the end of its block of icounts 20 to 24"},
        BrokenCase{"DroppedBlock",
                   [](auto& b) {
                     b[1].block_ids.erase(b[1].block_ids.begin() + 2);
                     b[1].icount_offsets.erase(b[1].icount_offsets.begin() + 2);
                     b[1].gpr_digests.erase(b[1].gpr_digests.begin() + 2);
                     for (auto& p : b[1].infos) p.before = std::min(p.before, 2u);
                     for (auto& p : b[1].group_updates) p.before = std::min(p.before, 2u);
                   },
                   "goes on at icount 28, past the end"},
        BrokenCase{"EndPast", [](auto& b) { b.back().end->icount = 80; },
                   "goes on at icount 80, past the end"},
        BrokenCase{"AfterEnd",
                   [](auto& b) {
                     b.push_back(b.back());
                     b.back().sequence++;
                   },
                   "after its end"},
        BrokenCase{"TrapElsewhere",
                   [](auto& b) {
                     b[1].events.push_back({2, testing::Interrupt(7, 7, 0)});
                   },
                   "reports an interrupt at icount 7, right before icount 24"},
        BrokenCase{"DescribesForEver",
                   [](auto& b) {
                     const auto info = b[1].infos[0];
                     b[1].infos.insert(b[1].infos.begin(), (1u << 16) + 2, info);
                   },
                   "again and again"},
        BrokenCase{"TrapsForEver",
                   [](auto& b) {
                     for (int i = 0; i < 4097; ++i) {
                       b[1].events.push_back({2, testing::Exception(24, 1, 0, 0)});
                     }
                   },
                   "takes more than 4096 exceptions and interrupts at icount 24 without beginning "
                   "an instruction"},
        BrokenCase{"LateStart",
                   [](auto& b) {
                     for (auto& x : b) x.first_icount += 4;
                   },
                   "has its first boundary at icount 4; comparing begins at icount 0"},
        BrokenCase{
            "UnknownGroup",
            [](auto& b) { b[1].group_updates[0].value.group = static_cast<state::Group>(9); },
            "unknown group 9"},
        BrokenCase{"Registers",
                   [](auto& b) {
                     b[1].registers.push_back({0, {16, {1, 2, 3}}});
                   },
                   "3 register values for 0 declared registers"},
        BrokenCase{"GaveUp",
                   [](auto& b) {
                     b.back().end->reason = state::EndReason::kError;
                     b.back().end->text = "unsupported CSR";
                   },
                   "gave up at icount 64: unsupported CSR"},
        BrokenCase{"Stopped", [](auto& b) { b.back().end->reason = state::EndReason::kStopped; },
                   "was stopped at icount 64 before the guest's end"}),
    [](const auto& info) { return info.param.name; });

TEST(Aligner, ADivergenceBeforeABrokenRecordIsFoundFirst) {
  const Execution good = testing::Straight(64);
  Execution bad = good;
  for (uint64_t c = 9; c <= 64; ++c) bad.points[c].digests[0] ^= 1;
  Rng rng(4);
  VcpuAligner aligner(Of(2));
  ASSERT_TRUE(aligner.Push(0, testing::Pack(Cut(good, 4), {}, rng)[0]).ok());
  state::Batch batch = testing::Pack(Cut(bad, 4), {}, rng)[0];
  batch.icount_offsets[8] = 100;
  ASSERT_TRUE(aligner.Push(1, batch).ok());
  EXPECT_EQ(aligner.Advance(), Progress::kDiverged);
  EXPECT_EQ(aligner.mismatch().icount, 12u);
}

TEST(Aligner, TooFarWithoutACommonBoundaryIsTrouble) {
  const Execution execution = testing::Straight(4000);
  Options options = Of(2);
  options.max_split_insns = 100;
  VcpuAligner aligner(options);
  // One always at even icounts, one at odd ones after the first.
  Recording odd = Cut(execution, 1);
  odd.blocks.erase(odd.blocks.begin() + 1);
  odd.blocks[0].info.n_insns = 2;
  odd.blocks[0].info.offsets = {0, 4};
  Recording a = Cut(execution, 2);
  Recording b;
  Rng rng(5);
  Execution shifted = execution;
  shifted.points.erase(shifted.points.begin());
  b = Cut(shifted, 2);
  for (auto& block : b.blocks) ++block.icount;
  Block first = a.blocks[0];
  first.info.n_insns = 1;
  first.info.offsets = {0};
  b.blocks.insert(b.blocks.begin(), first);
  b.end = a.end;
  EXPECT_EQ(Feed(aligner, {a, b}), Progress::kTrouble);
  EXPECT_FALSE(aligner.trouble().instance.has_value());
  EXPECT_THAT(aligner.trouble().reason,
              HasSubstr("from icount 0 to 101, more than max_split_insns=100"));
}

TEST(Aligner, TheLastBlockWaitsForItsSuccessorUnlessTheStreamIsClosed) {
  const Execution good = testing::Straight(12);
  Execution bad = good;
  for (uint64_t c = 5; c <= 12; ++c) bad.points[c].digests[0] ^= 1;
  Recording a = Cut(good, 4);
  Recording b = Cut(bad, 4);
  a.end.reset();
  b.end.reset();
  a.blocks.pop_back();  // blocks at 0 and 4
  b.blocks.pop_back();
  b.blocks[1].digests[0] ^= 1;  // differs in the last block
  VcpuAligner aligner(Of(2));
  EXPECT_EQ(Feed(aligner, {a, b}), Progress::kNeedMore);
  EXPECT_EQ(aligner.verified_icount(), 0u);
  EXPECT_THAT(aligner.starved(), ElementsAre(0, 1));
  aligner.Close(0);
  aligner.Close(1);
  EXPECT_EQ(aligner.Advance(), Progress::kDiverged);
  EXPECT_EQ(aligner.mismatch().icount, 4u);
}

TEST(Aligner, StepLimitHolds) {
  const Execution execution = testing::Straight(40);
  Rng rng(1);
  VcpuAligner aligner(Of(2));
  for (size_t i : {0, 1}) {
    state::Batch batch = testing::Pack(Cut(execution, 4), {}, rng)[0];
    batch.step_bases.push_back({0, 1000});
    ASSERT_TRUE(aligner.Push(i, batch).ok());
  }
  EXPECT_EQ(aligner.Advance(1020), Progress::kHeld);
  EXPECT_EQ(aligner.verified_icount(), 16u);
  EXPECT_EQ(aligner.Advance(), Progress::kComplete);
}

TEST(Aligner, TlbFillsAreComparedOnlyWhenAsked) {
  Execution execution = testing::Straight(40);
  Recording a = Cut(execution, 4);
  Recording b = Cut(execution, 4);
  state::Event fill;
  fill.kind = state::EventKind::kTlbFill;
  fill.n_fields = 8;
  fill.icount = 9;
  fill.fields = {0x1000, 0x80001000, 4096, 0, 0, 8, 0xcf, 1};
  a.blocks[3].events = {fill};
  for (bool compare : {false, true}) {
    Options options = Of(2);
    options.compare_tlb_fills = compare;
    VcpuAligner aligner(options);
    EXPECT_EQ(Feed(aligner, {a, b}), compare ? Progress::kDiverged : Progress::kComplete);
    if (compare) {
      EXPECT_EQ(aligner.mismatch().kind, Kind::kTlb);
      EXPECT_EQ(aligner.mismatch().icount, 12u);
    }
    EXPECT_EQ(aligner.Fills(0).size(), 1u);
  }
}

TEST(Aligner, HistoryHoldsTheLastBlocksEvenWhenIdsAreReused) {
  const Execution execution = testing::Straight(100);
  Options options = Of(2);
  options.history_blocks = 5;
  VcpuAligner aligner(options);
  Recording a = Cut(execution, 4);
  a.end.reset();
  EXPECT_EQ(Feed(aligner, {a, a}, {.batch_blocks = 3, .block_ids = 2}), Progress::kNeedMore);
  const std::vector<RetainedBlock> blocks = aligner.Blocks(1);
  ASSERT_GE(blocks.size(), 5u);
  EXPECT_EQ(blocks.back().icount, 92u);  // the block at 96 waits for its successor
  for (size_t i = 0; i < blocks.size(); ++i) {
    EXPECT_EQ(blocks[i].icount, 92 - 4 * (blocks.size() - 1 - i));
    EXPECT_EQ(blocks[i].info.pc, kResetPc + 4 * blocks[i].icount);
    EXPECT_EQ(blocks[i].digests[3], 400 + blocks[i].icount);
    EXPECT_TRUE(blocks[i].agreed);
    if (i + 1 < blocks.size()) {
      EXPECT_EQ(blocks[i].executed, 4u);
    }
  }
}

TEST(Aligner, ComparingCanBeginLater) {
  const Execution execution = testing::Straight(100);
  Options options = Of(2);
  options.start_icount = 40;
  VcpuAligner aligner(options);
  Recording a = Cut(execution, 4);
  Recording b = Cut(execution, 10);
  a.blocks.erase(a.blocks.begin(), a.blocks.begin() + 10);
  a.blocks[0].digests = execution.points[40].digests;
  EXPECT_EQ(Feed(aligner, {a, b}), Progress::kComplete);
  EXPECT_EQ(aligner.boundaries(), 15u + 6 - 3);
}

TEST(Aligner, RegistersAreRetained) {
  const Execution execution = testing::Straight(8);
  Recording a = Cut(execution, 1);
  for (auto& block : a.blocks) block.registers = state::Registers{block.icount, {block.icount}};
  VcpuAligner aligner(Of(2));
  EXPECT_EQ(Feed(aligner, {a, a}, {.register_names = {{"gpr", "ra"}}}), Progress::kComplete);
  EXPECT_EQ(aligner.RegisterNames(0).at(0).name, "ra");
  ASSERT_EQ(aligner.RegisterSets(0).size(), 8u);
  EXPECT_EQ(aligner.RegisterSets(0)[5].values[0], 5u);
}

}  // namespace
}  // namespace lockstep::align

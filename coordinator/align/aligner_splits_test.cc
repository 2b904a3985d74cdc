// Splits: those that look like divergences and are none, and what is told of their causes.
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/align/aligner.h"
#include "coordinator/align/aligner_testing.h"
#include "coordinator/align/execution_testing.h"

namespace lockstep::align {
namespace {

using report::Kind;
using testing::Block;
using testing::Cut;
using testing::Execution;
using testing::Feed;
using testing::kAllGroups;
using testing::kResetPc;
using testing::Of;
using testing::Recording;
using testing::Rng;
using testing::Shape;

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

}  // namespace
}  // namespace lockstep::align

#include "coordinator/align/aligner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/align/aligner_testing.h"
#include "coordinator/align/execution_testing.h"

namespace lockstep::align {
namespace {

using report::Kind;
using testing::Block;
using testing::Cut;
using ::testing::ElementsAre;
using testing::Execution;
using testing::Feed;
using ::testing::HasSubstr;
using testing::kAllGroups;
using testing::kResetPc;
using testing::Of;
using testing::Recording;
using testing::Rng;
using testing::Shape;

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

// Properties of the aligner over random executions, cut and batched at random:
// no false alarm, and of a planted corruption exactly the first visible icount, its kind, and who.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/align/aligner.h"
#include "coordinator/align/execution_testing.h"

namespace lockstep::align {
namespace {

using testing::Execution;
using testing::Recording;
using testing::Rng;

// Everything about a case but the corruption.
struct Case {
  uint64_t seed = 0;
  size_t instances = 2;
  uint64_t insns = 1;
  bool overlong = false;
  bool layout = true;
  uint32_t block_ids = 1;
};

Case DrawCase() {
  Case c;
  c.seed = *rc::gen::arbitrary<uint64_t>();
  c.instances = *rc::gen::element<size_t>(2, 3, 5);
  c.insns = *rc::gen::inRange<uint64_t>(2, 400);
  c.overlong = *rc::gen::arbitrary<bool>();
  c.layout = *rc::gen::inRange(0, 4) != 0;
  c.block_ids = *rc::gen::element<uint32_t>(1, 3, 1000);
  return c;
}

Recording RecordAtRandom(const Execution& execution, const Case& c, Rng& rng) {
  testing::Shape shape;
  shape.max_block_insns = 1 + static_cast<uint32_t>(rng() % 24);
  shape.random_lengths = rng() % 2 != 0;
  shape.overlong_insns = c.overlong ? 5 : 0;
  shape.layout = c.layout;
  return testing::Record(execution, shape, rng);
}

// Feeds the recordings in random order, advancing at random times.
void Feed(VcpuAligner& aligner, const std::vector<Recording>& recordings, const Case& c, Rng& rng) {
  std::vector<std::vector<state::Batch>> batches;
  std::vector<size_t> at(recordings.size());
  size_t left = 0;
  for (const Recording& recording : recordings) {
    testing::Packing packing;
    packing.batch_blocks = 1 + static_cast<uint32_t>(rng() % 40);
    packing.random_sizes = rng() % 2 != 0;
    packing.block_ids = c.block_ids;
    batches.push_back(testing::Pack(recording, packing, rng));
    left += batches.back().size();
  }
  while (left > 0) {
    const size_t i = rng() % batches.size();
    if (at[i] == batches[i].size()) continue;
    const absl::Status status = aligner.Push(i, std::move(batches[i][at[i]++]));
    RC_ASSERT(status.ok());
    --left;
    if (rng() % 3 == 0) aligner.Advance();
  }
  aligner.Advance();
}

Options OptionsOf(const Case& c) {
  Options options;
  for (size_t i = 0; i < c.instances; ++i) options.instances.push_back(std::string(1, "ABCDE"[i]));
  options.groups = testing::kAllGroups;
  options.history_blocks = 3;
  return options;
}

// Plants one fault at a random place. `mark` makes two faults different from each other.
void Corrupt(Execution& execution, uint64_t mark, Rng& rng) {
  const uint64_t end = execution.icount();
  const uint64_t c = 1 + rng() % end;
  switch (rng() % 8) {
    case 0: {  // pc, until the next jump
      uint64_t stop = c;
      do {
        execution.points[stop].pc += 0x1000 + mark;
      } while (++stop <= end && !execution.MustCut(stop) &&
               execution.points[stop].pc == execution.points[stop - 1].pc + 4);
      break;
    }
    case 1:
    case 2:
    case 3:
    case 4: {  // a digest, until it is overwritten
      const int group = static_cast<int>(rng() % state::kGroups);
      const uint64_t stop = rng() % 3 == 0 ? end + 1 : std::min(end + 1, c + 1 + rng() % 20);
      for (uint64_t i = c; i < stop; ++i) execution.points[i].digests[group] ^= mark;
      break;
    }
    case 5:  // a trap that the others do not take
      execution.points[c].traps.push_back(rng() % 2 != 0 ? testing::Interrupt(c, 16 + mark, 0)
                                                         : testing::Exception(c, 16 + mark, 0, 0));
      break;
    case 6:  // an early end
      execution.points.resize(c + 1);
      break;
    default:  // of the end itself
      if (rng() % 2 != 0) {
        execution.exit_code += static_cast<int64_t>(mark);
      } else {
        execution.console_digest += mark;
      }
      break;
  }
}

TEST(AlignerProperty, EqualExecutionsNeverDiverge) {
  EXPECT_TRUE(rc::check([] {
    const Case c = DrawCase();
    Rng rng(c.seed);
    const Execution execution = testing::RandomExecution(c.insns, rng);
    std::vector<Recording> recordings;
    std::set<uint64_t> boundaries;
    for (size_t i = 0; i < c.instances; ++i) {
      recordings.push_back(RecordAtRandom(execution, c, rng));
      for (const auto& block : recordings.back().blocks) boundaries.insert(block.icount);
    }
    uint64_t splits = 0;
    for (const Recording& recording : recordings) {
      splits += boundaries.size() - recording.blocks.size();
    }
    VcpuAligner aligner(OptionsOf(c));
    Feed(aligner, recordings, c, rng);
    RC_ASSERT(aligner.state() == Progress::kComplete);
    RC_ASSERT(aligner.verified_icount() == c.insns);
    RC_ASSERT(aligner.boundaries() == boundaries.size());
    RC_ASSERT(aligner.splits() == splits);
    for (size_t i = 0; i < c.instances; ++i) {
      RC_ASSERT(aligner.stats(i).records_consumed == aligner.stats(i).records_received);
    }
  }));
}

void CheckCorruption(size_t faults) {
  const Case c = DrawCase();
  RC_PRE(faults < c.instances);
  Rng rng(c.seed);
  const Execution good = testing::RandomExecution(c.insns, rng);
  std::vector<Execution> executions(c.instances, good);
  std::set<size_t> corrupted;
  while (corrupted.size() < faults) {
    const size_t i = rng() % c.instances;
    if (corrupted.insert(i).second) Corrupt(executions[i], 2 * (i + 1), rng);
  }
  std::vector<Recording> recordings;
  for (const Execution& execution : executions) {
    recordings.push_back(RecordAtRandom(execution, c, rng));
  }
  const auto expected = testing::FindFirstDifference(executions, recordings, testing::kAllGroups);
  VcpuAligner aligner(OptionsOf(c));
  Feed(aligner, recordings, c, rng);
  if (!expected) {
    RC_ASSERT(aligner.state() == Progress::kComplete);
    RC_TAG("not visible");
    return;
  }
  RC_ASSERT(aligner.state() == Progress::kDiverged);
  const Mismatch& mismatch = aligner.mismatch();
  RC_ASSERT(mismatch.icount == expected->icount);
  RC_ASSERT(mismatch.kind == expected->kind);
  const std::set<size_t> named(mismatch.outliers.begin(), mismatch.outliers.end());
  // Two corrupted streams can look alike, and outvote the good one: nobody can tell then.
  const bool conspiracy = std::any_of(
      mismatch.groups.begin(), mismatch.groups.end(), [&](const std::vector<size_t>& group) {
        return std::count_if(group.begin(), group.end(),
                             [&](size_t i) { return corrupted.count(i) != 0; }) > 1;
      });
  if (!conspiracy) {
    RC_ASSERT(std::any_of(corrupted.begin(), corrupted.end(),
                          [&](size_t i) { return named.count(i) != 0; }));
    size_t voters = 0;
    for (const auto& group : mismatch.groups) voters += group.size();
    if (named.size() < voters) {  // there was a majority: only the corrupted are named
      RC_ASSERT(std::includes(corrupted.begin(), corrupted.end(), named.begin(), named.end()));
    }
  }
  RC_ASSERT(aligner.verified_icount() < std::max<uint64_t>(mismatch.icount, 1));
}

TEST(AlignerProperty, OneCorruptionIsFoundExactly) {
  EXPECT_TRUE(rc::check([] { CheckCorruption(1); }));
}

TEST(AlignerProperty, TwoCorruptionsFindTheFirst) {
  EXPECT_TRUE(rc::check([] { CheckCorruption(2); }));
}

TEST(AlignerProperty, ADroppedBlockIsTroubleOfThatInstance) {
  EXPECT_TRUE(rc::check([] {
    Case c = DrawCase();
    c.overlong = false;
    Rng rng(c.seed);
    const Execution execution = testing::RandomExecution(c.insns, rng);
    std::vector<Recording> recordings;
    for (size_t i = 0; i < c.instances; ++i)
      recordings.push_back(RecordAtRandom(execution, c, rng));
    const size_t victim = rng() % c.instances;
    auto& blocks = recordings[victim].blocks;
    RC_PRE(blocks.size() > 1);
    const size_t dropped = rng() % blocks.size();
    const uint64_t before = blocks[dropped].icount;
    // Its traps are dropped with it, and its digests.
    blocks.erase(blocks.begin() + static_cast<ptrdiff_t>(dropped));
    VcpuAligner aligner(OptionsOf(c));
    Feed(aligner, recordings, c, rng);
    RC_ASSERT(aligner.state() == Progress::kTrouble);
    RC_ASSERT(aligner.trouble().instance == victim);
    RC_ASSERT(aligner.verified_icount() <= before);
  }));
}

}  // namespace
}  // namespace lockstep::align

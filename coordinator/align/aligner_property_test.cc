// Properties of the aligner over random executions, cut and batched at random, of 2 to 5 instances:
// no false alarm, and of a planted corruption (pc, register, store, trap, dropped block, early end,
// or of the end itself) exactly the first visible icount, its kind, and who. What is visible, an
// oracle says that looks at every icount of every stream (execution_testing.h).
//
// RC_PARAMS in the BUILD file sets the cases of each property: 100,000 in all.

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
  int without_layout = 0;  // 0: no stream; 1: all; 2: each at random
  uint32_t block_ids = 1;
};

Case DrawCase() {
  Case c;
  c.seed = *rc::gen::arbitrary<uint64_t>();
  c.instances = *rc::gen::element<size_t>(2, 3, 4, 5);
  c.insns = *rc::gen::inRange<uint64_t>(2, 400);
  c.overlong = *rc::gen::arbitrary<bool>();
  c.without_layout = *rc::gen::element(0, 0, 1, 2);
  c.block_ids = *rc::gen::element<uint32_t>(1, 3, 1000);
  return c;
}

Recording RecordAtRandom(const Execution& execution, const Case& c, Rng& rng) {
  testing::Shape shape;
  shape.max_block_insns = 1 + static_cast<uint32_t>(rng() % 24);
  shape.random_lengths = rng() % 2 != 0;
  shape.overlong_insns = c.overlong ? 5 : 0;
  shape.layout = c.without_layout == 0 || (c.without_layout == 2 && rng() % 2 != 0);
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

enum class Fault { kPc, kRegister, kStore, kTrap, kEarlyEnd, kEnd };
constexpr int kFaults = 6;

// Plants one fault at a random place. `mark` makes two faults different from each other.
void Corrupt(Execution& execution, Fault fault, uint64_t mark, Rng& rng) {
  const uint64_t end = execution.icount();
  const uint64_t c = 1 + rng() % end;
  const auto spoil_digest = [&](int group) {  // until it is overwritten
    const uint64_t stop = rng() % 3 == 0 ? end + 1 : std::min(end + 1, c + 1 + rng() % 20);
    for (uint64_t i = c; i < stop; ++i) execution.points[i].digests[group] ^= mark;
  };
  switch (fault) {
    case Fault::kPc: {  // until the next jump
      uint64_t stop = c;
      do {
        execution.points[stop].pc += 0x1000 + mark;
      } while (++stop <= end && !execution.MustCut(stop) &&
               execution.points[stop].pc == execution.points[stop - 1].pc + 4);
      break;
    }
    case Fault::kRegister:  // gpr, fpr, csr
      spoil_digest(static_cast<int>(rng() % 3));
      break;
    case Fault::kStore:
      spoil_digest(3);
      break;
    case Fault::kTrap:  // that the others do not take
      execution.points[c].traps.push_back(rng() % 2 != 0 ? testing::Interrupt(c, 16 + mark, 0)
                                                         : testing::Exception(c, 16 + mark, 0, 0));
      break;
    case Fault::kEarlyEnd:
      execution.points.resize(c + 1);
      break;
    case Fault::kEnd:
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

const char* Name(report::Kind kind) {
  constexpr const char* kNames[] = {"length", "pc",  "exception", "interrupt", "gpr", "fpr",
                                    "csr",    "mem", "console",   "exit",      "tlb"};
  return kNames[static_cast<int>(kind)];
}

// Of several corrupted streams, some are named, and with a majority nobody else.
void CheckNamed(const Mismatch& mismatch, const std::set<size_t>& corrupted) {
  const std::set<size_t> named(mismatch.outliers.begin(), mismatch.outliers.end());
  // Two corrupted streams can look alike, and outvote the good one: nobody can tell then.
  for (const std::vector<size_t>& group : mismatch.groups) {
    if (std::count_if(group.begin(), group.end(),
                      [&](size_t i) { return corrupted.count(i) != 0; }) > 1) {
      return;
    }
  }
  RC_ASSERT(std::any_of(corrupted.begin(), corrupted.end(),
                        [&](size_t i) { return named.count(i) != 0; }));
  size_t voters = 0;
  for (const auto& group : mismatch.groups) voters += group.size();
  if (named.size() < voters) {
    RC_ASSERT(std::includes(corrupted.begin(), corrupted.end(), named.begin(), named.end()));
  }
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
    if (corrupted.insert(i).second) {
      Corrupt(executions[i], static_cast<Fault>(rng() % kFaults), 2 * (i + 1), rng);
    }
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
  RC_ASSERT(aligner.verified_icount() < std::max<uint64_t>(mismatch.icount, 1));
  if (faults == 1) {
    // The instance alone, if two or more can be told apart from it; else it and the other one.
    const size_t victim = *corrupted.begin();
    std::vector<size_t> named = expected->differs_from[victim];
    RC_ASSERT(!named.empty());
    if (named.size() > 1) named.clear();
    named.push_back(victim);
    std::sort(named.begin(), named.end());
    RC_ASSERT(mismatch.outliers == named);
    RC_TAG(Name(mismatch.kind));
    return;
  }
  CheckNamed(mismatch, corrupted);
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
    for (size_t i = 0; i < c.instances; ++i) {
      recordings.push_back(RecordAtRandom(execution, c, rng));
    }
    const size_t victim = rng() % c.instances;
    auto& blocks = recordings[victim].blocks;
    RC_PRE(blocks.size() > 1);
    const size_t dropped = rng() % blocks.size();
    const uint64_t before = blocks[dropped].icount;
    const uint64_t after =
        dropped + 1 < blocks.size() ? blocks[dropped + 1].icount : recordings[victim].end->icount;
    // Its traps are dropped with it, and its digests.
    blocks.erase(blocks.begin() + static_cast<ptrdiff_t>(dropped));
    VcpuAligner aligner(OptionsOf(c));
    Feed(aligner, recordings, c, rng);
    RC_ASSERT(aligner.state() == Progress::kTrouble);
    RC_ASSERT(aligner.trouble().instance == victim);
    // Everything before it is verified, as far as the others have it; the gap is named.
    RC_ASSERT(aligner.verified_icount() <= before);
    const std::string& reason = aligner.trouble().reason;
    RC_ASSERT(reason.find(dropped == 0 ? "has its first boundary at icount " + std::to_string(after)
                                       : "goes on at icount " + std::to_string(after) +
                                             ", past the end of its block of icounts ") == 0 ||
              (dropped == 0 && blocks.empty()));
  }));
}

}  // namespace
}  // namespace lockstep::align

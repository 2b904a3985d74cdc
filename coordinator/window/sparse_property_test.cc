// Sparse mode has the verdict of dense mode: random executions, cut into blocks at random on each
// side, through real rings; with and without a planted fault, with digests on every block and with
// digests at window ends only.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/align/aligner.h"
#include "coordinator/align/execution_testing.h"
#include "coordinator/window/sparse_testing.h"
#include "coordinator/window/window_checker.h"

namespace lockstep::window {
namespace {

using align::testing::kAllGroups;
using testing::Execution;
using testing::Recording;
using testing::Rng;

struct Case {
  uint64_t seed = 0;
  size_t instances = 2;
  uint64_t insns = 1;
  uint64_t window_insns = 64;
  uint32_t block_ids = 1;
  bool overlong = false;
  bool block_digests = true;
};

Case DrawCase(bool block_digests) {
  Case c;
  c.seed = *rc::gen::arbitrary<uint64_t>();
  c.instances = *rc::gen::element<size_t>(2, 2, 3, 5);
  c.insns = *rc::gen::inRange<uint64_t>(2, 400);
  c.window_insns = *rc::gen::element<uint64_t>(1, 2, 16, 50, 128, 1000);
  c.block_ids = *rc::gen::element<uint32_t>(1, 3, 1000);
  c.overlong = *rc::gen::arbitrary<bool>();
  c.block_digests = block_digests;
  return c;
}

std::vector<Recording> RecordAll(const std::vector<Execution>& executions, const Case& c,
                                 Rng& rng) {
  std::vector<Recording> recordings;
  for (const Execution& execution : executions) {
    align::testing::Shape shape;
    shape.max_block_insns = 1 + static_cast<uint32_t>(rng() % 24);
    shape.random_lengths = rng() % 2 != 0;
    shape.overlong_insns = c.overlong ? 5 : 0;
    recordings.push_back(testing::CutAtWindows(align::testing::Record(execution, shape, rng),
                                               execution, c.window_insns));
  }
  return recordings;
}

align::Options AlignOptions(const Case& c, state::GroupMask groups) {
  align::Options options;
  for (size_t i = 0; i < c.instances; ++i) options.instances.push_back(std::string(1, "ABCDE"[i]));
  options.groups = groups;
  return options;
}

WindowChecker MakeChecker(const Case& c) {
  Options options;
  options.align = AlignOptions(c, kAllGroups);
  options.window_insns = c.window_insns;
  options.block_digests = c.block_digests;
  return WindowChecker(std::move(options));
}

std::vector<std::unique_ptr<testing::SparseStream>> Streams(
    const std::vector<Recording>& recordings, const Case& c, Rng& rng) {
  std::vector<std::unique_ptr<testing::SparseStream>> streams;
  for (const Recording& recording : recordings) {
    testing::StreamOptions options;
    options.window_insns = c.window_insns;
    options.block_digests = c.block_digests;
    options.block_ids = c.block_ids;
    streams.push_back(std::make_unique<testing::SparseStream>(recording, options, rng));
  }
  return streams;
}

// Dense mode.
align::VcpuAligner Dense(const std::vector<Recording>& recordings, const Case& c,
                         state::GroupMask groups, Rng& rng) {
  align::VcpuAligner aligner(AlignOptions(c, groups));
  for (size_t i = 0; i < recordings.size(); ++i) {
    for (state::Batch& batch : align::testing::Pack(recordings[i], {}, rng)) {
      RC_ASSERT(aligner.Push(i, std::move(batch)).ok());
    }
  }
  aligner.Advance();
  return aligner;
}

// Plants one fault at a random place.
void Corrupt(Execution& execution, uint64_t mark, Rng& rng) {
  const uint64_t end = execution.icount();
  const uint64_t c = 1 + rng() % end;
  switch (rng() % 9) {
    case 0:
      execution.points[c].pc += 0x1000 + mark;
      break;
    case 1:
    case 2:
    case 3:
    case 4: {  // a digest, until it is overwritten
      const int group = static_cast<int>(rng() % state::kGroups);
      const uint64_t stop = rng() % 3 == 0 ? end + 1 : std::min(end + 1, c + 1 + rng() % 20);
      for (uint64_t i = c; i < stop; ++i) execution.points[i].digests[group] ^= mark;
      break;
    }
    case 5:
      execution.points[c].traps.push_back(rng() % 2 != 0
                                              ? align::testing::Interrupt(c, 16 + mark, 0)
                                              : align::testing::Exception(c, 16 + mark, 0, 0));
      break;
    case 6:  // an early end
      execution.points.resize(c + 1);
      break;
    case 7: {  // a wrong epc, tval or cause
      for (auto& point : execution.points) {
        if (point.traps.empty()) continue;
        point.traps.front().fields[rng() % 3] ^= mark;
        break;
      }
      break;
    }
    default:  // of the end itself
      if (rng() % 2 != 0) {
        execution.exit_code += static_cast<int64_t>(mark);
      } else {
        execution.console_digest += mark;
      }
      break;
  }
}

TEST(SparseProperty, EqualExecutionsNeverDiverge) {
  EXPECT_TRUE(rc::check([] {
    const Case c = DrawCase(*rc::gen::arbitrary<bool>());
    Rng rng(c.seed);
    const Execution execution = align::testing::RandomExecution(c.insns, rng);
    const auto recordings = RecordAll(std::vector<Execution>(c.instances, execution), c, rng);
    auto streams = Streams(recordings, c, rng);
    WindowChecker checker = MakeChecker(c);
    const testing::SparseRun run = testing::Drive(streams, checker, rng);
    RC_ASSERT(run.problem == "");
    RC_ASSERT(checker.state() == Progress::kComplete);
    RC_ASSERT(checker.verified_icount() == c.insns);
    RC_ASSERT(checker.agreed_windows() == (c.insns + c.window_insns - 1) / c.window_insns);
    if (!c.block_digests) RC_ASSERT(checker.details() == 0u);
    for (size_t i = 0; i < c.instances; ++i) {
      RC_ASSERT(checker.stats(i).blocks == recordings[i].blocks.size());
      streams[i]->scanner().Release(checker.agreed_windows());
      RC_ASSERT(streams[i]->scanner().released() == streams[i]->scanner().scanned());
    }
  }));
}

// Boundaries and splits are counted as in dense mode.
void CheckCounts(const align::VcpuAligner& dense, const WindowChecker& checker, const Case& c) {
  RC_ASSERT(checker.boundaries() == dense.boundaries());
  for (size_t i = 0; i < c.instances; ++i) {
    RC_ASSERT(checker.splits(i) == dense.stats(i).splits);
  }
}

// Of every digest: the verdict is that of dense mode in all that it says.
void CheckSameAsDense(size_t faults) {
  const Case c = DrawCase(true);
  Rng rng(c.seed);
  const Execution good = align::testing::RandomExecution(c.insns, rng);
  std::vector<Execution> executions(c.instances, good);
  for (size_t f = 0; f < faults; ++f) {
    const size_t i = rng() % c.instances;
    Corrupt(executions[i], 2 * (f + 1), rng);
  }
  const auto recordings = RecordAll(executions, c, rng);
  const align::VcpuAligner dense = Dense(recordings, c, kAllGroups, rng);
  auto streams = Streams(recordings, c, rng);
  WindowChecker checker = MakeChecker(c);
  const testing::SparseRun run = testing::Drive(streams, checker, rng);
  RC_ASSERT(run.problem == "");
  if (dense.state() == align::Progress::kComplete) {
    RC_TAG("not visible");
    RC_ASSERT(checker.state() == Progress::kComplete);
    CheckCounts(dense, checker, c);
    return;
  }
  RC_ASSERT(dense.state() == align::Progress::kDiverged);
  RC_ASSERT(checker.state() == Progress::kDiverged);
  RC_TAG(static_cast<int>(dense.mismatch().kind));
  const align::Mismatch& expected = dense.mismatch();
  const align::Mismatch& found = checker.mismatch();
  RC_ASSERT(found.icount == expected.icount);
  RC_ASSERT(found.step == expected.step);
  RC_ASSERT(found.kind == expected.kind);
  RC_ASSERT(found.groups == expected.groups);
  RC_ASSERT(found.outliers == expected.outliers);
  RC_ASSERT(found.detail == expected.detail);
  RC_ASSERT(found.last_agreed_icount == expected.last_agreed_icount);
  RC_ASSERT(!checker.inside_window());
  RC_ASSERT(checker.verified_icount() == dense.verified_icount());
  CheckCounts(dense, checker, c);
  RC_ASSERT(checker.window_start() <= found.icount);
}

TEST(SparseProperty, OneFaultIsFoundAsInDenseMode) {
  EXPECT_TRUE(rc::check([] { CheckSameAsDense(1); }));
}

TEST(SparseProperty, TwoFaultsAreFoundAsInDenseMode) {
  EXPECT_TRUE(rc::check([] { CheckSameAsDense(2); }));
}

// The first window in which executions differ in control flow, or at its end in a digest.
struct Expected {
  uint64_t icount = 0;
  bool inside = false;
};

std::optional<Expected> ExpectWindows(const std::vector<Execution>& executions, const Case& c,
                                      const align::VcpuAligner& flow) {
  uint64_t shortest = UINT64_MAX;
  for (const Execution& e : executions) shortest = std::min(shortest, e.icount());
  const bool flow_differs = flow.state() == align::Progress::kDiverged;
  const uint64_t flow_icount = flow_differs ? flow.mismatch().icount : UINT64_MAX;
  for (uint64_t begin = 0;; begin += c.window_insns) {
    const uint64_t end = std::min(begin + c.window_insns, shortest);
    if (flow_icount <= end) return Expected{flow_icount, false};
    const auto& digests = executions.front().points[end].digests;
    for (const Execution& e : executions) {
      if (e.points[end].digests != digests) return Expected{end, true};
    }
    if (end == shortest) return std::nullopt;
  }
}

TEST(SparseProperty, DigestsAtWindowEndsFindTheWindow) {
  EXPECT_TRUE(rc::check([] {
    const Case c = DrawCase(false);
    Rng rng(c.seed);
    const Execution good = align::testing::RandomExecution(c.insns, rng);
    std::vector<Execution> executions(c.instances, good);
    const size_t victim = rng() % c.instances;
    Corrupt(executions[victim], 2, rng);
    const auto recordings = RecordAll(executions, c, rng);
    const align::VcpuAligner flow = Dense(recordings, c, 0, rng);
    const auto expected = ExpectWindows(executions, c, flow);
    auto streams = Streams(recordings, c, rng);
    WindowChecker checker = MakeChecker(c);
    const testing::SparseRun run = testing::Drive(streams, checker, rng);
    RC_ASSERT(run.problem == "");
    if (!expected) {
      RC_ASSERT(checker.state() == Progress::kComplete);
      RC_TAG("not visible");
      return;
    }
    RC_ASSERT(checker.state() == Progress::kDiverged);
    const align::Mismatch& found = checker.mismatch();
    RC_ASSERT(found.icount == expected->icount);
    RC_ASSERT(checker.inside_window() == (found.icount > checker.window_start()));
    RC_TAG(checker.inside_window() ? "inside" : "block");
    if (checker.inside_window()) {
      RC_ASSERT(found.icount - checker.window_start() <= c.window_insns);
      RC_ASSERT(found.last_agreed_icount == checker.window_start());
    }
    // At the stream's end a differing digest comes before a differing exit code or console.
    const bool of_digest = found.kind >= report::Kind::kGpr && found.kind <= report::Kind::kMem;
    if (expected->inside) RC_ASSERT(of_digest);
    if (!of_digest) {
      RC_ASSERT(found.kind == flow.mismatch().kind);
      RC_ASSERT(found.outliers == flow.mismatch().outliers);
    }
    if (c.instances > 2) RC_ASSERT(found.outliers == std::vector<size_t>{victim});
  }));
}

TEST(SparseProperty, ACrashIsAsInDenseMode) {
  EXPECT_TRUE(rc::check([] {
    const Case c = DrawCase(true);
    Rng rng(c.seed);
    const Execution good = align::testing::RandomExecution(c.insns, rng);
    std::vector<Execution> executions(c.instances, good);
    const bool faulty = rng() % 2 != 0;
    const size_t victim = rng() % c.instances;
    if (faulty) Corrupt(executions[rng() % c.instances], 2, rng);
    auto recordings = RecordAll(executions, c, rng);
    auto& blocks = recordings[victim].blocks;
    blocks.resize(1 + rng() % blocks.size());
    recordings[victim].last_events.clear();
    recordings[victim].end.reset();
    align::VcpuAligner dense = Dense(recordings, c, kAllGroups, rng);
    dense.Close(victim);
    dense.Advance();
    std::vector<std::unique_ptr<testing::SparseStream>> streams;
    for (size_t i = 0; i < c.instances; ++i) {
      testing::StreamOptions options;
      options.window_insns = c.window_insns;
      options.block_ids = c.block_ids;
      options.ends = i != victim;
      streams.push_back(std::make_unique<testing::SparseStream>(recordings[i], options, rng));
    }
    WindowChecker checker = MakeChecker(c);
    const testing::SparseRun run = testing::Drive(streams, checker, rng);
    RC_ASSERT(run.problem == "");
    if (dense.state() == align::Progress::kNeedMore) {
      RC_TAG("crash");
      RC_ASSERT(checker.state() == Progress::kNeedMore);
      RC_ASSERT(checker.starved() == std::vector<size_t>{victim});
      RC_ASSERT(checker.verified_icount() == dense.verified_icount());
      return;
    }
    RC_TAG("fault");
    RC_ASSERT(dense.state() == align::Progress::kDiverged);
    RC_ASSERT(checker.state() == Progress::kDiverged);
    RC_ASSERT(checker.mismatch().icount == dense.mismatch().icount);
    RC_ASSERT(checker.mismatch().kind == dense.mismatch().kind);
    RC_ASSERT(checker.mismatch().outliers == dense.mismatch().outliers);
  }));
}

}  // namespace
}  // namespace lockstep::window

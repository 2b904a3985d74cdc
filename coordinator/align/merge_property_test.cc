// Properties of the aligner's fast path over long loops with few events, which the executions of
// aligner_property_test.cc hardly reach: blocks that come again and again, cut alike, or one
// stream's blocks cut by the others', or neither. What it finds is what the way through every
// single boundary finds (that of a run which compares TLB fills) and what the oracle of
// execution_testing.h says.

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <optional>
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

// Runs of instructions from a few places, some of them over the end of a page.
Execution Loop(uint64_t insns, Rng& rng) {
  const uint64_t places = 1 + rng() % 12;
  const uint64_t event_rate = rng() % 2 != 0 ? 400 : 1u << 30;
  Execution execution;
  testing::Point point;
  uint64_t left = 0;
  for (uint64_t c = 0; c <= insns; ++c) {
    if (left == 0) {
      const uint64_t place = rng() % places;
      point.pc = testing::kResetPc + 4096 * place - 4 * (place % 3);
      left = 1 + (place * 5 + 2) % 17;
    }
    point.traps.clear();
    if (c != 0 && rng() % event_rate == 0) {
      point.traps.push_back(testing::Exception(c, 8, point.pc, 0));
    }
    execution.points.push_back(point);
    point.pc += 4;
    --left;
    point.digests[0] = rng();
    if (rng() % 6 == 0) point.digests[3] = rng();
    if (rng() % 90 == 0) point.digests[1 + rng() % 2] = rng();
  }
  return execution;
}

// One value that is wrong for a while, another path for a while, or an early end.
void Corrupt(Execution& execution, Rng& rng) {
  const uint64_t end = execution.icount();
  const uint64_t c = 1 + rng() % end;
  const uint64_t stop = std::min(end + 1, c + 1 + rng() % 12);
  switch (rng() % 5) {
    case 0:
      for (uint64_t i = c; i < stop; ++i) execution.points[i].pc += 0x100000;
      break;
    case 2: {  // through blocks that were translated before
      const uint64_t from = rng() % c;
      for (uint64_t i = c; i < stop; ++i) {
        execution.points[i].pc = execution.points[from + (i - c) % (c - from)].pc;
      }
      break;
    }
    case 1:
      execution.points.resize(c + 1);
      break;
    default: {
      const size_t group = rng() % state::kGroups;
      for (uint64_t i = c; i < stop; ++i) execution.points[i].digests[group] ^= 1;
    }
  }
}

struct Streams {
  Options options;
  std::vector<Recording> recordings;
  std::vector<std::vector<state::Batch>> batches;
};

Streams Cut(const std::vector<Execution>& executions, Rng& rng) {
  constexpr uint32_t kLengths[] = {1, 2, 4, 7, 16, 64};
  Streams streams;
  streams.options.groups = testing::kAllGroups;
  streams.options.history_blocks = 3;
  if (rng() % 8 == 0) streams.options.max_split_insns = 1 + rng() % 20;
  const uint32_t common = kLengths[rng() % std::size(kLengths)];
  for (size_t i = 0; i < executions.size(); ++i) {
    streams.options.instances.push_back(std::string(1, "ABCDE"[i]));
    testing::Shape shape;
    shape.max_block_insns = rng() % 2 != 0 ? common : kLengths[rng() % std::size(kLengths)];
    shape.random_lengths = rng() % 6 == 0;
    shape.overlong_insns = rng() % 4 == 0 ? 5 : 0;
    shape.layout = rng() % 12 != 0;
    streams.recordings.push_back(testing::Record(executions[i], shape, rng));
    testing::Packing packing;
    packing.batch_blocks = rng() % 3 == 0 ? 50 : 5000;
    if (rng() % 4 == 0) packing.block_ids = 20;
    streams.batches.push_back(testing::Pack(streams.recordings.back(), packing, rng));
  }
  return streams;
}

void Feed(const Streams& streams, VcpuAligner& aligner) {
  for (size_t round = 0, fed = 1; fed != 0; ++round) {
    fed = 0;
    for (size_t i = 0; i < streams.batches.size(); ++i) {
      if (round >= streams.batches[i].size()) continue;
      RC_ASSERT(aligner.Push(i, streams.batches[i][round]).ok());
      ++fed;
    }
    aligner.Advance();
  }
}

// Both ways have seen the same.
void CheckSame(const VcpuAligner& fast, const VcpuAligner& slow, size_t n) {
  RC_ASSERT(fast.state() == slow.state());
  RC_ASSERT(fast.verified_icount() == slow.verified_icount());
  RC_ASSERT(fast.boundaries() == slow.boundaries());
  for (size_t i = 0; i < n; ++i) {
    RC_ASSERT(fast.stats(i).splits == slow.stats(i).splits);
    RC_ASSERT(fast.stats(i).split_causes == slow.stats(i).split_causes);
    RC_ASSERT(fast.stats(i).records_consumed == slow.stats(i).records_consumed);
  }
  if (fast.state() == Progress::kTrouble) {
    RC_ASSERT(fast.trouble().instance == slow.trouble().instance);
    RC_ASSERT(fast.trouble().reason == slow.trouble().reason);
  }
  if (fast.state() != Progress::kDiverged) return;
  RC_ASSERT(fast.mismatch().icount == slow.mismatch().icount);
  RC_ASSERT(fast.mismatch().last_agreed_icount == slow.mismatch().last_agreed_icount);
  RC_ASSERT(fast.mismatch().kind == slow.mismatch().kind);
  RC_ASSERT(fast.mismatch().outliers == slow.mismatch().outliers);
  RC_ASSERT(fast.mismatch().detail == slow.mismatch().detail);
}

void CheckLoop(bool corrupt) {
  Rng rng(*rc::gen::arbitrary<uint64_t>());
  const size_t n = *rc::gen::element<size_t>(2, 2, 3, 5);
  std::vector<Execution> executions(n, Loop(50 + rng() % 3000, rng));
  if (corrupt) Corrupt(executions[rng() % n], rng);
  const Streams streams = Cut(executions, rng);
  VcpuAligner fast(streams.options);
  Feed(streams, fast);
  Options options = streams.options;
  options.compare_tlb_fills = true;
  VcpuAligner slow(options);
  Feed(streams, slow);
  CheckSame(fast, slow, n);
  if (fast.state() == Progress::kTrouble) {
    RC_ASSERT(streams.options.max_split_insns < 64u);  // too long without a common boundary
    return;
  }
  const auto expected =
      testing::FindFirstDifference(executions, streams.recordings, testing::kAllGroups);
  RC_ASSERT((fast.state() == Progress::kDiverged) == expected.has_value());
  if (!expected) return;
  RC_ASSERT(fast.mismatch().icount == expected->icount);
  RC_ASSERT(fast.mismatch().kind == expected->kind);
}

TEST(MergeProperty, EqualLoopsAreSeenAlike) {
  EXPECT_TRUE(rc::check([] { CheckLoop(false); }));
}

TEST(MergeProperty, ACorruptedLoopIsSeenAlike) {
  EXPECT_TRUE(rc::check([] { CheckLoop(true); }));
}

}  // namespace
}  // namespace lockstep::align

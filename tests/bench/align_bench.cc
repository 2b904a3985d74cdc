// Block states per second through the aligner alone: one core, everything in memory.
//
//   bazel run //tests/bench:align_bench
//
// items_per_second counts block states: the block entries that a stream tells of, of all streams
// together, whoever else has a boundary there. Streams that are cut unevenly count as what each of
// them sends: 64 against 4 is 33,000 and 77,000 of them, not twice the finer one's. Seconds are
// processor time of the thread. bytes_per_second counts the bytes of their columns. `of_memcpy` is
// the share of the time that a plain memcpy of the same columns into a buffer of one batch takes
// (BM_Copy alone): 0.1 means that comparing takes ten times as long.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstring>
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

constexpr uint64_t kInsns = 1u << 18;
constexpr uint32_t kBatchBlocks = 1u << 14;

// A loop nest like a guest's: runs of 2 to 12 instructions, a few hundred different blocks.
Execution Workload() {
  Rng rng(7);
  Execution execution;
  testing::Point point;
  point.pc = testing::kResetPc;
  uint64_t run = 0;
  for (uint64_t c = 0; c <= kInsns; ++c) {
    execution.points.push_back(point);
    point.digests[0] = rng();
    if (rng() % 8 == 0) point.digests[3] = rng();
    if (run == 0) {
      const uint64_t block = rng() % 300;
      point.pc = testing::kResetPc + 64 * block;
      run = 2 + block % 11;
    } else {
      point.pc += 4;
      --run;
    }
  }
  return execution;
}

std::vector<state::Batch> BatchesOf(const Execution& execution, uint32_t max_block_insns) {
  Rng rng(8);
  const Recording recording = testing::Record(execution, {.max_block_insns = max_block_insns}, rng);
  testing::Packing packing;
  packing.batch_blocks = kBatchBlocks;
  return testing::Pack(recording, packing, rng);
}

uint64_t BlocksOf(const std::vector<state::Batch>& batches) {
  uint64_t blocks = 0;
  for (const auto& batch : batches) blocks += batch.block_ids.size();
  return blocks;
}

// Copies the columns of the batches into one buffer, one batch after the other.
void CopyAll(const std::vector<state::Batch>& batches, std::vector<uint8_t>& target) {
  for (const auto& batch : batches) {
    const size_t n = batch.block_ids.size();
    std::memcpy(target.data(), batch.block_ids.data(), 4 * n);
    std::memcpy(target.data() + 4 * n, batch.icount_offsets.data(), 4 * n);
    std::memcpy(target.data() + 8 * n, batch.gpr_digests.data(), 8 * n);
    benchmark::ClobberMemory();
  }
}

// Seconds to copy all streams' columns once, the median of several times.
double CopySeconds(const std::vector<std::vector<state::Batch>>& streams) {
  std::vector<uint8_t> target(kBatchBlocks * 16);
  std::vector<double> seconds;
  for (int round = 0; round < 15; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    for (const auto& batches : streams) CopyAll(batches, target);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
    seconds.push_back(taken.count());
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

// Arguments: streams, largest block of the first, largest block of the others.
void BM_Align(benchmark::State& state) {
  const size_t streams = static_cast<size_t>(state.range(0));
  const Execution execution = Workload();
  std::vector<std::vector<state::Batch>> batches;
  uint64_t blocks = 0;
  for (size_t i = 0; i < streams; ++i) {
    batches.push_back(BatchesOf(execution, static_cast<uint32_t>(state.range(i == 0 ? 1 : 2))));
    blocks += BlocksOf(batches.back());
  }
  Options options;
  options.groups = testing::kAllGroups;
  for (size_t i = 0; i < streams; ++i) options.instances.push_back("i" + std::to_string(i));
  for (auto _ : state) {
    state.PauseTiming();
    auto copy = batches;
    VcpuAligner aligner(options);
    state.ResumeTiming();
    for (size_t round = 0; round < copy[0].size() || round < copy.back().size(); ++round) {
      for (size_t i = 0; i < streams; ++i) {
        if (round < copy[i].size()) {
          benchmark::DoNotOptimize(aligner.Push(i, std::move(copy[i][round])).ok());
        }
      }
      aligner.Advance();
    }
    if (aligner.state() != Progress::kComplete) {
      state.SkipWithError("the streams did not agree");
      return;
    }
    state.PauseTiming();
    copy.clear();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * blocks));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * blocks * 16));
  state.counters["of_memcpy"] = benchmark::Counter(
      CopySeconds(batches) * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(BM_Align)
    ->ArgNames({"streams", "max_a", "max_b"})
    ->Args({2, 64, 64})
    ->Args({2, 64, 4})
    ->Args({2, 1, 64})
    ->Args({3, 64, 64})
    ->Args({5, 64, 7});

void BM_Copy(benchmark::State& state) {
  const std::vector<state::Batch> batches = BatchesOf(Workload(), 64);
  std::vector<uint8_t> target(kBatchBlocks * 16);
  for (auto _ : state) CopyAll(batches, target);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * BlocksOf(batches)));
}
BENCHMARK(BM_Copy);

}  // namespace
}  // namespace lockstep::align

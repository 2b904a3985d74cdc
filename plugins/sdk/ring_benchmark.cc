// SPDX-License-Identifier: MIT
// Cost of a block record on both sides of the ring:
//   bazel run //plugins/sdk:ring_benchmark
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>

#include "plugins/sdk/lockstep_producer.h"
#include "plugins/sdk/ring_memory.h"
#include "plugins/sdk/ring_reader.h"

namespace lockstep::ring {
namespace {

constexpr uint64_t kSlots = 1 << 17;
constexpr uint64_t kBlocks = 100'000;

struct Bench {
  Bench() : memory(Create()) {
    setenv(LOCKSTEP_RING_ENV, std::to_string(memory.fd()).c_str(), 1);
    const struct lockstep_open_params params = {.producer = "bench",
                                                .guest_arch = "toy",
                                                .vcpus = 1,
                                                .groups = 1,
                                                .abilities = 0,
                                                .engine = 0};
    if (lockstep_open(&params, &producer) != 0) abort();
    for (uint32_t id = 0; id < 1000; ++id) {
      struct lockstep_block block {};
      block.id = id;
      block.n_insns = 5;
      lockstep_block_info(producer, 0, &block);
    }
  }
  ~Bench() { lockstep_close(producer); }
  static RingMemory Create() {
    struct lockstep_request request {};
    request.groups = 1;
    return RingMemory::Create(1, kSlots, request).value();
  }
  void Produce() {
    for (uint64_t i = 0; i < kBlocks; ++i, icount += 5) {
      lockstep_enter(producer, 0, static_cast<uint32_t>(i % 1000), icount, icount);
    }
    lockstep_flush(producer, 0);
  }

  RingMemory memory;
  lockstep_producer* producer = nullptr;
  uint64_t icount = 0;
};

void BM_Produce(benchmark::State& state) {
  Bench bench;
  RingReader reader(bench.memory, 0, bench.memory.Identity().value());
  state::Batch batch;
  for (auto _ : state) {
    bench.Produce();
    state.PauseTiming();
    while (reader.Drain(kDefaultDrainSlots, &batch).ok() && batch.records != 0) continue;
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kBlocks));
}
BENCHMARK(BM_Produce);

void BM_Drain(benchmark::State& state) {
  Bench bench;
  RingReader reader(bench.memory, 0, bench.memory.Identity().value());
  state::Batch batch;
  for (auto _ : state) {
    state.PauseTiming();
    bench.Produce();
    state.ResumeTiming();
    while (reader.Drain(kDefaultDrainSlots, &batch).ok() && batch.records != 0) continue;
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kBlocks));
}
BENCHMARK(BM_Drain);

}  // namespace
}  // namespace lockstep::ring

// Speed of batch conversion, in bytes of columns:
//   bazel run //proto/cc:convert_benchmark
#include <benchmark/benchmark.h>

#include <string>

#include "proto/cc/state_convert.h"

namespace lockstep::wire {
namespace {

constexpr uint32_t kBlocks = 65536;

state::Batch Blocks() {
  state::Batch batch;
  batch.records = kBlocks;
  for (uint32_t i = 0; i < kBlocks; ++i) {
    batch.block_ids.push_back(i % 5000);
    batch.icount_offsets.push_back(5 * i);
    batch.gpr_digests.push_back(i * 0x9e3779b97f4a7c15);
  }
  return batch;
}

void BM_ToProto(benchmark::State& state) {
  const state::Batch batch = Blocks();
  v1::BlockBatch proto;
  for (auto _ : state) ToProto(batch, &proto);
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * kBlocks * 16));
}
BENCHMARK(BM_ToProto);

void BM_FromProto(benchmark::State& state) {
  v1::BlockBatch proto;
  ToProto(Blocks(), &proto);
  for (auto _ : state) benchmark::DoNotOptimize(FromProto(proto));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * kBlocks * 16));
}
BENCHMARK(BM_FromProto);

}  // namespace
}  // namespace lockstep::wire

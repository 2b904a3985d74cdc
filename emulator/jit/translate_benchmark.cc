// Speed and size of translations: the first 64 KiB of a raw image of guest code, block behind
// block. Instructions are those of the guest; heap is what the translator keeps beside the code.
//   bazel run //emulator/jit:translate_benchmark [-- IMAGE]
// The image is OpenSBI's as Debian has it, unless one is given.

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

#include "emulator/base/check.h"
#include "emulator/cpu/csr.h"
#include "emulator/cpu/hart_state.h"
#include "emulator/cpu/memory.h"
#include "emulator/cpu/testing/flat_machine.h"
#include "emulator/interp/block_cache.h"
#include "emulator/jit/native.h"

namespace lockstep::jit {
namespace {

using cpu::testing::FlatMachine;

constexpr size_t kCodeBytes = 64 << 10;
std::vector<uint8_t> image;

// A hart that runs nothing, with its blocks and a translator.
class Bench {
 public:
  Bench() : machine_(cpu::HartConfig()), blocks_(&state_) {
    Options options;
    options.threshold = 1;
    for (size_t i = 0; i < image.size(); i += 4) {
      uint32_t word = 0;
      std::memcpy(&word, &image[i], std::min<size_t>(4, image.size() - i));
      machine_.Store32(FlatMachine::kRamBase + i, word);
    }
    state_.bus = &machine_;
    state_.time = &machine_;
    state_.tlb =
        std::make_unique<mem::Tlb>(state_.config.tlb_entries, state_.config.max_tlb_entries, 8);
    state_.code = &blocks_;
    state_.pmp.set_present(state_.config.model.has_pmp);
    cpu::UpdateTlbTables(state_);
    cpu::UpdateDerivedState(state_);
    auto native = MakeNative(&state_, options);
    LOCKSTEP_CHECK(native.ok()) << native.status().message();
    native_ = *std::move(native);
    native_->Attach(&blocks_);
    blocks_.set_native(native_.get());
  }
  // The image's blocks, not translated.
  std::vector<interp::Block*> Blocks() {
    blocks_.Clear();
    std::vector<interp::Block*> blocks;
    state_.pc = FlatMachine::kRamBase;
    while (state_.pc < FlatMachine::kRamBase + image.size() - 4) {
      blocks.push_back(blocks_.Find());
      LOCKSTEP_CHECK(blocks.back() != nullptr);
      state_.pc += blocks.back()->n_bytes;
    }
    return blocks;
  }
  void Translate(const std::vector<interp::Block*>& blocks) {
    for (interp::Block* block : blocks) native_->Consider(block);
    LOCKSTEP_CHECK(!native_->IsFull());
  }
  const Counters& counters() const { return state_.stats.jit; }

 private:
  FlatMachine machine_;
  cpu::HartState state_;
  interp::BlockCache blocks_;
  std::unique_ptr<interp::NativeCode> native_;
};

void BM_Decode(benchmark::State& state) {
  Bench bench;
  double insns = 0;
  for (auto _ : state) {
    for (const interp::Block* block : bench.Blocks()) insns += block->n_insns;
  }
  state.counters["insns/s"] = benchmark::Counter(insns, benchmark::Counter::kIsRate);
}
BENCHMARK(BM_Decode);

void BM_Translate(benchmark::State& state) {
  Bench bench;
  size_t heap = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const std::vector<interp::Block*> blocks = bench.Blocks();
    const size_t before = mallinfo2().uordblks;
    state.ResumeTiming();
    bench.Translate(blocks);
    state.PauseTiming();
    heap += mallinfo2().uordblks - before;
    state.ResumeTiming();
  }
  const Counters& counters = bench.counters();
  const double insns = static_cast<double>(counters.guest_insns);
  state.counters["insns/s"] = benchmark::Counter(insns, benchmark::Counter::kIsRate);
  state.counters["insns/block"] = insns / static_cast<double>(counters.translations);
  state.counters["code_bytes/insn"] = static_cast<double>(counters.host_bytes) / insns;
  state.counters["heap_bytes/insn"] = static_cast<double>(heap) / insns;
}
BENCHMARK(BM_Translate);

}  // namespace
}  // namespace lockstep::jit

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const char* path = argc > 1 ? argv[1] : "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.bin";
  std::ifstream in(path, std::ios::binary);
  lockstep::jit::image.assign(std::istreambuf_iterator<char>(in), {});
  if (lockstep::jit::image.size() < 8) {
    std::fprintf(stderr, "translate_benchmark: %s: no such image of guest code\n", path);
    return 2;
  }
  if (lockstep::jit::image.size() > lockstep::jit::kCodeBytes) {
    lockstep::jit::image.resize(lockstep::jit::kCodeBytes);
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

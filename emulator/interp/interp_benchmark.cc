// Speed of the interpreter on a compute loop: instructions per second of CPU time, bare, with
// digests, and with digests and an observer.
//   bazel run //emulator/interp:interp_benchmark

#include <benchmark/benchmark.h>

#include "emulator/cpu/hart.h"
#include "emulator/cpu/testing/encode.h"
#include "emulator/cpu/testing/flat_machine.h"

namespace lockstep::interp {
namespace {

using namespace cpu::testing;  // NOLINT: instruction encoders

class CountingObserver : public observe::Observer {
 public:
  void BlockTranslated(uint32_t, const observe::BlockView&) override {}
  void BlockEntered(uint32_t, uint32_t id, uint64_t icount, const observe::Digests& d) override {
    sum += id ^ icount ^ d[0] ^ d[1] ^ d[2] ^ d[3];
  }
  void Event(uint32_t, observe::EventKind, uint64_t, std::span<const uint64_t>) override {}
  void Registers(uint32_t, uint64_t, std::span<const uint64_t>) override {}
  uint64_t sum = 0;
};

void RunLoop(benchmark::State& state, bool digests, bool is_observed) {
  constexpr uint64_t kInsnsEach = 1'000'000;
  cpu::HartConfig config;
  config.digests = digests;
  FlatMachine machine(config);
  CountingObserver observer;
  if (is_observed) machine.SetObserver(&observer, false);
  constexpr uint32_t kBackIfNotZero = 0xfc0316e3;  // bne t1, zero, -52
  machine.StoreCode(
      FlatMachine::kRamBase,
      {Auipc(a1, 4), Addi(t1, zero, -1), Ld(a0, 0, a1), Addi(a0, a0, 13), Slli(a2, a0, 7),
       0x00a64633 /* xor a2,a2,a0 */, Addi(a3, a3, 1), 0x02d60733 /* mul a4,a2,a3 */, Sd(a4, 0, a1),
       Lbu(a5, 9, a1), 0x00f70733 /* add a4,a4,a5 */, Sw(a4, 16, a1),
       0x00d75793 /* srli a5,a4,13 */, Addi(a5, a5, 3), kBackIfNotZero});
  machine.Restart(FlatMachine::kRamBase);
  for (auto _ : state) machine.hart().Run(machine.hart().icount() + kInsnsEach);
  benchmark::DoNotOptimize(observer.sum);
  state.counters["insns/s"] = benchmark::Counter(
      static_cast<double>(state.iterations() * kInsnsEach), benchmark::Counter::kIsRate);
}

BENCHMARK_CAPTURE(RunLoop, bare, false, false);
BENCHMARK_CAPTURE(RunLoop, digests, true, false);
BENCHMARK_CAPTURE(RunLoop, digests_and_observer, true, true);

}  // namespace
}  // namespace lockstep::interp

// Time of Decode and Disassemble over random words of all rows:
//   bazel run //emulator/isa:decode_bench
#include <cstddef>
#include <cstdint>
#include <vector>

#include "benchmark/benchmark.h"
#include "emulator/isa/inst.h"
#include "emulator/isa/random_encoding.h"

namespace lockstep::isa {
namespace {

constexpr size_t kWords = 4096;

std::vector<uint32_t> WordsOfAllRows() {
  uint64_t state = 1;
  std::vector<uint32_t> words;
  while (words.size() < kWords) {
    const uint64_t row = NextRandom(state) % (static_cast<uint64_t>(Op::kCount) - 1);
    words.push_back(RandomEncoding(static_cast<Op>(row + 1), state));
  }
  return words;
}

void BM_Decode(benchmark::State& state) {
  const std::vector<uint32_t> words = WordsOfAllRows();
  for (auto _ : state) {
    for (uint32_t word : words) benchmark::DoNotOptimize(Decode(word));
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kWords));
}
BENCHMARK(BM_Decode);

void BM_Disassemble(benchmark::State& state) {
  const std::vector<uint32_t> words = WordsOfAllRows();
  for (auto _ : state) {
    for (uint32_t word : words) benchmark::DoNotOptimize(Disassemble(Decode(word), 0x80000000));
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kWords));
}
BENCHMARK(BM_Disassemble);

}  // namespace
}  // namespace lockstep::isa

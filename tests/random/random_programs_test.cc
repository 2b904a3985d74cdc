// The translator against the interpreter over random programs that run long enough to be linked,
// rewritten and called from everywhere: registers at every stop, memory at the end.
// usage: random_programs_test [--first=SEED] [--programs=N] [--insns=N]
// Fails with the seed of the program. By default 200 programs of 150,000 instructions.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/cpu/hart.h"
#include "emulator/cpu/testing/flat_machine.h"
#include "tests/random/flow_recorder.h"
#include "tests/random/program.h"
#include "tests/random/recorder.h"

namespace lockstep::testing {
namespace {

using cpu::testing::FlatMachine;

uint64_t first_seed = 1, programs = 200, insns = 150'000;

cpu::HartConfig JitConfig(uint64_t seed) {
  cpu::HartConfig config;
  config.engine = cpu::Engine::kJit;
  config.jit.verify = true;
  config.jit.threshold = seed % 3 == 0 ? 1 : 5;
  config.digests = seed % 4 == 1;
  // One optimisation off in some; a cache that is often full in others.
  if (const uint64_t number = seed / 2 % 16; number < jit::kSwitches.size()) {
    config.jit.*jit::kSwitches[number].member = false;
  }
  if (seed % 5 == 0) config.jit.code_bytes = 128 << 10;
  if (seed % 7 == 0) config.max_block_insns = 5;
  if (seed % 11 == 0) config.tlb_entries = config.max_tlb_entries = 2;
  if (seed % 11 == 1) config.tlb_entries = 1;  // and grows
  return config;
}

// One optimisation off in some, small blocks in others.
cpu::HartConfig InterpreterConfig(uint64_t seed) {
  cpu::HartConfig config;
  config.digests = seed % 4 == 1;
  if (const uint64_t number = seed / 2 % 5; number < interp::kSwitches.size()) {
    config.interp.*interp::kSwitches[number].member = false;
  }
  if (seed % 9 == 0) config.max_block_insns = 4;
  return config;
}

struct Totals {
  uint64_t translated_insns = 0;
  uint64_t faults = 0;
};

void RunBoth(uint64_t seed, Totals* totals) {
  FlatMachine interpreted(InterpreterConfig(seed)), translated(JitConfig(seed));
  LoadRandomProgram(seed, seed % 2 == 0, &interpreted);
  LoadRandomProgram(seed, seed % 2 == 0, &translated);
  const auto& names = cpu::Hart::RegisterNames();
  uint64_t random = seed;
  while (interpreted.hart().icount() < insns) {
    random = random * 6364136223846793005 + 1442695040888963407;
    const uint64_t stop = interpreted.hart().icount() + 1 + (random >> 33) % 5000;
    interpreted.hart().Run(stop);
    translated.hart().Run(stop);
    const auto expected = interpreted.hart().Registers(), actual = translated.hart().Registers();
    for (size_t i = 0; i < names.size(); ++i) {
      ASSERT_EQ(expected[i], actual[i]) << "program " << seed << ": " << names[i] << " at " << stop;
    }
    ASSERT_EQ(interpreted.hart().icount(), translated.hart().icount()) << "program " << seed;
    ASSERT_EQ(interpreted.hart().digests(), translated.hart().digests()) << "program " << seed;
  }
  EXPECT_TRUE(
      std::equal(interpreted.ram().begin(), interpreted.ram().end(), translated.ram().begin()))
      << "program " << seed << ": memory";
  EXPECT_EQ(interpreted.hart().ran_insns(), translated.hart().ran_insns()) << "program " << seed;
  const jit::Counters jit = translated.hart().stats().jit;
  EXPECT_EQ(std::accumulate(jit.interpreted.begin(), jit.interpreted.end(), jit.insns),
            translated.hart().icount());
  EXPECT_EQ(
      std::accumulate(jit.out_of_line_by_op.begin(), jit.out_of_line_by_op.end(), uint64_t{0}),
      jit.out_of_line());
  totals->translated_insns += jit.insns;
  totals->faults += interpreted.hart().icount() - interpreted.hart().ran_insns();
}

TEST(RandomProgramsTest, TranslatedAsInterpreted) {
  const absl::Status host = cpu::Hart::Check(JitConfig(1));
  if (!host.ok()) GTEST_SKIP() << host;
  Totals totals;
  for (uint64_t seed = first_seed; seed < first_seed + programs; ++seed) {
    RunBoth(seed, &totals);
    if (HasFailure()) return;
  }
  // A program that leaves frm at what the host does not have is interpreted for the most part.
  EXPECT_GT(totals.translated_insns, programs * insns / 2);
  EXPECT_GT(totals.faults, programs * 100) << "page faults";
}

// In lockstep mode translated code tells of its blocks itself; with lazy digests these are right
// only where a run begins.
void RunWatched(uint64_t seed, bool is_lazy, uint64_t* records) {
  cpu::HartConfig plain;
  plain.digests = true;
  cpu::HartConfig jit = JitConfig(seed);
  jit.digests = true;
  plain.max_block_insns = jit.max_block_insns;
  jit.lazy_digests = is_lazy;
  FlatMachine interpreted(plain), translated(jit);
  LoadRandomProgram(seed, seed % 2 == 0, &interpreted);
  LoadRandomProgram(seed, seed % 2 == 0, &translated);
  Recorder expected(/*has_ring=*/false, seed),
      actual(/*has_ring=*/true, seed, /*has_runs=*/is_lazy);
  interpreted.SetObserver(&expected, /*step=*/false);
  translated.SetObserver(&actual, /*step=*/false);
  for (uint64_t stop = 1000; stop < insns; stop += 1 + stop % 2999) {
    interpreted.hart().Run(stop);
    translated.hart().Run(stop);
    std::vector<Recorder::Entry> a = expected.Take(), b = actual.Take();
    ASSERT_EQ(a.size(), b.size()) << "program " << seed << " up to " << stop;
    for (size_t i = 0; i < a.size(); ++i) {
      if (is_lazy && i > 0) a[i].digests = b[i].digests = {};
      ASSERT_TRUE(a[i] == b[i]) << "program " << seed << ": block at icount " << a[i].icount << ", "
                                << std::hex << a[i].pc;
    }
    ASSERT_EQ(interpreted.hart().digests(), translated.hart().digests()) << "program " << seed;
  }
  *records += actual.records();
}

TEST(RandomProgramsTest, BlocksAreToldAsInterpreted) {
  const absl::Status host = cpu::Hart::Check(JitConfig(1));
  if (!host.ok()) GTEST_SKIP() << host;
  for (const bool is_lazy : {false, true}) {
    uint64_t records = 0;
    for (uint64_t seed = first_seed; seed < first_seed + programs / 4; ++seed) {
      RunWatched(seed, is_lazy, &records);
      if (HasFailure()) return;
    }
    EXPECT_GT(records, programs * 300) << "translated code told hardly anything";
  }
}

// In a run by sums: what is summed up is what single blocks would have said, and what blocks write
// is the same in both engines.
void RunSummed(uint64_t seed, uint64_t* blocks, uint64_t* sums) {
  cpu::HartConfig plain;
  plain.digests = true;
  plain.max_block_insns = JitConfig(seed).max_block_insns;
  cpu::HartConfig lazy = plain;
  lazy.lazy_digests = true;
  cpu::HartConfig jit = JitConfig(seed);
  jit.digests = jit.lazy_digests = true;
  using Mode = FlowRecorder::Mode;
  const struct {
    const cpu::HartConfig& config;
    Mode mode;
  } kinds[] = {{plain, Mode::kBlocks},
               {lazy, Mode::kSums},
               {jit, Mode::kSums},
               {lazy, Mode::kSumsOfValues},
               {jit, Mode::kSumsOfValues}};
  std::vector<std::unique_ptr<FlatMachine>> machines;
  std::vector<std::unique_ptr<FlowRecorder>> recorders;
  for (const auto& kind : kinds) {
    machines.push_back(std::make_unique<FlatMachine>(kind.config));
    recorders.push_back(std::make_unique<FlowRecorder>(kind.mode));
    LoadRandomProgram(seed, seed % 2 == 0, machines.back().get());
    machines.back()->SetObserver(recorders.back().get(), /*step=*/false);
  }
  for (uint64_t stop = 1000; stop < insns; stop += 1 + stop % 9999) {
    std::vector<uint64_t> flows;
    for (size_t i = 0; i < machines.size(); ++i) {
      machines[i]->hart().Run(stop);
      flows.push_back(recorders[i]->FlowAt(machines[i]->hart().icount()));
    }
    ASSERT_EQ(flows[1], flows[0]) << "program " << seed << " up to " << stop;
    ASSERT_EQ(flows[2], flows[0]) << "program " << seed << " up to " << stop;
    ASSERT_EQ(flows[4], flows[3]) << "program " << seed << " up to " << stop;
    ASSERT_NE(flows[3], flows[0]) << "program " << seed << " up to " << stop;
    ASSERT_EQ(recorders[4]->written(), recorders[3]->written()) << "program " << seed;
  }
  EXPECT_EQ(recorders[2]->written(), 0u);
  EXPECT_NE(recorders[4]->written(), 0u);
  *blocks += recorders[0]->blocks();
  *sums += recorders[2]->sums() + recorders[2]->blocks();
}

TEST(RandomProgramsTest, SumsAreThoseOfTheBlocks) {
  const absl::Status host = cpu::Hart::Check(JitConfig(1));
  if (!host.ok()) GTEST_SKIP() << host;
  uint64_t blocks = 0, sums = 0;
  for (uint64_t seed = first_seed; seed < first_seed + programs / 4; ++seed) {
    RunSummed(seed, &blocks, &sums);
    if (HasFailure()) return;
  }
  EXPECT_GT(blocks, 2 * sums) << "hardly anything is summed up";
}

}  // namespace
}  // namespace lockstep::testing

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    const auto take = [&](std::string_view name, uint64_t* value) {
      if (!arg.starts_with(name)) return false;
      *value = std::strtoull(arg.data() + name.size(), nullptr, 0);
      return true;
    };
    if (take("--first=", &lockstep::testing::first_seed)) continue;
    if (take("--programs=", &lockstep::testing::programs)) continue;
    if (take("--insns=", &lockstep::testing::insns)) continue;
    std::fprintf(stderr, "usage: random_programs_test [--first=SEED] [--programs=N] [--insns=N]\n");
    return 2;
  }
  return RUN_ALL_TESTS();
}

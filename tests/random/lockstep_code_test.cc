// Lockstep mode is in the code that translations are made of, and out of it there is no trace of
// it: what blocks of random programs touch of the state.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "emulator/cpu/hart.h"
#include "emulator/cpu/hart_state.h"
#include "emulator/cpu/testing/flat_machine.h"
#include "tests/random/flow_recorder.h"
#include "tests/random/program.h"
#include "tests/random/recorder.h"

namespace lockstep::testing {
namespace {

using cpu::testing::FlatMachine;

// Places in the state that only lockstep mode is about, as offsets from its beginning.
struct Places {
  Places() {
    const auto state = std::make_unique<cpu::HartState>();
    const auto offset = [&state](const void* field) {
      return static_cast<const char*>(field) - reinterpret_cast<const char*>(state.get());
    };
    writer = offset(&state->native.ring.writer);
    mem = offset(state->digest.group(cpu::kGroupMem));
    gpr = offset(state->digest.group(cpu::kGroupGpr));
    for (int i = 0; i < 32; ++i) terms.insert(offset(state->digest.gpr_terms() + i));
    run_at = offset(&state->native.ring.run_at);
    only_in_lockstep = {
        writer, run_at, mem, gpr, offset(&state->native.bound), offset(&state->native.unsettled)};
    only_in_lockstep.insert(terms.begin(), terms.end());
    for (const auto& keys : state->native.gpr_keys) {
      only_in_lockstep.insert(offset(&keys[0]));
      only_in_lockstep.insert(offset(&keys[1]));
    }
  }
  int64_t writer, run_at, mem, gpr;
  std::set<int64_t> terms, only_in_lockstep;
};

// What a block's code touches of the state: rbp points 128 bytes into it.
std::set<int64_t> Touched(const std::string& dump) {
  std::set<int64_t> offsets;
  for (size_t at = dump.find("host code:"); at != std::string::npos;) {
    at = dump.find("[rbp", at);
    if (at == std::string::npos) break;
    at += 4;
    offsets.insert(std::strtoll(dump.c_str() + at, nullptr, 10) + 128);
  }
  return offsets;
}

// The printed translations of a program's blocks.
std::vector<std::string> Translations(cpu::HartConfig config, observe::Observer* observer) {
  std::vector<std::string> dumps;
  config.engine = cpu::Engine::kJit;
  config.jit.threshold = 1;
  config.jit.dump_sink = [&dumps](const std::string& text) { dumps.push_back(text); };
  FlatMachine machine(config);
  LoadRandomProgram(/*seed=*/5, /*paged=*/false, &machine);
  if (observer != nullptr) machine.SetObserver(observer, /*step=*/false);
  dumps.clear();  // it begins unwatched
  machine.hart().Run(20'000);
  return dumps;
}

struct LockstepCodeTest : ::testing::Test {
  void SetUp() override {
    cpu::HartConfig config;
    config.engine = cpu::Engine::kJit;
    const absl::Status host = cpu::Hart::Check(config);
    if (!host.ok()) GTEST_SKIP() << host;
  }
  const Places places;
};

TEST_F(LockstepCodeTest, OutOfItThereIsNoTrace) {
  const std::vector<std::string> dumps = Translations({}, nullptr);
  ASSERT_GT(dumps.size(), 50u);
  size_t touches = 0;
  for (const std::string& dump : dumps) {
    for (const int64_t offset : Touched(dump)) {
      ++touches;
      EXPECT_FALSE(places.only_in_lockstep.contains(offset)) << offset << " in " << dump;
    }
    if (HasFailure()) return;
  }
  EXPECT_GT(touches, dumps.size()) << "the listings are not as this test reads them";
}

TEST_F(LockstepCodeTest, RecordsAndDigestsAreInTheCode) {
  cpu::HartConfig config;
  config.digests = true;
  Recorder recorder(/*has_ring=*/true, 1);
  const std::vector<std::string> dumps = Translations(config, &recorder);
  ASSERT_GT(dumps.size(), 50u);
  size_t with_terms = 0, with_stores = 0;
  for (const std::string& dump : dumps) {
    const std::set<int64_t> touched = Touched(dump);
    EXPECT_TRUE(touched.contains(places.writer)) << dump;
    EXPECT_TRUE(touched.contains(places.gpr)) << dump;
    EXPECT_TRUE(touched.contains(places.mem)) << dump;
    for (const int64_t term : places.terms) with_terms += touched.contains(term);
    with_stores += dump.find("Store.") != std::string::npos;
    if (HasFailure()) return;
  }
  EXPECT_GT(with_terms, 50u);
  EXPECT_GT(with_stores, 0u);
}

TEST_F(LockstepCodeTest, RegisterDigestsAreLeftOutWhereTheyMayBe) {
  cpu::HartConfig config;
  config.digests = true;
  config.lazy_digests = true;
  Recorder recorder(/*has_ring=*/true, 1, /*has_runs=*/true);
  for (const std::string& dump : Translations(config, &recorder)) {
    const std::set<int64_t> touched = Touched(dump);
    EXPECT_TRUE(touched.contains(places.run_at)) << dump;
    EXPECT_FALSE(touched.contains(places.writer)) << dump;
    for (const int64_t term : places.terms) EXPECT_FALSE(touched.contains(term)) << dump;
    // Only stores need the mem group.
    if (dump.find("Store") == std::string::npos) {
      EXPECT_FALSE(touched.contains(places.mem)) << dump;
    }
    if (HasFailure()) return;
  }
}

// In a run by sums a block takes a register on, and is told of by nothing.
TEST_F(LockstepCodeTest, SumsAreInARegister) {
  cpu::HartConfig config;
  config.digests = true;
  config.lazy_digests = true;
  using Mode = FlowRecorder::Mode;
  size_t lengths[2] = {};
  for (const Mode mode : {Mode::kSums, Mode::kSumsOfValues}) {
    FlowRecorder recorder(mode);
    const std::vector<std::string> dumps = Translations(config, &recorder);
    ASSERT_GT(dumps.size(), 50u);
    for (const std::string& dump : dumps) {
      EXPECT_NE(dump.find("imul r14, "), std::string::npos) << dump;
      const std::set<int64_t> touched = Touched(dump);
      for (const int64_t place : places.only_in_lockstep) {
        const bool is_of_stores = place == places.mem;
        if (is_of_stores && dump.find("Store") != std::string::npos) continue;
        EXPECT_FALSE(touched.contains(place)) << place << " in " << dump;
      }
      lengths[mode == Mode::kSumsOfValues] += dump.size();
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(lengths[1], lengths[0]) << "what blocks write is not in the code";
}

}  // namespace
}  // namespace lockstep::testing

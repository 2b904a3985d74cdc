// No false alarm: builds of the emulator that differ in engine, block size and TLB geometry agree
// over a whole boot of OpenSBI and U-Boot, however they cut it into blocks.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "emulator/interp/options.h"
#include "emulator/jit/options.h"
#include "tests/support/process.h"

namespace lockstep {
namespace {

using nlohmann::json;
using testing::ProcessResult;
using testing::Runfile;

constexpr uint32_t kUnlimited = 65535;

struct Geometry {
  uint32_t max_block_insns;
  uint32_t tlb_entries;
  uint32_t victim_entries;
};

std::string Flags(const Geometry& g) {
  return absl::StrCat(" --max-block-insns ", g.max_block_insns, " --tlb-entries ", g.tlb_entries,
                      " --victim-entries ", g.victim_entries);
}

uint64_t Number(const json& value) {
  return value.is_string() ? std::stoull(value.get<std::string>()) : value.get<uint64_t>();
}

// Boots to U-Boot's prompt and powers off.
std::vector<std::string> GuestOptions() {
  return {"-M",
          "virt",
          "-nographic",
          "-bios",
          "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_jump.elf",
          "-kernel",
          "/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin",
          "-serial",
          "script:" + Runfile("tests/e2e/uboot_demo.script")};
}

// That on two builds; returns the report.
json Boot(const std::string& flags_a, const std::string& flags_b) {
  const std::string emu = Runfile("emulator/main/lockstep-emu");
  std::vector<std::string> argv = {Runfile("coordinator/cli/lockstep"),
                                   "run",
                                   "--json",
                                   "-q",
                                   "--a",
                                   emu + flags_a,
                                   "--b",
                                   emu + flags_b,
                                   "--out",
                                   testing::MakeTempDir(),
                                   "--timeout",
                                   "200s",
                                   "--"};
  const std::vector<std::string> guest = GuestOptions();
  argv.insert(argv.end(), guest.begin(), guest.end());
  ProcessResult result = testing::RunProcess(argv, "", 240);
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  return json::parse(result.out, nullptr, /*allow_exceptions=*/false);
}

// And on one by itself.
ProcessResult BootAlone(const std::vector<std::string>& flags) {
  std::vector<std::string> argv = {Runfile("emulator/main/lockstep-emu"), "--stats=brief"};
  argv.insert(argv.end(), flags.begin(), flags.end());
  const std::vector<std::string> guest = GuestOptions();
  argv.insert(argv.end(), guest.begin(), guest.end());
  return testing::RunProcess(argv, "", 240);
}

// "insns=N" of --stats.
std::string Counted(const ProcessResult& result) {
  const size_t at = result.err.find("insns=");
  return at == std::string::npos ? "" : result.err.substr(at, result.err.find(' ', at) - at);
}

void ExpectIdentical(const json& report, bool splits) {
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(report["outcome"], "OUTCOME_IDENTICAL");
  // The boot is some ten million instructions; a few thousand would prove nothing.
  EXPECT_GT(Number(report["compared"]["insns"]), 5'000'000u);
  if (splits) {
    EXPECT_GT(Number(report["compared"]["splits"]), 1000u);
  }
}

class CombinationTest : public ::testing::TestWithParam<Geometry> {};

TEST_P(CombinationTest, AgreesWithTheDefaultBuild) {
  const Geometry standard = {64, 256, 8};
  ExpectIdentical(Boot(Flags(GetParam()), Flags(standard)),
                  /*splits=*/GetParam().max_block_insns < 8);
}

INSTANTIATE_TEST_SUITE_P(BlocksAndTlb, CombinationTest,
                         ::testing::Values(Geometry{1, 256, 8}, Geometry{2, 1, 0},
                                           Geometry{7, 16, 2}, Geometry{64, 1, 8},
                                           Geometry{64, 4096, 0}, Geometry{kUnlimited, 4096, 64},
                                           Geometry{kUnlimited, 1, 0}, Geometry{7, 4096, 8}),
                         [](const ::testing::TestParamInfo<Geometry>& info) {
                           return absl::StrCat("blocks", info.param.max_block_insns, "_tlb",
                                               info.param.tlb_entries, "_victims",
                                               info.param.victim_entries);
                         });

// The translator against the interpreter: as it is, in small pieces, and with nothing optimised.
class EngineTest : public ::testing::TestWithParam<const char*> {};

TEST_P(EngineTest, AgreesWithTheInterpreter) {
  ExpectIdentical(Boot(absl::StrCat(" --engine jit --jit-verify ", GetParam()), ""),
                  /*splits=*/false);
}

INSTANTIATE_TEST_SUITE_P(
    Jit, EngineTest,
    ::testing::Values("--jit-threshold 1",
                      "--jit-threshold 1 --max-block-insns 7 --tlb-entries 1 --victim-entries 0",
                      "--max-block-insns 65535 --jit-opt fold=off --jit-opt state=off --jit-opt "
                      "dce=off --jit-opt float=off"));

// By itself, where translations go on to each other, with each optimisation off: what the guest
// prints, and how many instructions it takes.
TEST(JitAloneTest, BootsAsTheInterpreterDoes) {
  const ProcessResult plain = BootAlone({});
  EXPECT_EQ(plain.exit_code, 0) << plain.err;
  ASSERT_NE(Counted(plain), "");
  std::vector<std::vector<std::string>> variants = {{}, {"--max-block-insns", "3"}};
  for (const jit::Switch& option : jit::kSwitches) {
    variants.push_back({absl::StrCat("--jit-opt=", option.name.data(), "=off")});
  }
  for (std::vector<std::string>& flags : variants) {
    flags.insert(flags.end(), {"--engine", "jit"});
    SCOPED_TRACE(flags.front());
    const ProcessResult translated = BootAlone(flags);
    EXPECT_EQ(translated.exit_code, 0) << translated.err;
    EXPECT_EQ(translated.out, plain.out);
    EXPECT_EQ(Counted(translated), Counted(plain));
  }
}

// The same of the interpreter's.
TEST(InterpreterAloneTest, BootsTheSameWithoutItsOptimisations) {
  const ProcessResult plain = BootAlone({});
  EXPECT_EQ(plain.exit_code, 0) << plain.err;
  ASSERT_NE(Counted(plain), "");
  std::vector<std::vector<std::string>> variants = {{"--max-block-insns", "3"}};
  for (const interp::Switch& option : interp::kSwitches) {
    variants.push_back({absl::StrCat("--interp-opt=", option.name.data(), "=off")});
  }
  for (const std::vector<std::string>& flags : variants) {
    SCOPED_TRACE(flags.front());
    const ProcessResult other = BootAlone(flags);
    EXPECT_EQ(other.exit_code, 0) << other.err;
    EXPECT_EQ(other.out, plain.out);
    EXPECT_EQ(Counted(other), Counted(plain));
  }
}

// Fifty more pairs of random geometry, seeded: never an alarm.
class RandomPairTest : public ::testing::TestWithParam<int> {};

TEST_P(RandomPairTest, Agrees) {
  std::mt19937_64 random(GetParam());
  auto pick = [&random] {
    return Geometry{static_cast<uint32_t>(1 + random() % 100), 1u << (random() % 13),
                    static_cast<uint32_t>(random() % 17)};
  };
  const Geometry a = pick();
  const Geometry b = pick();
  ExpectIdentical(Boot(Flags(a), Flags(b)), /*splits=*/false);
}

INSTANTIATE_TEST_SUITE_P(Fifty, RandomPairTest, ::testing::Range(1, 51));

}  // namespace
}  // namespace lockstep

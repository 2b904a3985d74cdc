// A fault that is planted in one of four harts is found in that hart and blamed on its instruction,
// although all harts run the same code and the wrong result reaches the others through memory.

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/support/process.h"

namespace lockstep::faults {
namespace {

using nlohmann::json;
using testing::ProcessResult;
using testing::Runfile;

constexpr char kGuest[] = "tests/faults/four_harts.elf";

// `bad` are the options of the third instance.
ProcessResult RunThree(const std::string& bad, const std::vector<std::string>& flags) {
  const std::string emu = Runfile("emulator/main/lockstep-emu");
  std::vector<std::string> argv = {
      Runfile("coordinator/cli/lockstep"),
      "run",
      "--json",
      "--instance",
      absl::StrCat("tiny=", emu, " --max-block-insns 3 --tlb-entries 1 --victim-entries 0"),
      "--instance",
      absl::StrCat("large=", emu, " --max-block-insns 512 --tlb-entries 4096"),
      "--instance",
      absl::StrCat("bad=", emu, " ", bad),
      "--out",
      testing::MakeTempDir(),
      "--timeout",
      "60s"};
  argv.insert(argv.end(), flags.begin(), flags.end());
  argv.insert(argv.end(), {"--", "-M", "virt", "-smp", "4", "--quantum", "50", "-nographic",
                           "-serial", "null", "-bios", Runfile(kGuest)});
  return testing::RunProcess(argv);
}

// Addresses of the guest's symbols.
std::map<std::string, uint64_t> Symbols() {
  const ProcessResult nm = testing::RunProcess({"riscv64-unknown-elf-nm", Runfile(kGuest)});
  EXPECT_EQ(nm.exit_code, 0) << nm.err;
  std::map<std::string, uint64_t> symbols;
  std::istringstream lines(nm.out);
  std::string address, type, name;
  while (lines >> address >> type >> name) symbols[name] = std::stoull(address, nullptr, 16);
  return symbols;
}

void ExpectFoundIn(int hart, const ProcessResult& result, const std::string& symbol) {
  ASSERT_EQ(result.exit_code, 1) << result.out << result.err;
  const json report = json::parse(result.out);
  ASSERT_EQ(report["outcome"], "OUTCOME_DIVERGED");
  EXPECT_EQ(report["vcpus"], 4);
  const json& divergence = report["divergence"];
  EXPECT_EQ(divergence["outliers"], json::array({"bad"}));
  EXPECT_EQ(divergence.value("vcpu", 0), hart);
  ASSERT_TRUE(divergence.contains("instruction")) << divergence.value("narrowing_note", "");
  const json& pc = divergence["instruction"]["place"]["pc"];
  EXPECT_EQ(pc.is_string() ? std::stoull(pc.get<std::string>()) : pc.get<uint64_t>(),
            Symbols().at(symbol))
      << divergence["instruction"].dump(1);
}

struct Case {
  const char* fault;
  const char* symbol;
  const char* engine;
};

// Names the parameter in messages.
void PrintTo(const Case& c, std::ostream* out) { *out << c.fault; }

class SmpFaultTest : public ::testing::TestWithParam<Case> {};

TEST_P(SmpFaultTest, IsFoundInItsHart) {
  const Case& c = GetParam();
  for (const int hart : {0, 1, 3}) {
    for (const char* flag : {"--stream=dense", "--stream=sparse"}) {
      SCOPED_TRACE(absl::StrCat("hart ", hart, " ", flag));
      const ProcessResult result = RunThree(
          absl::StrCat("--engine ", c.engine, " --inject ", c.fault, ",hart=", hart), {flag});
      ExpectFoundIn(hart, result, c.symbol);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Catalogue, SmpFaultTest,
    ::testing::Values(Case{"addw-keeps-high", "addw_keeps_high_guilty", "interp"},
                      Case{"sc-always-succeeds", "sc_always_succeeds_guilty", "interp"},
                      Case{"sh-stores-word", "sh_stores_word_guilty", "interp"},
                      Case{"epc-plus-two", "epc_plus_two_guilty", "interp"},
                      Case{"jit-addw-wide", "addw_keeps_high_guilty", "jit --jit-threshold 1"}),
    [](const auto& info) {
      return absl::StrReplaceAll(info.param.fault, {{"-", "_"}});
    });

// The state is known at the ends of windows only, and the other harts are wrong by then too.
TEST(SmpFaultsTest, DigestsAtWindowEndsMayNameAnotherHart) {
  const ProcessResult result = RunThree("--inject addw-keeps-high,hart=3", {"--digest=window"});
  ASSERT_EQ(result.exit_code, 1) << result.out << result.err;
  const json report = json::parse(result.out);
  EXPECT_EQ(report["divergence"]["outliers"], json::array({"bad"}));
  EXPECT_NE(report["notes"].dump().find("which is then named in its place"), std::string::npos)
      << report["notes"];
}

// In all harts: the first of them is named.
TEST(SmpFaultsTest, WithoutAHartAllHaveIt) {
  const ProcessResult result = RunThree("--inject addw-keeps-high", {});
  ASSERT_EQ(result.exit_code, 1) << result.out << result.err;
  const json divergence = json::parse(result.out)["divergence"];
  const json& text = divergence["instruction"]["text"];
  EXPECT_NE(text.get<std::string>().find("addw"), std::string::npos) << text;
}

TEST(SmpFaultsTest, AgreesWithoutAFault) {
  for (const char* bad : {"--engine jit", "--engine interp --max-block-insns 7"}) {
    const ProcessResult result = RunThree(bad, {});
    EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
    EXPECT_EQ(json::parse(result.out)["outcome"], "OUTCOME_IDENTICAL");
  }
}

TEST(SmpFaultsTest, AHartThatIsNotThereIsRefused) {
  const ProcessResult result = testing::RunProcess(
      {Runfile("emulator/main/lockstep-emu"), "-M", "virt", "-smp", "2", "-bios", Runfile(kGuest),
       "-nographic", "-serial", "null", "--inject", "addw-keeps-high,hart=2"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("hart"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace lockstep::faults

// Every planted fault of the translator is found in the block that holds the instruction which it
// breaks (symbol `guilty`, or the range guilty..guilty_end, of guests/NAME.S); without it
// translator and interpreter agree on the same guest.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "emulator/faults/catalogue.h"
#include "tests/support/process.h"

namespace lockstep::faults {

// Names the parameter in messages.
void PrintTo(const FaultInfo& fault, std::ostream* out) { *out << fault.name; }

namespace {

using nlohmann::json;
using testing::ProcessResult;
using testing::Runfile;

std::string Guest(const std::string& fault) { return Runfile("tests/faults/" + fault + ".elf"); }

std::map<std::string, uint64_t> Symbols(const std::string& elf) {
  std::map<std::string, uint64_t> symbols;
  const ProcessResult nm = testing::RunProcess({"riscv64-unknown-elf-nm", elf});
  EXPECT_EQ(nm.exit_code, 0) << nm.err;
  std::istringstream lines(nm.out);
  std::string address, type, name;
  while (lines >> address >> type >> name) symbols[name] = std::stoull(address, nullptr, 16);
  return symbols;
}

// The interpreter, and the translator with `extra`.
ProcessResult RunBoth(const std::string& fault, const std::string& extra) {
  const std::string emu = Runfile("emulator/main/lockstep-emu");
  return testing::RunProcess({Runfile("coordinator/cli/lockstep"), "run", "--json", "--a", emu,
                              "--b", absl::StrCat(emu, " --engine jit --jit-threshold 1 ", extra),
                              "--out", testing::MakeTempDir(), "--timeout", "60s", "--", "-M",
                              "virt", "-nographic", "-serial", "null", "-bios", Guest(fault)});
}

class JitFaultTest : public ::testing::TestWithParam<FaultInfo> {};

TEST_P(JitFaultTest, AgreesWithoutTheFault) {
  const ProcessResult result = RunBoth(std::string(GetParam().name), "");
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_EQ(json::parse(result.out)["outcome"], "OUTCOME_IDENTICAL");
}

TEST_P(JitFaultTest, IsFoundInTheRightBlock) {
  const std::string name(GetParam().name);
  const ProcessResult result = RunBoth(name, absl::StrCat("--inject ", name));
  ASSERT_EQ(result.exit_code, 1) << result.out << result.err;
  const json report = json::parse(result.out);
  ASSERT_EQ(report["outcome"], "OUTCOME_DIVERGED");
  const std::map<std::string, uint64_t> symbols = Symbols(Guest(name));
  const uint64_t guilty = symbols.at("guilty");
  const auto end = symbols.find("guilty_end");
  const uint64_t guilty_end = end == symbols.end() ? guilty + 1 : end->second;
  const json& listing = report["divergence"]["suspect_block_listing"];
  bool is_listed = false;
  for (const json& line : listing) {
    for (uint64_t pc = guilty; pc < guilty_end && !is_listed; pc += 2) {
      is_listed = absl::StrContains(line.get<std::string>(), absl::StrCat(absl::Hex(pc)));
    }
  }
  EXPECT_TRUE(is_listed) << "the suspect block does not hold the faulty instruction: "
                         << listing.dump(1);
}

std::vector<FaultInfo> JitFaults() {
  std::vector<FaultInfo> faults;
  for (const FaultInfo& fault : Catalogue()) {
    if (absl::StartsWith(fault.name.data(), "jit-")) faults.push_back(fault);
  }
  return faults;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, JitFaultTest, ::testing::ValuesIn(JitFaults()),
                         [](const ::testing::TestParamInfo<FaultInfo>& info) {
                           std::string name(info.param.name);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(JitFaultsTest, AreThirty) { EXPECT_GE(JitFaults().size(), 30u); }

}  // namespace
}  // namespace lockstep::faults

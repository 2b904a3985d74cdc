// Every planted fault is found, blamed on the right instruction and instance; without it the same
// instances agree. One guest program per fault: guests/NAME.S, whose symbol `guilty` (or the range
// guilty..guilty_end) is what the report must name.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
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

std::string GuestPath(const std::string& fault, const std::string& suffix) {
  return Runfile(absl::StrCat("tests/faults/", fault, suffix));
}

// Addresses of the symbols of an ELF file.
std::map<std::string, uint64_t> Symbols(const std::string& elf) {
  std::map<std::string, uint64_t> symbols;
  ProcessResult nm = testing::RunProcess({"riscv64-unknown-elf-nm", elf});
  EXPECT_EQ(nm.exit_code, 0) << nm.err;
  std::istringstream lines(nm.out);
  std::string address, type, name;
  while (lines >> address >> type >> name) symbols[name] = std::stoull(address, nullptr, 16);
  return symbols;
}

// Compares three instances over the fault's guest: two good ones of different block size and TLB
// geometry, and a third that is started with `extra`.
ProcessResult RunThree(const std::string& fault, const std::string& extra, const std::string& out,
                       const std::string& flag = "--stream=auto") {
  const std::string emu = Runfile("emulator/main/lockstep-emu");
  return testing::RunProcess(
      {Runfile("coordinator/cli/lockstep"),
       "run",
       "--json",
       flag,
       "--instance",
       absl::StrCat("tiny=", emu, " --max-block-insns 3 --tlb-entries 1 --victim-entries 0"),
       "--instance",
       absl::StrCat("large=", emu, " --max-block-insns 512 --tlb-entries 4096"),
       "--instance",
       absl::StrCat("bad=", emu, " ", extra),
       "--out",
       out,
       "--timeout",
       "60s",
       "--",
       "-M",
       "virt",
       "-nographic",
       "-serial",
       "null",
       "-bios",
       GuestPath(fault, ".elf")});
}

// A 64-bit number of the report; protobuf's JSON has them as strings.
uint64_t Number(const json& value) {
  return value.is_string() ? std::stoull(value.get<std::string>()) : value.get<uint64_t>();
}

class FaultTest : public ::testing::TestWithParam<FaultInfo> {};

TEST_P(FaultTest, AgreesWithoutTheFault) {
  const std::string name(GetParam().name);
  ProcessResult result = RunThree(name, "", testing::MakeTempDir());
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  json report = json::parse(result.out);
  EXPECT_EQ(report["outcome"], "OUTCOME_IDENTICAL");
  EXPECT_GT(Number(report["compared"]["splits"]), 0u) << "the instances cut blocks differently";
}

TEST_P(FaultTest, IsFoundAndBlamedOnItsInstruction) {
  const std::string name(GetParam().name);
  ProcessResult result = RunThree(name, absl::StrCat("--inject ", name), testing::MakeTempDir());
  ASSERT_EQ(result.exit_code, 1) << result.out << result.err;
  json report = json::parse(result.out);
  ASSERT_EQ(report["outcome"], "OUTCOME_DIVERGED");
  const json& divergence = report["divergence"];
  EXPECT_EQ(divergence["outliers"], json::array({"bad"}));

  std::map<std::string, uint64_t> symbols = Symbols(GuestPath(name, ".elf"));
  const uint64_t guilty = symbols.at("guilty");
  const uint64_t guilty_end = symbols.count("guilty_end") ? symbols["guilty_end"] : guilty + 1;

  const json& block = divergence["suspect_block"];
  const uint64_t block_pc = Number(block["place"]["pc"]);
  EXPECT_LT(block_pc, guilty_end);
  bool listed = false;
  for (const json& line : divergence["suspect_block_listing"]) {
    for (uint64_t pc = guilty; pc < guilty_end && !listed; pc += 2) {
      listed = line.get<std::string>().find(absl::StrCat(absl::Hex(pc))) != std::string::npos;
    }
  }
  EXPECT_TRUE(listed) << "the suspect block does not hold the faulty instruction: "
                      << divergence["suspect_block_listing"].dump(1);

  ASSERT_TRUE(divergence.contains("instruction")) << divergence.value("narrowing_note", "");
  const uint64_t pc = Number(divergence["instruction"]["place"]["pc"]);
  EXPECT_GE(pc, guilty);
  EXPECT_LT(pc, guilty_end) << divergence["instruction"].dump(1);
}

// Every form of a run names the same instruction.
TEST_P(FaultTest, IsFoundInEveryMode) {
  const std::string name(GetParam().name);
  std::map<std::string, uint64_t> symbols = Symbols(GuestPath(name, ".elf"));
  const uint64_t guilty = symbols.at("guilty");
  const uint64_t guilty_end = symbols.count("guilty_end") ? symbols["guilty_end"] : guilty + 1;
  for (const char* flag : {"--stream=dense", "--stream=sparse", "--digest=window"}) {
    SCOPED_TRACE(flag);
    ProcessResult result =
        RunThree(name, absl::StrCat("--inject ", name), testing::MakeTempDir(), flag);
    ASSERT_EQ(result.exit_code, 1) << result.out << result.err;
    json report = json::parse(result.out);
    const bool dense = absl::string_view(flag) == "--stream=dense";
    EXPECT_EQ(report["compared"]["stream_mode"],
              dense ? "STREAM_MODE_DENSE" : "STREAM_MODE_SPARSE");
    const json& divergence = report["divergence"];
    EXPECT_EQ(divergence["outliers"], json::array({"bad"}));
    ASSERT_TRUE(divergence.contains("instruction")) << divergence.value("narrowing_note", "");
    const uint64_t pc = Number(divergence["instruction"]["place"]["pc"]);
    EXPECT_GE(pc, guilty);
    EXPECT_LT(pc, guilty_end) << divergence["instruction"].dump(1);
  }
}

// Those of the translator are jit_faults_test's.
std::vector<FaultInfo> AllFaults() {
  std::vector<FaultInfo> faults;
  std::ranges::copy_if(Catalogue(), std::back_inserter(faults), [](const FaultInfo& fault) {
    return !absl::StartsWith(fault.name.data(), "jit-");
  });
  return faults;
}

INSTANTIATE_TEST_SUITE_P(Catalogue, FaultTest, ::testing::ValuesIn(AllFaults()),
                         [](const ::testing::TestParamInfo<FaultInfo>& info) {
                           std::string name(info.param.name);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(FaultGuestsTest, EveryFaultHasAGuestThatNamesItsInstruction) {
  EXPECT_GE(Catalogue().size(), 15u);
  for (const FaultInfo& fault : Catalogue()) {
    const std::string name(fault.name);
    const std::string source = testing::ReadFile(Runfile("tests/faults/guests/" + name + ".S"));
    EXPECT_EQ(source.substr(0, source.find('\n')), "# insn: " + std::string(fault.instruction));
  }
}

TEST(ListFaultsTest, PrintsTheWholeCatalogue) {
  ProcessResult result =
      testing::RunProcess({Runfile("emulator/main/lockstep-emu"), "--list-faults"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const FaultInfo& fault : Catalogue()) {
    EXPECT_NE(result.out.find(std::string(fault.name)), std::string::npos) << fault.name;
  }
}

}  // namespace
}  // namespace lockstep::faults

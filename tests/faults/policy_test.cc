// What a policy says is honoured by lockstep-emu, end to end: `lockstep run` over guests whose
// planted fault shows in a register, in memory or in the TLB.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/support/process.h"

namespace lockstep::faults {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ProcessResult;
using testing::Runfile;

struct Outcome {
  int status = 0;
  json report;
  std::string err;
};

// Compares these instances (options of lockstep-emu) over a guest, under a policy: a preset's name
// or a textproto.
Outcome Compare(const std::string& guest, const std::string& policy,
                const std::vector<std::string>& instances) {
  const std::string directory = testing::MakeTempDir();
  std::string name = policy;
  if (policy.find(':') != std::string::npos || policy.find('{') != std::string::npos) {
    name = directory + "/policy.txtpb";
    testing::WriteFile(name, policy);
  }
  std::vector<std::string> argv = {Runfile("coordinator/cli/lockstep"),
                                   "run",
                                   "--json",
                                   "-q",
                                   "--policy",
                                   name,
                                   "--out",
                                   directory + "/out"};
  for (size_t i = 0; i < instances.size(); ++i) {
    argv.insert(argv.end(), {"--instance", absl::StrCat(std::string(1, "ABCDE"[i]), "=",
                                                        Runfile("emulator/main/lockstep-emu"), " ",
                                                        instances[i])});
  }
  argv.insert(argv.end(), {"--", "-M", "virt", "-nographic", "-serial", "null", "-bios",
                           Runfile(absl::StrCat("tests/faults/", guest, ".elf"))});
  const ProcessResult result = testing::RunProcess(argv);
  Outcome outcome{result.exit_code, json::parse(result.out, nullptr, false), result.err};
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), result.exit_code == 2 ? 1 : 0)
      << result.err;
  return outcome;
}

const char kTiny[] = "--max-block-insns 3 --tlb-entries 1 --victim-entries 0";
const char kLarge[] = "--max-block-insns 512";

TEST(PolicyTest, MaskedBitsOfARegisterAreNotCompared) {
  const std::vector<std::string> instances = {kTiny, "--inject mstatus-mask"};
  Outcome plain = Compare("mstatus-mask", "default", instances);
  EXPECT_EQ(plain.status, 1) << plain.err;
  EXPECT_EQ(plain.report["divergence"]["kind"], "DIVERGENCE_KIND_CSR");
  // The guest reads the register later: then the wrong bit is in x10.
  Outcome masked =
      Compare("mstatus-mask", "csr_masks { csr: \"mstatus\" ignored_bits: 0x800000 }", instances);
  EXPECT_EQ(masked.status, 1) << masked.err;
  EXPECT_EQ(masked.report["divergence"]["kind"], "DIVERGENCE_KIND_GPR");
  for (const json& row : masked.report["divergence"]["registers"]) {
    if (row["name"]["name"] == "mstatus") {
      EXPECT_FALSE(row.value("differs", false)) << row.dump();
    }
  }
}

TEST(PolicyTest, AddedRegistersAreComparedAndIndependentOfSplits) {
  const std::string policy = "extra_csrs: \"time\"\nextra_csrs: \"mip\"\nextra_csrs: \"mcycle\"\n";
  for (const char* guest : {"mstatus-mask", "timer-late"}) {
    Outcome same = Compare(guest, policy, {kTiny, kLarge});
    EXPECT_EQ(same.status, 0) << same.err;
    EXPECT_EQ(same.report["outcome"], "OUTCOME_IDENTICAL");
  }
}

TEST(PolicyTest, UnknownRegistersAreTroubleThatNamesThem) {
  Outcome outcome =
      Compare("mstatus-mask", "csr_masks { csr: \"mipp\" ignored_bits: 1 }", {kTiny, kLarge});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_EQ(outcome.report["trouble"]["instance"], "A");
  const std::string reason = outcome.report["trouble"]["reason"];
  EXPECT_THAT(reason,
              HasSubstr("policy.csr_masks: there is no register mipp; there are priv fcsr"));
  outcome = Compare("mstatus-mask", "extra_csrs: \"sip\"", {kTiny, kLarge});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.report["trouble"]["reason"].get<std::string>(), HasSubstr("a view of mip"));
}

TEST(PolicyTest, VolatileMemoryIsNotCompared) {
  const std::vector<std::string> instances = {kTiny, "--inject sh-stores-word"};
  Outcome plain = Compare("sh-stores-word", "default", instances);
  EXPECT_EQ(plain.status, 1) << plain.err;
  EXPECT_EQ(plain.report["divergence"]["kind"], "DIVERGENCE_KIND_MEM");
  // The guest loads what was stored: then it is in a register.
  Outcome ignored = Compare("sh-stores-word",
                            "volatile_ranges { base: 0x80000000 size_bytes: 0x100000 }", instances);
  EXPECT_EQ(ignored.status, 1) << ignored.err;
  EXPECT_EQ(ignored.report["divergence"]["kind"], "DIVERGENCE_KIND_GPR");
}

TEST(PolicyTest, TlbFillsAreComparedOnRequest) {
  const std::vector<std::string> instances = {"--tlb-entries 1 --victim-entries 0", ""};
  Outcome reported = Compare("two-pages", "default", instances);
  EXPECT_EQ(reported.status, 0) << reported.err;
  Outcome compared = Compare("two-pages", "tlb_fills: TLB_FILLS_COMPARE", instances);
  EXPECT_EQ(compared.status, 1) << compared.err;
  EXPECT_EQ(compared.report["divergence"]["kind"], "DIVERGENCE_KIND_TLB");
  EXPECT_EQ(Compare("two-pages", "strict", instances).status, 1);
  Outcome strict = Compare("two-pages", "strict", {"--max-block-insns 3", ""});
  EXPECT_EQ(strict.status, 0) << strict.err;
}

TEST(PolicyTest, TooLongWithoutACommonBoundaryIsTrouble) {
  Outcome outcome = Compare("mstatus-mask", "max_split_insns: 2", {kTiny, kLarge});
  EXPECT_EQ(outcome.status, 2) << outcome.report.dump();
  EXPECT_THAT(outcome.report["trouble"]["reason"].get<std::string>(),
              HasSubstr("no block boundary common to all instances"));
  EXPECT_EQ(Compare("mstatus-mask", "max_split_insns: 512", {kTiny, kLarge}).status, 0);
}

TEST(PolicyTest, OutliersAreDroppedAndTheMajorityGoesOn) {
  const std::vector<std::string> instances = {kTiny, "--inject mstatus-mask", kLarge};
  Outcome stopped = Compare("mstatus-mask", "on_divergence: ON_DIVERGENCE_STOP", instances);
  EXPECT_EQ(stopped.status, 1) << stopped.err;
  EXPECT_TRUE(stopped.report["notes"].empty()) << stopped.report["notes"].dump();
  Outcome dropped =
      Compare("mstatus-mask", "on_divergence: ON_DIVERGENCE_DROP_OUTLIERS", instances);
  EXPECT_EQ(dropped.status, 1) << dropped.err;
  EXPECT_THAT(dropped.report["divergence"]["outliers"], ElementsAre("B"));
  EXPECT_THAT(dropped.report["notes"].dump(), HasSubstr("compared on without B"));
  EXPECT_THAT(dropped.report["notes"].dump(), HasSubstr("the others agree to their end"));
}

TEST(PolicyTest, ABadPolicyIsRefusedBeforeAnythingStarts) {
  Outcome outcome = Compare("mstatus-mask", "\nmax_split_insns: 0", {"--no-such-option", ""});
  EXPECT_EQ(outcome.status, 2);
  EXPECT_THAT(outcome.err, HasSubstr("policy.txtpb:2:1: policy.max_split_insns: 0"));
  outcome = Compare("mstatus-mask", "no-such-preset", {"--no-such-option", ""});
  EXPECT_THAT(outcome.err, HasSubstr("no such preset: those are default, qemu, strict"));
}

}  // namespace
}  // namespace lockstep::faults

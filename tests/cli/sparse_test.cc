// `lockstep run` in its modes: whatever is sent, and however often states are digested, the verdict
// is the same.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/cli/run_lockstep.h"

namespace lockstep::clitest {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ModeTest : public ::testing::TestWithParam<const char*> {
 protected:
  // Two example producers of 300000 instructions, four windows and a half.
  Result Run(const std::string& b, std::vector<std::string> flags = {}) {
    std::vector<std::string> args = {"run",   GetParam(),
                                     "--out", Fresh("run"),
                                     "--a",   Example("--insns 300000"),
                                     "--b",   Example("--insns 300000 " + b)};
    args.insert(args.end(), flags.begin(), flags.end());
    return RunLockstep(args);
  }
};

TEST_P(ModeTest, Identical) {
  const Result result = Run("", {"--json"});
  EXPECT_EQ(result.status, 0) << result.err;
  const auto report = nlohmann::json::parse(result.out);
  EXPECT_EQ(report["compared"]["insns"], "300000");
  const bool dense = absl::string_view(GetParam()) == "--stream=dense";
  EXPECT_EQ(report["compared"]["stream_mode"], dense ? "STREAM_MODE_DENSE" : "STREAM_MODE_SPARSE");
  EXPECT_EQ(report["compared"]["windows"], dense ? "0" : "5");
}

TEST_P(ModeTest, OtherSplits) {
  const Result result = Run("--split 5");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(LastLine(result.out), StartsWith("IDENTICAL  insns=300000 "));
}

TEST_P(ModeTest, AFaultIsNarrowedToTheSameInstruction) {
  const Result result = Run("--split 7 --fault-at 234567");
  EXPECT_EQ(result.status, 1) << result.err;
  EXPECT_THAT(LastLine(result.out), StartsWith("DIVERGED   kind=gpr vcpu=0 icount=234567 "));
}

TEST_P(ModeTest, ACrash) {
  const Result result = Run("--crash-at 234567");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(LastLine(result.out),
              AllOf(StartsWith("TROUBLE    instance=B"), HasSubstr("SIGKILL) at icount<=2345"),
                    HasSubstr("verified to 2345")));
}

TEST_P(ModeTest, AFaultRightBeforeACrash) {
  const Result result = Run("--fault-at 234000 --crash-at 234567");
  EXPECT_EQ(result.status, 1) << result.err;
  EXPECT_THAT(LastLine(result.out), StartsWith("DIVERGED   kind=gpr vcpu=0 icount=234000 "));
}

TEST_P(ModeTest, AnExitWithoutAnEnd) {
  const Result result = Run("--quit-at 234567");
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(LastLine(result.out),
              AllOf(StartsWith("TROUBLE    instance=B"), HasSubstr("exited with status 3")));
}

// It is found though no window is completed any more.
TEST_P(ModeTest, AFaultBeforeAHang) {
  const Result result = Run("--fault-at 230000 --hang-at 234567", {"--timeout", "60s"});
  EXPECT_EQ(result.status, 1) << result.err;
  EXPECT_THAT(LastLine(result.out), StartsWith("DIVERGED   kind=gpr vcpu=0 icount=230000 "));
}

TEST_P(ModeTest, OneOfThree) {
  const Result result = RunLockstep(
      {"run", GetParam(), "--out", Fresh("run"), "--instance", "one=" + Example("--split 3"),
       "--instance", "bad=" + Example("--fault-at 77777"), "--instance", "two=" + Example()});
  EXPECT_EQ(result.status, 1) << result.err;
  EXPECT_THAT(LastLine(result.out), AllOf(HasSubstr("icount=77777 "), HasSubstr("instances=bad")));
}

INSTANTIATE_TEST_SUITE_P(Modes, ModeTest,
                         ::testing::Values("--stream=dense", "--stream=sparse", "--stream=auto",
                                           "--digest=window", "--digest=insn"),
                         [](const auto& info) {
                           std::string name = info.param + 2;
                           name[name.find('=')] = '_';
                           return name;
                         });

// Twenty times as long, the memory of lockstep is the same.
TEST(SparseRun, MemoryDoesNotGrow) {
  uint64_t peak[2] = {};
  for (int i : {0, 1}) {
    const std::string insns = absl::StrCat("--insns ", i == 0 ? 10000000 : 200000000);
    const Result result = RunLockstep({"run", "-v", "--stream=sparse", "--out", Fresh("run"), "--a",
                                       Example(insns), "--b", Example(insns)});
    ASSERT_EQ(result.status, 0) << result.err;
    const size_t at = result.err.find("coordinator ");
    ASSERT_NE(at, std::string::npos) << result.err;
    ASSERT_THAT(result.err, HasSubstr(" MiB"));
    peak[i] = static_cast<uint64_t>(std::stod(result.err.substr(at + 12)));
  }
  EXPECT_LT(peak[1], peak[0] + 16) << "MiB";
}

TEST(Modes, WhatDoesNotGoTogetherIsSaid) {
  const Result result = RunLockstep({"run", "--stream=dense", "--digest=window", "--a", Example(),
                                     "--b", Example(), "--out", Fresh("run")});
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("--digest=window cannot be compared block by block"));
}

}  // namespace
}  // namespace lockstep::clitest

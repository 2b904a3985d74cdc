// `lockstep run` of instances that agree without having proved anything: trouble, with the reason.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/cli/run_lockstep.h"

namespace lockstep::clitest {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class VacuousTest : public ::testing::TestWithParam<const char*> {
 protected:
  // The reason why a run of these two, which agree, is in trouble.
  std::string ReasonOf(const std::string& a, const std::string& b) {
    const std::string out = Fresh("run");
    const Result result = RunLockstep({"run", GetParam(), "--out", out, "--a", a, "--b", b});
    EXPECT_EQ(result.status, 2) << result.out;
    EXPECT_THAT(result.err, StartsWith("lockstep: "));
    EXPECT_EQ(Lines(result.err).size(), 1u) << result.err;
    EXPECT_THAT(LastLine(result.out), StartsWith("TROUBLE    instance="));
    const auto report = nlohmann::json::parse(ReadFile(out + "/report.json"));
    const std::string reason = report["trouble"].value("reason", "");
    EXPECT_THAT(result.err, HasSubstr(reason));
    return reason;
  }
};

TEST_P(VacuousTest, NothingCompared) {
  EXPECT_EQ(ReasonOf(Example("--insns 0"), Example("--insns 0")),
            "nothing proved: no block was compared");
}

TEST_P(VacuousTest, ASingleBlock) {
  EXPECT_EQ(ReasonOf(Example("--insns 5"), Example("--insns 5")),
            "nothing proved: it sent a single block");
  // One of the two is enough.
  EXPECT_EQ(ReasonOf(Example("--insns 5 --split 1"), Example("--insns 5")),
            "nothing proved: it sent a single block");
}

TEST_P(VacuousTest, AJitThatNeverTranslated) {
  const std::string jit = JitProducer();
  EXPECT_EQ(ReasonOf(jit, jit), "nothing proved: its engine is a JIT, and it translated no block");
}

// Two blocks of which the registers differ are enough.
TEST_P(VacuousTest, WhatProvesSomethingIsGreen) {
  const Result result = RunLockstep({"run", GetParam(), "--out", Fresh("run"), "--a",
                                     Example("--insns 24"), "--b", Example("--insns 24")});
  EXPECT_EQ(result.status, 0) << result.err;
}

INSTANTIATE_TEST_SUITE_P(Modes, VacuousTest, ::testing::Values("--stream=dense", "--stream=auto"),
                         [](const auto& info) {
                           std::string name = info.param + 2;
                           name[name.find('=')] = '_';
                           return name;
                         });

}  // namespace
}  // namespace lockstep::clitest

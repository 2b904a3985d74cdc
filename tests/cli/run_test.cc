// `lockstep run` with the example producer: verdicts, exit statuses, files, streams.
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/cli/run_lockstep.h"

namespace lockstep::clitest {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// `lockstep run` of two example producers, with a fresh --out.
struct TwoRun {
  TwoRun(const std::string& a, const std::string& b, std::vector<std::string> flags = {}) {
    args = {"run", "--a", Example(a), "--b", Example(b), "--out", out};
    args.insert(args.end(), flags.begin(), flags.end());
    result = RunLockstep(args);
  }
  std::string out = Fresh("run");
  std::vector<std::string> args;
  Result result;
};

TEST(Run, Identical) {
  TwoRun run("", "");
  EXPECT_EQ(run.result.status, 0) << run.result.err;
  EXPECT_THAT(LastLine(run.result.out), StartsWith("IDENTICAL  insns=100000 "));
  EXPECT_EQ(run.result.err, "");
}

TEST(Run, IdenticalWithOtherSplits) {
  for (const char* split : {"1", "2", "5", "7"}) {
    TwoRun run("", absl::StrCat("--split ", split));
    EXPECT_EQ(run.result.status, 0) << run.result.err;
    EXPECT_THAT(LastLine(run.result.out), ContainsRegex("^IDENTICAL .* splits=[1-9][0-9]* "));
  }
}

TEST(Run, DivergedAtTheFaultyInstruction) {
  TwoRun run("", "--fault-at 54321");
  EXPECT_EQ(run.result.status, 1) << run.result.err;
  EXPECT_THAT(LastLine(run.result.out),
              AllOf(StartsWith("DIVERGED   kind=gpr vcpu=0 icount="), HasSubstr("instances=")));
  EXPECT_THAT(run.result.out, HasSubstr("54321"));  // narrowed to the instruction
}

TEST(Run, DivergedWithoutNarrowing) {
  TwoRun run("", "--fault-at 54321", {"--no-narrow"});
  EXPECT_EQ(run.result.status, 1);
  EXPECT_THAT(LastLine(run.result.out), StartsWith("DIVERGED"));
}

TEST(Run, OutlierOfThreeIsNamed) {
  const Result result = RunLockstep({"run", "--instance", "one=" + Example("--split 3"),
                                     "--instance", "bad=" + Example("--fault-at 777"), "--instance",
                                     "two=" + Example(), "--out", Fresh("o")});
  EXPECT_EQ(result.status, 1) << result.err;
  EXPECT_THAT(LastLine(result.out), ContainsRegex("instances=bad$"));
}

TEST(Run, ArgumentsAfterTheDashesGoToAll) {
  const Result result = RunLockstep({"run", "--a", Example(), "--b", Example("--split 2"), "--out",
                                     Fresh("o"), "--", "--insns", "5000"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(LastLine(result.out), HasSubstr("insns=5000 "));
}

TEST(Run, MaxInsnsEndsTheRun) {
  TwoRun run("", "--fault-at 5000", {"--max-insns", "4k"});
  EXPECT_EQ(run.result.status, 0) << run.result.err;
  EXPECT_THAT(LastLine(run.result.out), HasSubstr("insns=4000 "));
}

TEST(Run, LongRunThroughManyBatches) {
  TwoRun run("--insns 20000000", "--insns 20000000 --split 5");
  EXPECT_EQ(run.result.status, 0) << run.result.err;
  EXPECT_THAT(LastLine(run.result.out), HasSubstr("insns=20000000 "));
}

TEST(Run, LateDivergence) {
  TwoRun run("--insns 20000000", "--insns 20000000 --fault-at 19999990");
  EXPECT_EQ(run.result.status, 1) << run.result.err;
  EXPECT_THAT(run.result.out, HasSubstr("19999990"));
}

TEST(Run, WritesItsDirectory) {
  TwoRun run("", "");
  EXPECT_EQ(ReadFile(run.out + "/report.txt"), run.result.out);
  const auto json = nlohmann::json::parse(ReadFile(run.out + "/report.json"));
  EXPECT_EQ(json["outcome"], "OUTCOME_IDENTICAL");
  for (const char* name : {"A.stdout", "A.stderr", "B.stdout", "B.stderr"}) {
    EXPECT_TRUE(std::filesystem::exists(run.out + "/" + name)) << name;
  }
}

TEST(Run, JsonIsOneObject) {
  TwoRun run("", "--fault-at 500", {"--json"});
  EXPECT_EQ(run.result.status, 1);
  const auto json = nlohmann::json::parse(run.result.out, nullptr, /*allow_exceptions=*/false);
  ASSERT_FALSE(json.is_discarded()) << run.result.out;
  EXPECT_EQ(json["outcome"], "OUTCOME_DIVERGED");
  EXPECT_EQ(json["instances"][1]["name"], "B");
}

TEST(Run, NextCommandsRepeatTheRun) {
  TwoRun run("", "--fault-at 500", {"--json"});
  const auto json = nlohmann::json::parse(run.result.out);
  const std::string commands = json["next_commands"].dump();
  EXPECT_THAT(commands, HasSubstr("--fault-at 500"));
  EXPECT_THAT(commands, HasSubstr(absl::StrCat("show ", run.out)));
}

TEST(Run, DefaultDirectoryIsNamedAfterTheRun) {
  const std::string directory = Fresh("cwd");
  std::filesystem::create_directory(directory);
  const Result result = Lockstep({"run", "--a", Example(), "--b", Example()}, {}, directory).Wait();
  EXPECT_EQ(result.status, 0) << result.err;
  int reports = 0;
  for (const auto& entry : std::filesystem::directory_iterator(directory + "/lockstep-out")) {
    reports += std::filesystem::exists(entry.path() / "report.json");
  }
  EXPECT_EQ(reports, 1);
}

TEST(Run, ColorOnlyWhenAsked) {
  TwoRun plain("", "--fault-at 500");
  EXPECT_THAT(plain.result.out, Not(HasSubstr("\033[")));
  TwoRun colored("", "--fault-at 500", {"--color", "always"});
  EXPECT_THAT(colored.result.out, HasSubstr("\033["));
  EXPECT_THAT(LastLine(colored.result.out), StartsWith("DIVERGED"));
}

TEST(Run, VerboseTellsMemoryAndRate) {
  TwoRun run("", "", {"-v"});
  EXPECT_EQ(run.result.status, 0);
  EXPECT_THAT(run.result.err, ContainsRegex("peak memory: coordinator .*MiB.*A .*B "));
  EXPECT_THAT(run.result.err, HasSubstr("blocks/s"));
}

TEST(Run, PolicyFileIsRead) {
  const std::string policy = Fresh("policy.txtpb");
  std::ofstream(policy) << "groups: DIGEST_GROUP_GPR\n";
  TwoRun run("", "", {"--policy", policy});
  EXPECT_EQ(run.result.status, 0) << run.result.err << run.result.out;
}

TEST(Run, InterruptReportsWhatWasVerified) {
  const std::string out = Fresh("o");
  Lockstep lockstep({"run", "--a", Example("--insns 1000000000000"), "--b",
                     Example("--insns 1000000000000"), "--out", out});
  absl::SleepFor(absl::Seconds(1));
  lockstep.Signal(SIGINT);
  const Result result = lockstep.Wait();
  EXPECT_EQ(result.status, 130);
  EXPECT_THAT(LastLine(result.out),
              ContainsRegex("^TROUBLE .*interrupted.*verified to [1-9][0-9]+"));
  EXPECT_EQ(Lines(result.err).size(), 1u) << result.err;
  EXPECT_TRUE(std::filesystem::exists(out + "/report.json"));
  EXPECT_THAT(ProcessesWith(out), IsEmpty());
}

TEST(Run, ShowPrintsTheReportAgain) {
  TwoRun run("", "--fault-at 500");
  Result shown = RunLockstep({"show", run.out});
  EXPECT_EQ(shown.status, 1);
  EXPECT_EQ(shown.out, run.result.out);
  shown = RunLockstep({"show", run.out + "/report.json", "--json"});
  EXPECT_EQ(nlohmann::json::parse(shown.out),
            nlohmann::json::parse(ReadFile(run.out + "/report.json")));
}

TEST(Run, NothingIsLeftBehind) {
  const std::string mark = absl::StrCat("--fault-at 99999", getpid());
  const std::string tmp = Fresh("tmp");
  std::filesystem::create_directory(tmp);
  const Result result = RunLockstep(
      {"run", "--a", Example(mark), "--b", Example(mark), "--out", Fresh("o")}, {"TMPDIR=" + tmp});
  EXPECT_EQ(result.status, 0);
  EXPECT_TRUE(std::filesystem::is_empty(tmp));
}

TEST(Run, EverythingDiesWithLockstep) {
  const std::string tmp = Fresh("tmp");
  std::filesystem::create_directory(tmp);
  // A wrapper script, so that the emulator is not lockstep's own child.
  const std::string mark = absl::StrCat("1000000000", getpid());
  const std::string command = absl::StrCat("sh -c '", Example("--insns " + mark), "; true'");
  Lockstep lockstep({"run", "--a", command, "--b", command, "--out", Fresh("o")},
                    {"TMPDIR=" + tmp});
  for (int i = 0; i < 1000 && ProcessesWith(mark).size() < 4; ++i) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_GE(ProcessesWith(mark).size(), 4u);
  lockstep.Signal(SIGKILL);
  lockstep.Wait();
  for (int i = 0; i < 1000 && !(ProcessesWith(mark).empty() && std::filesystem::is_empty(tmp));
       ++i) {
    absl::SleepFor(absl::Milliseconds(5));
  }
  EXPECT_THAT(ProcessesWith(mark), IsEmpty());
  EXPECT_TRUE(std::filesystem::is_empty(tmp));
}

}  // namespace
}  // namespace lockstep::clitest

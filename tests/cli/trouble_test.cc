// Bad input to `lockstep`: one clear line on stderr, exit status 2, and what was verified so far.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/cli/run_lockstep.h"

namespace lockstep::clitest {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Checks what every trouble has in common, and returns the line on stderr.
std::string TroubleOf(const Result& result) {
  EXPECT_EQ(result.status, 2) << result.out << result.err;
  const std::vector<std::string> lines = Lines(result.err);
  EXPECT_EQ(lines.size(), 1u) << result.err;
  if (lines.empty()) return "";
  EXPECT_THAT(lines[0], StartsWith("lockstep: "));
  return lines[0];
}

// The same of a command line that is wrong: it ends with a hint, and nothing is on stdout.
std::string UsageErrorOf(const std::vector<std::string>& args) {
  const Result result = RunLockstep(args);
  EXPECT_EQ(result.status, 2) << result.out << result.err;
  EXPECT_EQ(result.out, "");
  const std::vector<std::string> lines = Lines(result.err);
  EXPECT_EQ(lines.size(), 1u) << result.err;
  if (lines.empty()) return "";
  EXPECT_THAT(lines[0], StartsWith("lockstep: "));
  EXPECT_THAT(lines[0], HasSubstr("; try 'lockstep"));
  return lines[0];
}

std::vector<std::string> TwoArgs(const std::string& a, const std::string& b,
                                 std::vector<std::string> flags = {}) {
  std::vector<std::string> args = {"run", "--a", a, "--b", b};
  if (std::find(flags.begin(), flags.end(), "--out") == flags.end()) {
    args.insert(args.end(), {"--out", Fresh("out")});
  }
  args.insert(args.end(), flags.begin(), flags.end());
  return args;
}

TEST(Usage, UnknownOption) {
  EXPECT_THAT(UsageErrorOf(TwoArgs(Example(), Example(), {"--frobnicate"})),
              HasSubstr("--frobnicate"));
}

TEST(Usage, NoCommand) { UsageErrorOf({}); }

TEST(Usage, UnknownCommand) { EXPECT_THAT(UsageErrorOf({"walk"}), HasSubstr("walk")); }

TEST(Usage, OneInstanceOnly) {
  EXPECT_THAT(UsageErrorOf({"run", "--a", Example()}), HasSubstr("only 1"));
}

TEST(Usage, DuplicateNames) {
  EXPECT_THAT(UsageErrorOf({"run", "--instance", "X=" + Example(), "--instance", "X=" + Example()}),
              HasSubstr("'X'"));
}

TEST(Usage, BadTimeout) {
  EXPECT_THAT(UsageErrorOf(TwoArgs(Example(), Example(), {"--timeout", "soon"})),
              HasSubstr("'soon' is not a duration"));
}

TEST(Usage, OpenQuote) {
  EXPECT_THAT(UsageErrorOf(TwoArgs("emu 'x", Example())), HasSubstr("quote is not closed"));
}

TEST(Trouble, UnwritableOut) {
  const std::string file = Fresh("file");
  std::ofstream(file) << "x";
  const Result result = RunLockstep(TwoArgs(Example(), Example(), {"--out", file + "/d"}));
  EXPECT_THAT(TroubleOf(result), HasSubstr(file + "/d"));
  EXPECT_EQ(result.out, "");
}

TEST(Trouble, MissingPolicy) {
  const Result result =
      RunLockstep(TwoArgs(Example(), Example(), {"--policy", "/no/such/policy.txtpb"}));
  EXPECT_THAT(TroubleOf(result), HasSubstr("/no/such/policy.txtpb"));
}

TEST(Trouble, BadPolicy) {
  const std::string policy = Fresh("policy.txtpb");
  std::ofstream(policy) << "groups: DIGEST_GROUP_GPR\nmax_split_insns: lots\n";
  const Result result = RunLockstep(TwoArgs(Example(), Example(), {"--policy", policy}));
  EXPECT_THAT(TroubleOf(result), HasSubstr(absl::StrCat(policy, ":2:")));
}

TEST(Trouble, PolicyDemandsWhatAnInstanceLacks) {
  const std::string policy = Fresh("policy.txtpb");
  std::ofstream(policy) << "groups: DIGEST_GROUP_MEM\n";
  const Result result = RunLockstep(TwoArgs(Example(), Example(), {"--policy", policy}));
  EXPECT_THAT(TroubleOf(result), HasSubstr("mem"));
}

TEST(Trouble, MissingSymbols) {
  const Result result = RunLockstep(TwoArgs(Example(), Example(), {"--symbols", "/no/such.elf"}));
  EXPECT_THAT(TroubleOf(result), HasSubstr("/no/such.elf"));
}

TEST(Trouble, InstanceThatDoesNotExist) {
  const Result result = RunLockstep(TwoArgs(Example(), "./no-such-emulator -M virt"));
  EXPECT_THAT(TroubleOf(result),
              AllOf(HasSubstr("instance B"), HasSubstr("cannot start './no-such-emulator'")));
  EXPECT_THAT(LastLine(result.out), StartsWith("TROUBLE    instance=B reason=\"cannot start"));
}

TEST(Trouble, FirstInstanceDoesNotExist) {
  const Result result = RunLockstep(TwoArgs("no-such-emulator-in-path", Example()));
  EXPECT_THAT(TroubleOf(result), AllOf(HasSubstr("instance A"), HasSubstr("not found in PATH")));
}

TEST(Trouble, InstanceThatIsNoProgram) {
  const std::string file = Fresh("data");
  std::ofstream(file) << "\x7f data";
  chmod(file.c_str(), 0755);
  EXPECT_THAT(TroubleOf(RunLockstep(TwoArgs(Example(), file))), HasSubstr("Exec format error"));
}

TEST(Trouble, InstanceThatExitsAtOnce) {
  const Result result =
      RunLockstep(TwoArgs(Example(), "sh -c 'echo \"emu: no such image\" >&2; exit 3'"));
  EXPECT_THAT(TroubleOf(result), AllOf(HasSubstr("instance B"), HasSubstr("exited with status 3"),
                                       HasSubstr("emu: no such image")));
}

TEST(Trouble, InstanceThatIsNoProducer) {
  EXPECT_THAT(TroubleOf(RunLockstep(TwoArgs("true", Example()))),
              AllOf(HasSubstr("instance A"), HasSubstr("is it a Lockstep producer?")));
}

TEST(Trouble, InstanceThatIsKilledHalfWay) {
  const Result result = RunLockstep(TwoArgs(Example(), Example("--crash-at 50000")));
  EXPECT_THAT(TroubleOf(result), AllOf(HasSubstr("instance B"), HasSubstr("SIGKILL")));
  // Its last block, of 12 instructions at most, is known to have begun.
  EXPECT_THAT(LastLine(result.out),
              ContainsRegex("^TROUBLE    instance=B reason=\"exited with status 137 \\(SIGKILL\\) "
                            "at icount<=(49998|500[01][0-9]); verified to 499[89][0-9]\"$"));
}

TEST(Trouble, InstanceThatQuitsHalfWay) {
  const Result result = RunLockstep(TwoArgs(Example("--quit-at 60000"), Example()));
  EXPECT_THAT(TroubleOf(result), AllOf(HasSubstr("instance A"), HasSubstr("exited with status 3"),
                                       HasSubstr("verified to ")));
}

TEST(Trouble, DivergenceBeforeACrashIsADivergence) {
  const Result result = RunLockstep(
      TwoArgs(Example(), Example("--fault-at 30000 --crash-at 50000"), {"--no-narrow"}));
  EXPECT_EQ(result.status, 1) << result.out << result.err;
}

TEST(Trouble, HangWithTimeout) {
  const Result result = RunLockstep(TwoArgs(
      Example("--insns 300000"), Example("--insns 300000 --hang-at 240000"), {"--timeout", "2s"}));
  EXPECT_THAT(TroubleOf(result), HasSubstr("timeout after 2s"));
  EXPECT_THAT(LastLine(result.out), ContainsRegex("verified to [1-9][0-9]*"));
}

TEST(Trouble, HangBeforeOpeningWithTimeout) {
  const Result result = RunLockstep(TwoArgs(Example(), "sleep 1000", {"--timeout", "1s"}));
  EXPECT_THAT(TroubleOf(result), HasSubstr("timeout after 1s"));
}

TEST(Trouble, GarbageOnTheRing) {
  const Result result = RunLockstep(TwoArgs(Example(), Example("--garbage")));
  EXPECT_THAT(TroubleOf(result), AllOf(HasSubstr("instance B"), HasSubstr("garbage on its ring")));
}

TEST(Trouble, NothingCompared) {
  const Result result = RunLockstep(TwoArgs(Example("--insns 0"), Example("--insns 0")));
  TroubleOf(result);
  EXPECT_THAT(LastLine(result.out), StartsWith("TROUBLE"));
}

TEST(Trouble, JsonOfTroubleIsOneObject) {
  const Result result = RunLockstep(TwoArgs("true", Example(), {"--json"}));
  TroubleOf(result);
  EXPECT_THAT(result.out, AllOf(StartsWith("{"), HasSubstr("OUTCOME_TROUBLE")));
}

TEST(Trouble, BisectSkips) {
  EXPECT_EQ(RunLockstep(TwoArgs("true", Example(), {"--bisect"})).status, 125);
  EXPECT_EQ(RunLockstep(TwoArgs(Example(), Example(), {"--bisect", "--nonsense"})).status, 125);
  EXPECT_EQ(RunLockstep(TwoArgs(Example(), Example(), {"--bisect"})).status, 0);
  EXPECT_EQ(RunLockstep(TwoArgs(Example(), Example("--fault-at 5"), {"--bisect"})).status, 1);
}

TEST(Trouble, ShowOfAMissingReport) {
  EXPECT_THAT(TroubleOf(RunLockstep({"show", "/no/such/report.json"})),
              HasSubstr("/no/such/report.json"));
  const std::string directory = Fresh("empty");
  std::filesystem::create_directory(directory);
  EXPECT_THAT(TroubleOf(RunLockstep({"show", directory})), HasSubstr(directory + "/report.json"));
}

TEST(Trouble, ShowOfAGarbledReport) {
  const std::string path = Fresh("report.json");
  for (const char* text : {"", "{", "[]", "{\"outcome\": 17}", "\x01\x02\x03", "null"}) {
    std::ofstream(path) << text;
    EXPECT_THAT(TroubleOf(RunLockstep({"show", path})), HasSubstr(path)) << text;
  }
}

TEST(Trouble, ShowOfATruncatedReport) {
  const std::string out = Fresh("out");
  RunLockstep(TwoArgs(Example(), Example("--fault-at 500"), {"--out", out}));
  const std::string json = ReadFile(out + "/report.json");
  ASSERT_FALSE(json.empty());
  for (size_t size = 0; size + 2 < json.size(); size += json.size() / 17 + 1) {
    std::ofstream(out + "/report.json") << json.substr(0, size);
    TroubleOf(RunLockstep({"show", out}));
  }
}

}  // namespace
}  // namespace lockstep::clitest

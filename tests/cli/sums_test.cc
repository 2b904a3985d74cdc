// `lockstep run --digest=window` of producers that tell of their blocks by sums alone: the verdict
// is that of a run with blocks, which it takes a second run to give.
#include <signal.h>

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/cli/run_lockstep.h"

namespace lockstep::clitest {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// What a run printed, and the report that it left.
struct Outcome {
  Result result;
  nlohmann::json report;
};

// Two of them, of 300000 instructions: four windows and a half.
Outcome Compare(const std::string& a, const std::string& b, std::vector<std::string> flags = {}) {
  const std::string out = Fresh("run");
  std::vector<std::string> args = {"run", "-v", "--digest=window", "--out", out, "--a", a,
                                   "--b", b};
  args.insert(args.end(), flags.begin(), flags.end());
  Outcome outcome{RunLockstep(args), {}};
  const std::string report = ReadFile(out + "/report.json");
  if (!report.empty()) outcome.report = nlohmann::json::parse(report);
  return outcome;
}

// The first time it is started it is this one, later that one.
std::string FirstThen(const std::string& first, const std::string& then) {
  const std::string mark = Fresh("mark");
  return absl::StrCat("sh -c 'if [ -e ", mark, " ]; then exec ", then, "; else : > ", mark,
                      "; exec ", first, "; fi'");
}

TEST(Sums, IdenticalInOneRun) {
  const Outcome run = Compare(SumProducer(), SumProducer());
  EXPECT_EQ(run.result.status, 0) << run.result.err;
  EXPECT_EQ(LastLine(run.result.out), "IDENTICAL  insns=300000 windows=5 compared=pc,gpr vcpus=1");
  EXPECT_THAT(run.result.err, Not(HasSubstr("running again")));
  EXPECT_EQ(run.report["compared"]["sums"], true);
  EXPECT_EQ(run.report["compared"]["windows"], "5");
}

// The digests are of instructions, however they are told.
TEST(Sums, IdenticalToOneThatTellsBlocks) {
  for (const bool first : {true, false}) {
    const std::string blocks = Example("--insns 300000");
    const Outcome run = Compare(first ? blocks : SumProducer(), first ? SumProducer() : blocks);
    EXPECT_EQ(run.result.status, 0) << run.result.err;
    EXPECT_THAT(LastLine(run.result.out), StartsWith("IDENTICAL  insns=300000 windows=5 "));
  }
}

TEST(Sums, ADivergenceIsNarrowedFromASecondRun) {
  const Outcome run = Compare(SumProducer(), SumProducer("--fault-at 234567"));
  EXPECT_EQ(run.result.status, 1) << run.result.err;
  EXPECT_THAT(LastLine(run.result.out), StartsWith("DIVERGED   kind=gpr vcpu=0 icount=234567 "));
  EXPECT_THAT(run.result.err, HasSubstr("running again, with blocks from icount 196608 on"));
  EXPECT_EQ(run.report["compared"]["windows"], "3");
  EXPECT_EQ(run.report["compared"]["detailed_windows"], "1");
  EXPECT_FALSE(run.report["divergence"]["history"].empty());
  EXPECT_EQ(run.report["divergence"]["last_agreed_icount"], "196608");
  EXPECT_THAT(run.result.err, HasSubstr(absl::StrCat("run ", run.report.value("run_id", ""), ",")));
}

TEST(Sums, ADivergenceOfTheFirstWindow) {
  const Outcome run = Compare(SumProducer(), SumProducer("--fault-at 5"));
  EXPECT_EQ(run.result.status, 1) << run.result.err;
  EXPECT_THAT(LastLine(run.result.out), StartsWith("DIVERGED   kind=gpr vcpu=0 icount=5 "));
}

TEST(Sums, ADivergenceThatDoesNotRepeatStands) {
  const Outcome run =
      Compare(SumProducer(), FirstThen(SumProducer("--fault-at 234567"), SumProducer()));
  EXPECT_EQ(run.result.status, 1) << run.result.err;
  EXPECT_THAT(LastLine(run.result.out), StartsWith("DIVERGED   kind=pc vcpu=0 icount=262144 "));
  EXPECT_THAT(run.report["divergence"].value("narrowing_note", ""),
              HasSubstr("from icount 196608 on, did not repeat it"));
  EXPECT_EQ(run.report["divergence"]["last_agreed_icount"], "196608");
}

TEST(Sums, ACrash) {
  const Outcome run = Compare(SumProducer(), SumProducer("--crash-at 234567"));
  EXPECT_EQ(run.result.status, 2);
  EXPECT_THAT(LastLine(run.result.out),
              AllOf(StartsWith("TROUBLE    instance=B"), HasSubstr("SIGKILL) at icount<=2345"),
                    HasSubstr("verified to 2345")));
}

TEST(Sums, AFaultRightBeforeACrash) {
  const Outcome run = Compare(SumProducer(), SumProducer("--fault-at 234000 --crash-at 234567"));
  EXPECT_EQ(run.result.status, 1) << run.result.err;
  EXPECT_THAT(LastLine(run.result.out), StartsWith("DIVERGED   kind=gpr vcpu=0 icount=234000 "));
}

TEST(Sums, AFaultRightBeforeACrashInTheFirstWindow) {
  const Outcome run = Compare(SumProducer(), SumProducer("--fault-at 34000 --crash-at 34567"));
  EXPECT_EQ(run.result.status, 1) << run.result.err;
  EXPECT_THAT(LastLine(run.result.out), StartsWith("DIVERGED   kind=gpr vcpu=0 icount=34000 "));
}

TEST(Sums, WhoGivesUpIsTrouble) {
  const Outcome run = Compare(SumProducer(), SumProducer("--error-at 234567"));
  EXPECT_EQ(run.result.status, 2);
  EXPECT_THAT(LastLine(run.result.out),
              AllOf(StartsWith("TROUBLE    instance=B"),
                    HasSubstr("gave up at icount 234567: no such instruction")));
}

// It is seen that nothing comes any more, long before the timeout.
TEST(Sums, AFaultBeforeAHang) {
  const absl::Time start = absl::Now();
  const Outcome run = Compare(SumProducer(), SumProducer("--fault-at 230000 --hang-at 234567"),
                              {"--timeout", "10m"});
  EXPECT_EQ(run.result.status, 1) << run.result.err;
  EXPECT_THAT(LastLine(run.result.out), StartsWith("DIVERGED   kind=gpr vcpu=0 icount=230000 "));
  EXPECT_LT(absl::Now() - start, absl::Minutes(5));
}

TEST(Sums, AHangIsTroubleAtTheTimeout) {
  const Outcome run = Compare(SumProducer(), SumProducer("--hang-at 234567"), {"--timeout", "8s"});
  EXPECT_EQ(run.result.status, 2) << run.result.err;
  EXPECT_THAT(LastLine(run.result.out), AllOf(StartsWith("TROUBLE    instance=B"),
                                              HasSubstr("timeout after 8s; verified to ")));
}

// The timeout comes before anybody can call it a hang; the fault is found nevertheless.
TEST(Sums, AFaultBeforeAHangAtTheTimeout) {
  const Outcome run = Compare(SumProducer(), SumProducer("--fault-at 230000 --hang-at 234567"),
                              {"--timeout", "2500ms"});
  EXPECT_THAT(LastLine(run.result.out),
              ::testing::AnyOf(AllOf(StartsWith("DIVERGED   kind="), HasSubstr(" icount=2300")),
                               HasSubstr("timeout after 2.5s")));
}

// With states on every block, the default.
TEST(Sums, OnEveryBlock) {
  const auto run = [](const std::string& b) {
    return RunLockstep({"run", "--out", Fresh("run"), "--a", SumProducer(), "--b", b});
  };
  Result result = run(SumProducer());
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(LastLine(result.out), "IDENTICAL  insns=300000 windows=5 compared=pc,gpr vcpus=1");
  result = run(SumProducer("--fault-at 234567"));
  EXPECT_EQ(result.status, 1) << result.err;
  EXPECT_THAT(LastLine(result.out), StartsWith("DIVERGED   kind=gpr vcpu=0 icount=234567 "));
  // Sums that differ though no state does.
  result = run(SumProducer("--written 7"));
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(LastLine(result.out), StartsWith("IDENTICAL  insns=300000 blocks=33"));
  EXPECT_THAT(result.out, HasSubstr("compared block by block from icount 0 on"));
  // Another program may sum up by another rule, and is not asked to.
  result = run(Example("--insns 300000"));
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, Not(HasSubstr("compared block by block")));
}

TEST(Sums, AShortRunOnEveryBlockIsLookedIntoAtOnce) {
  const Result result =
      RunLockstep({"run", "-v", "--out", Fresh("run"), "--a", SumProducer("--insns 100"), "--b",
                   SumProducer("--insns 100")});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(LastLine(result.out), StartsWith("IDENTICAL  insns=100 blocks="));
  EXPECT_THAT(result.err, HasSubstr("running again, with blocks from icount 0 on"));
}

// One that tells of its blocks may take its time.
TEST(Sums, WithBlocksNobodyIsHurried) {
  const Outcome run = Compare(Example("--insns 300000"), Example("--insns 300000 --hang-at 234567"),
                              {"--timeout", "6s"});
  EXPECT_EQ(run.result.status, 2) << run.result.err;
  EXPECT_THAT(LastLine(run.result.out), HasSubstr("timeout after 6s"));
  EXPECT_THAT(run.result.err, Not(HasSubstr("running again")));
}

// One that only pauses is taken for one that hangs, and is run again: no harm is done.
TEST(Sums, APauseIsNoHang) {
  const Outcome run =
      Compare(SumProducer(), FirstThen(SumProducer("--pause-at 234567"), SumProducer()));
  EXPECT_EQ(run.result.status, 0) << run.result.err;
  EXPECT_THAT(LastLine(run.result.out), StartsWith("IDENTICAL  insns=300000 windows=5 "));
}

TEST(Sums, OneOfThree) {
  const Result result =
      RunLockstep({"run", "--digest=window", "--out", Fresh("run"), "--instance",
                   "one=" + SumProducer(), "--instance", "bad=" + SumProducer("--fault-at 77777"),
                   "--instance", "two=" + SumProducer()});
  EXPECT_EQ(result.status, 1) << result.err;
  EXPECT_THAT(LastLine(result.out), AllOf(HasSubstr("icount=77777 "), HasSubstr("instances=bad")));
}

// A short run proves something by its first and last states; what those cannot tell, blocks do.
TEST(Sums, ShortRuns) {
  EXPECT_EQ(Compare(SumProducer("--insns 100"), SumProducer("--insns 100")).result.status, 0);
  const Outcome none = Compare(SumProducer("--insns 0"), SumProducer("--insns 0"));
  EXPECT_EQ(none.result.status, 2);
  EXPECT_THAT(LastLine(none.result.out), HasSubstr("nothing proved: no block was compared"));
  const Outcome one = Compare(SumProducer("--insns 5"), SumProducer("--insns 5"));
  EXPECT_EQ(one.result.status, 2);
  EXPECT_THAT(LastLine(one.result.out), HasSubstr("nothing proved: it sent a single block"));
}

// The second run is for the block; to find the instruction takes another.
TEST(Sums, NoNarrowStopsAtTheBlock) {
  const Outcome run = Compare(SumProducer(), SumProducer("--fault-at 234567"), {"--no-narrow"});
  EXPECT_EQ(run.result.status, 1) << run.result.err;
  EXPECT_FALSE(run.report["divergence"]["history"].empty());
  EXPECT_FALSE(run.report["divergence"].contains("instruction"));
  EXPECT_THAT(run.report["divergence"].value("narrowing_note", ""), HasSubstr("--no-narrow"));
}

}  // namespace
}  // namespace lockstep::clitest

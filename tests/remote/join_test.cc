// Instances of a run as processes of their own: `lockstep serve`, two `lockstep join`, and what
// goes wrong between them.
#include <signal.h>

#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/cli/run_lockstep.h"
#include "tests/remote/join_process.h"
#include "tests/remote/relay.h"
#include "tests/remote/serve_process.h"

namespace lockstep::remotetest {
namespace {

using clitest::Example;
using clitest::Fresh;
using clitest::LastLine;
using clitest::Result;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

// Far more than is executed before the test ends it.
constexpr char kEndless[] = "1000000000000";

TEST(Join, IdenticalInstances) {
  Serve serve;
  auto stub = CreateRun(serve.address());
  Join a(serve.address(), "A", Toy("3000000"));
  Join b(serve.address(), "B", Toy("3000000", {"--split", "5"}));
  for (Join* join : {&a, &b}) {
    const Result result = (*join)->Wait();
    EXPECT_EQ(result.status, 0) << result.err;
    EXPECT_THAT(result.out, StartsWith("IDENTICAL  insns=3000000 "));
    EXPECT_EQ(join->Report()["outcome"], "OUTCOME_IDENTICAL");
    EXPECT_EQ(LastLine(join->Text()) + "\n", result.out);
  }
  EXPECT_THAT(b.Report()["instances"][1]["command"].get<std::string>(), HasSubstr("--split 5"));
}

TEST(Join, Divergence) {
  Serve serve;
  auto stub = CreateRun(serve.address());
  Join a(serve.address(), "A", Toy("3000000"));
  Join b(serve.address(), "B", Toy("3000000", {"--fault-at", "1234567"}));
  for (Join* join : {&a, &b}) {
    const Result result = (*join)->Wait();
    EXPECT_EQ(result.status, 1) << result.err;
    EXPECT_THAT(result.out, StartsWith("DIVERGED   kind=gpr vcpu=0 icount=1234567 "));
    EXPECT_EQ(join->Report()["outcome"], "OUTCOME_DIVERGED");
  }
}

// The connection of one instance is cut three times, each time after so many bytes.
void ExpectCutsDoNoHarm(v1::StreamMode mode, size_t bytes) {
  Serve serve;
  auto stub = CreateRun(serve.address(), mode);
  Relay relay(serve.address());
  relay.CutAfter(bytes, 3);
  Join a(relay.address(), "A", Toy("20000000"));
  Join b(serve.address(), "B", Toy("20000000"));
  const Result result = a->Wait();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith("IDENTICAL  insns=20000000 "));
  EXPECT_THAT(result.err, HasSubstr("the connection to the coordinator broke"));
  EXPECT_EQ(relay.lost(), 3);
  EXPECT_EQ(b->Wait().status, 0);
  const nlohmann::json report = a.Report();
  for (const char* count : {"record_count", "block_count"}) {
    ASSERT_TRUE(report["instances"][0][count].is_string()) << report["instances"][0];
    EXPECT_EQ(report["instances"][0][count], report["instances"][1][count]);
  }
}

TEST(Join, ConnectionCutInMidRun) { ExpectCutsDoNoHarm(v1::STREAM_MODE_DENSE, 2'000'000); }

TEST(Join, ConnectionCutInMidRunOfWindows) { ExpectCutsDoNoHarm(v1::STREAM_MODE_SPARSE, 8000); }

// In the middle of the records of the window that differs, which are most of what is sent.
TEST(Join, ConnectionCutInMidDetails) {
  Serve serve;
  auto stub = CreateRun(serve.address(), v1::STREAM_MODE_SPARSE);
  Relay relay(serve.address());
  relay.CutAfter(40'000, 1);
  Join a(serve.address(), "A", Toy("300000"));
  Join b(relay.address(), "B", Toy("300000", {"--fault-at", "234567"}));
  for (Join* join : {&a, &b}) {
    const Result result = (*join)->Wait();
    EXPECT_EQ(result.status, 1) << result.err;
    EXPECT_THAT(result.out, StartsWith("DIVERGED   kind=gpr vcpu=0 icount=234567 "));
    EXPECT_EQ(join->Report()["compared"]["detailed_windows"], "1");
  }
  EXPECT_EQ(relay.lost(), 1);
}

TEST(Join, AgentThatIsKilledIsTrouble) {
  Serve serve({"--reconnect-timeout", "200ms"});
  auto stub = CreateRun(serve.address());
  Join a(serve.address(), "A", Toy(kEndless));
  Join b(serve.address(), "B", Toy(kEndless));
  WaitUntilVerified(*stub, 100000);
  KillProcess(*b);
  const Result result = a->Wait();
  EXPECT_EQ(result.status, 2) << result.err;
  EXPECT_THAT(
      result.out,
      MatchesRegex("TROUBLE    instance=B reason=\"its connection broke off at ..:..:.. UTC "
                   "and it did not come back within 200ms.*verified to [0-9]+.*\"\n"));
}

TEST(Join, EmulatorThatDiesIsTrouble) {
  Serve serve;
  auto stub = CreateRun(serve.address());
  Join a(serve.address(), "A", Toy("3000000"));
  Join b(serve.address(), "B", Toy("3000000", {"--crash-at", "500000"}));
  for (Join* join : {&a, &b}) {
    const Result result = (*join)->Wait();
    EXPECT_EQ(result.status, 2) << result.err;
    EXPECT_THAT(result.out, HasSubstr("instance=B reason=\"exited with status 137 (SIGKILL)"));
  }
}

TEST(Join, CoordinatorThatIsKilledLeavesAPartialReport) {
  Serve serve;
  auto stub = CreateRun(serve.address());
  std::vector<std::string> options = {"--reconnect-timeout", "300ms"};
  Join a(serve.address(), "A", Toy(kEndless), options);
  Join b(serve.address(), "B", Toy(kEndless), options);
  WaitUntilVerified(*stub, 50'000'000);  // some windows of credit
  serve.Kill();
  for (Join* join : {&a, &b}) {
    const Result result = (*join)->Wait();
    EXPECT_EQ(result.status, 2);
    EXPECT_THAT(result.out, HasSubstr("TROUBLE    instance=- reason=\"the connection to the "
                                      "coordinator broke and could not be restored within 300ms"));
    const nlohmann::json report = join->Report();
    EXPECT_EQ(report["outcome"], "OUTCOME_TROUBLE");
    EXPECT_GT(std::stoull(report["compared"]["insns"].get<std::string>()), 0u);
    EXPECT_THAT(report["notes"][0].get<std::string>(), StartsWith("This is a partial report"));
    EXPECT_THAT(join->Text(), HasSubstr("verified to "));
  }
}

TEST(Join, InterruptEndsTheRun) {
  Serve serve;
  auto stub = CreateRun(serve.address());
  Join a(serve.address(), "A", Toy(kEndless));
  Join b(serve.address(), "B", Toy(kEndless));
  WaitUntilVerified(*stub, 100000);
  b->Signal(SIGINT);
  const Result stopped = b->Wait();
  EXPECT_EQ(stopped.status, 128 + SIGINT) << stopped.err;
  EXPECT_THAT(stopped.out, HasSubstr("TROUBLE    instance=B reason=\"stopped"));
  const Result other = a->Wait();
  EXPECT_EQ(other.status, 2) << other.err;
  EXPECT_EQ(other.out, stopped.out);
}

TEST(Join, InterruptWhileWaitingForTheOthers) {
  Serve serve;
  auto stub = CreateRun(serve.address());
  Join a(serve.address(), "A", Toy(kEndless));
  WaitForErr(*a, "joined run r as A");
  a->Signal(SIGINT);
  EXPECT_EQ(a->Wait().status, 128 + SIGINT);
}

TEST(Join, WaitsForTheCoordinatorAndTheRun) {
  const SocketPlace place;
  const std::string address = place.address();
  Join a(address, "A", Toy("1000000"));
  WaitForErr(*a, "waiting for run r: ");
  Serve serve({"--listen", address});
  Join b(address, "B", Toy("1000000"));
  WaitForErr(*b, "there is no run 'r'");
  auto stub = CreateRun(address);
  EXPECT_EQ(a->Wait().status, 0);
  EXPECT_EQ(b->Wait().status, 0);
}

TEST(Join, GivesUpWaiting) {
  Serve serve;
  Join a(serve.address(), "A", Toy("1000"), {"--wait", "100ms"});
  const Result result = a->Wait();
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(LastLine(result.err), absl::StrCat("lockstep: coordinator ", serve.address(),
                                                 ": there is no run 'r'; waited 100ms (--wait)"));
}

TEST(Join, WrongName) {
  Serve serve;
  auto stub = CreateRun(serve.address());
  Join c(serve.address(), "C", Toy("1000"));
  const Result result = c->Wait();
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("run r has no instance named 'C'; its instances are A, B"));
}

TEST(Join, SameNameTwice) {
  Serve serve;
  auto stub = CreateRun(serve.address());
  Join first(serve.address(), "A", Toy(kEndless));
  Join b(serve.address(), "B", Toy(kEndless));
  WaitUntilVerified(*stub, 1000);
  Join second(serve.address(), "A", Toy(kEndless));
  const Result result = second->Wait();
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("instance 'A' of run r has joined already"));
  WaitUntilVerified(*stub, 100000);  // the run goes on
  b->Signal(SIGINT);
  EXPECT_EQ(b->Wait().status, 128 + SIGINT);
  EXPECT_EQ(first->Wait().status, 2);
}

TEST(Join, EmulatorThatCannotBeStarted) {
  Serve serve;
  auto stub = CreateRun(serve.address());
  Join a(serve.address(), "A", Toy(kEndless));
  WaitForErr(*a, "joined run r as A");  // or it may find the run ended
  Join b(serve.address(), "B", {"/no/such/emulator"});
  const Result result = b->Wait();
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("/no/such/emulator"));
  const Result other = a->Wait();
  EXPECT_EQ(other.status, 2);
  EXPECT_THAT(other.out, HasSubstr("instance=B reason=\"cannot start '/no/such/emulator'"));
}

TEST(Join, GuestImagesThatDifferAreNoted) {
  Serve serve;
  auto stub = CreateRun(serve.address());
  const std::string image_a = Fresh("fw"), image_b = Fresh("fw");
  std::ofstream(image_a) << "one";
  std::ofstream(image_b) << "other";
  // The shell takes the image for its first argument, and does nothing with it.
  const auto command = [](const std::string& image) -> std::vector<std::string> {
    return {"sh", "-c", absl::StrCat("exec ", Example(), " --insns 1000000"), image};
  };
  Join a(serve.address(), "A", command(image_a));
  Join b(serve.address(), "B", command(image_b));
  EXPECT_EQ(a->Wait().status, 0);
  EXPECT_EQ(b->Wait().status, 0);
  const std::string text = a.Text();
  EXPECT_THAT(text, HasSubstr("the guest images differ"));
  const std::string notes = a.Report()["notes"].dump();
  EXPECT_THAT(notes, HasSubstr(absl::StrCat("instance A has ", image_a, " (sha256 7692c3ad3540")));
  EXPECT_THAT(notes, HasSubstr(absl::StrCat("instance B has ", image_b, " (sha256 d9298a10d1b0")));
}

TEST(Join, BadCommandLines) {
  const auto run = [](std::vector<std::string> args) {
    args.insert(args.begin(), "join");
    return clitest::RunLockstep(args);
  };
  EXPECT_THAT(run({}).err, HasSubstr("--coordinator"));
  const std::vector<std::string> good = {
      "--coordinator", "127.0.0.1:1", "--run", "r", "--instance", "A"};
  Result result = run(good);
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("write its command after --"));
  std::vector<std::string> bad = good;
  bad[3] = "../r";
  bad.insert(bad.end(), {"--", "true"});
  result = run(bad);
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("--run: '../r' is not a name"));
}

}  // namespace
}  // namespace lockstep::remotetest

// The stand-alone coordinator and its watchers: many runs, limits, metrics, restart.
#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "proto/cc/journal_convert.h"
#include "tests/cli/run_lockstep.h"
#include "tests/remote/serve_process.h"

namespace lockstep::remotetest {
namespace {

using clitest::Fresh;
using clitest::LastLine;
using clitest::Lockstep;
using clitest::ReadFile;
using clitest::Result;
using clitest::RunLockstep;
using ::testing::HasSubstr;

grpc::Status Create(v1::Coordinator::Stub& stub, const std::string& id) {
  v1::CreateRunRequest request;
  request.set_run_id(id);
  request.add_instances("A");
  request.add_instances("B");
  v1::Run run;
  return stub.CreateRun(Context().get(), request, &run);
}

// Waits for the verdict of a run.
v1::Report WaitForReport(v1::Coordinator::Stub& stub, const std::string& id) {
  v1::WatchRunRequest request;
  request.set_run_id(id);
  auto context = Context();
  auto watch = stub.WatchRun(context.get(), request);
  v1::RunProgress progress, last;
  while (watch->Read(&progress)) last = progress;
  const grpc::Status status = watch->Finish();
  EXPECT_TRUE(status.ok()) << status.error_message();
  return last.report();
}

// Waits until a run is verified to `insns`.
void WaitUntilVerified(v1::Coordinator::Stub& stub, const std::string& id, uint64_t insns) {
  v1::WatchRunRequest request;
  request.set_run_id(id);
  request.mutable_interval()->set_nanos(100'000'000);
  auto context = Context();
  auto watch = stub.WatchRun(context.get(), request);
  v1::RunProgress progress;
  do {
    ASSERT_TRUE(watch->Read(&progress));
  } while (progress.verified_insns() < insns);
  context->TryCancel();
  watch->Finish();
}

// Waits until a process has said this on stderr.
void WaitForErr(const Lockstep& process, const std::string& text) {
  const absl::Time limit = absl::Now() + absl::Minutes(1);
  while (process.err().find(text) == std::string::npos) {
    ASSERT_LT(absl::Now(), limit) << "'" << text << "' is not in: " << process.err();
    absl::SleepFor(absl::Milliseconds(5));
  }
}

// Both instances of a run, from join to end; B differs from block `corrupt_from` on.
void PlayBoth(v1::Coordinator::Stub& stub, const std::string& id,
              uint64_t corrupt_from = UINT64_MAX) {
  Instance a(&stub, id, "A"), b(&stub, id, "B");
  ASSERT_TRUE(a.WaitForWelcome());
  ASSERT_TRUE(b.WaitForWelcome());
  a.SendBlocks(100);
  b.SendBlocks(100, corrupt_from);
  a.SendEnd();
  b.SendEnd();
  WaitForReport(stub, id);
}

TEST(Watch, MakesARunAndSaysItsVerdict) {
  Serve serve;
  const auto stub = Connect(serve.address());
  const std::string out = Fresh("watch");
  Lockstep watch({"watch", "--coordinator", serve.address(), "--create", "A,B", "--run", "r1",
                  "--out", out, "--json"});
  WaitForErr(watch, "--run r1 --instance B -- CMD ARGS");
  WaitForErr(watch, "run r1: waiting for A, B");
  PlayBoth(*stub, "r1");
  const Result result = watch.Wait();
  EXPECT_EQ(result.status, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  EXPECT_EQ(json["run_id"], "r1");
  EXPECT_EQ(json["outcome"], "OUTCOME_IDENTICAL");
  EXPECT_EQ(nlohmann::json::parse(ReadFile(out + "/report.json")), json);
  EXPECT_THAT(LastLine(ReadFile(out + "/report.txt")), HasSubstr("IDENTICAL  insns=400"));
}

TEST(Watch, ComesLate) {
  Serve serve;
  const auto stub = Connect(serve.address());
  ASSERT_TRUE(Create(*stub, "r").ok());
  PlayBoth(*stub, "r", 50);
  const Result result = RunLockstep({"watch", "--coordinator", serve.address(), "--run", "r"});
  EXPECT_EQ(result.status, 1) << result.err;
  EXPECT_THAT(LastLine(result.out), HasSubstr("DIVERGED   kind=gpr vcpu=0 icount=200"));
  EXPECT_EQ(RunLockstep({"watch", "--coordinator", serve.address(), "--run", "nope"}).status, 2);
}

TEST(Watch, InterruptLeavesTheRunAlone) {
  Serve serve;
  const auto stub = Connect(serve.address());
  ASSERT_TRUE(Create(*stub, "r").ok());
  Lockstep watch({"watch", "--coordinator", serve.address(), "--run", "r"});
  WaitForErr(watch, "waiting for A, B");
  watch.Signal(SIGINT);
  const Result result = watch.Wait();
  EXPECT_EQ(result.status, 130);
  EXPECT_THAT(result.err, HasSubstr("run r goes on"));
  const Result timeout =
      RunLockstep({"watch", "--coordinator", serve.address(), "--run", "r", "--timeout", "0.2"});
  EXPECT_EQ(timeout.status, 2);
  EXPECT_THAT(timeout.err, HasSubstr("the run goes on"));
  v1::GetReportRequest request;
  request.set_run_id("r");
  v1::Report report;
  EXPECT_EQ(stub->GetReport(Context().get(), request, &report).error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
}

TEST(Watch, Cancels) {
  Serve serve;
  const auto stub = Connect(serve.address());
  ASSERT_TRUE(Create(*stub, "r").ok());
  EXPECT_EQ(
      RunLockstep({"watch", "--coordinator", serve.address(), "--run", "r", "--cancel"}).status, 0);
  EXPECT_EQ(WaitForReport(*stub, "r").trouble().reason(), "cancelled");
  EXPECT_EQ(
      RunLockstep({"watch", "--coordinator", serve.address(), "--run", "x", "--cancel"}).status, 2);
}

TEST(Watch, ListsRunsOverPages) {
  Serve serve;
  EXPECT_EQ(RunLockstep({"watch", "--coordinator", serve.address()}).out, "no runs\n");
  const auto stub = Connect(serve.address());
  constexpr int kRuns = 205;  // the page has 100
  for (int i = 0; i < kRuns; ++i) ASSERT_TRUE(Create(*stub, absl::StrCat("r", i)).ok());
  const Result result = RunLockstep({"watch", "--coordinator", serve.address(), "--json"});
  EXPECT_EQ(result.status, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  ASSERT_EQ(json["runs"].size(), static_cast<size_t>(kRuns));
  for (int i = 0; i < kRuns; ++i) {
    EXPECT_EQ(json["runs"][static_cast<size_t>(i)]["run_id"], absl::StrCat("r", kRuns - 1 - i));
  }
}

TEST(Watch, CoordinatorThatGoes) {
  auto serve = std::make_unique<Serve>();
  const std::string address = serve->address();
  ASSERT_TRUE(Create(*Connect(address), "r").ok());
  Lockstep watch({"watch", "--coordinator", address, "--run", "r", "--reconnect-timeout", "300ms"});
  WaitForErr(watch, "waiting for A, B");
  serve->Kill();
  const Result result = watch.Wait();
  EXPECT_EQ(result.status, 2);
  EXPECT_THAT(result.err, HasSubstr("trying again"));
  EXPECT_THAT(result.err, HasSubstr("given up after 300ms"));
  EXPECT_EQ(result.out, "");
  // And one that was never there.
  const Result never = RunLockstep({"watch", "--coordinator", address, "--run", "r"});
  EXPECT_EQ(never.status, 2);
  EXPECT_EQ(clitest::Lines(never.err).size(), 1u) << never.err;
}

TEST(Serve, DrainsOnSigterm) {
  Serve serve({"-v"});
  const auto stub = Connect(serve.address());
  ASSERT_TRUE(Create(*stub, "r").ok());
  Lockstep watch({"watch", "--coordinator", serve.address(), "--run", "r"});
  WaitForErr(watch, "waiting for A, B");
  const Result result = serve.Stop();
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("run r ended: TROUBLE"));
  const Result watched = watch.Wait();
  EXPECT_EQ(watched.status, 2);
  EXPECT_THAT(LastLine(watched.out), HasSubstr("reason=\"the coordinator was shut down"));
}

TEST(Serve, Limits) {
  Serve serve({"--max-runs", "2", "--max-memory", "100M"});
  const auto stub = Connect(serve.address());
  ASSERT_TRUE(Create(*stub, "r1").ok());
  ASSERT_TRUE(Create(*stub, "r2").ok());
  const grpc::Status third = Create(*stub, "r3");
  EXPECT_EQ(third.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(third.error_message(), HasSubstr("--max-runs"));
  EXPECT_EQ(
      RunLockstep({"watch", "--coordinator", serve.address(), "--run", "r2", "--cancel"}).status,
      0);
  WaitForReport(*stub, "r2");
  EXPECT_TRUE(Create(*stub, "r3").ok());
  EXPECT_EQ(Create(*stub, "r1").error_code(), grpc::StatusCode::ALREADY_EXISTS);
}

TEST(Serve, LimitOfMemory) {
  Serve serve({"--max-memory", "1M"});
  const auto stub = Connect(serve.address());
  ASSERT_TRUE(Create(*stub, "r").ok());
  const grpc::Status status = Instance(stub.get(), "r", "A").Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("--max-memory"));
}

TEST(Serve, EndsRunsThatNobodyJoins) {
  Serve serve({"--idle-timeout", "100ms"});
  const auto stub = Connect(serve.address());
  ASSERT_TRUE(Create(*stub, "r").ok());
  EXPECT_EQ(WaitForReport(*stub, "r").trouble().reason(), "not joined within 100ms by A, B");
}

// The body of GET /metrics.
std::string Scrape(const std::string& url) {
  const std::vector<std::string> parts =
      absl::StrSplit(url, absl::ByAnyChar(":/"), absl::SkipEmpty());
  int port = 0;
  EXPECT_TRUE(parts.size() == 4 && absl::SimpleAtoi(parts[2], &port)) << url;
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const std::string request = "GET /metrics HTTP/1.0\r\n\r\n";
  EXPECT_EQ(write(fd, request.data(), request.size()), static_cast<ssize_t>(request.size()));
  std::string answer;
  char buffer[4096];
  for (ssize_t n; (n = read(fd, buffer, sizeof(buffer))) > 0;) answer.append(buffer, n);
  close(fd);
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

TEST(Serve, Metrics) {
  Serve serve({"--metrics", "127.0.0.1:0"});
  const std::string url = serve.WaitForText("metrics on ");
  const auto stub = Connect(serve.address());
  ASSERT_TRUE(Create(*stub, "r1").ok());
  PlayBoth(*stub, "r1");
  ASSERT_TRUE(Create(*stub, "r2").ok());
  EXPECT_FALSE(Create(*stub, "r2").ok());
  const std::string text = Scrape(url);
  // Each line is a comment, or a name, labels and a number.
  for (const std::string& line : clitest::Lines(text)) {
    if (line.rfind("# HELP ", 0) == 0 || line.rfind("# TYPE ", 0) == 0) continue;
    double value = 0;
    EXPECT_TRUE(absl::SimpleAtod(line.substr(line.rfind(' ') + 1), &value)) << line;
  }
  EXPECT_THAT(text, HasSubstr("lockstep_runs{state=\"waiting\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("lockstep_verdicts_total{outcome=\"identical\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("lockstep_verified_insns_total 400\n"));
  EXPECT_THAT(text, ::testing::Not(HasSubstr("lockstep_bytes_received_total 0\n")));
  EXPECT_THAT(text, HasSubstr("lockstep_reconnects_total 0\n"));
  EXPECT_THAT(text, HasSubstr("lockstep_rpcs_total{code=\"ALREADY_EXISTS\"} 1\n"));
  // The guide explains every one.
  const std::string guide = ReadFile("docs/howto/serve.md");
  for (const std::string& line : clitest::Lines(text)) {
    if (line.rfind("# TYPE ", 0) != 0) continue;
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    EXPECT_NE(guide.find(absl::StrCat("`", words[2], "`")), std::string::npos) << words[2];
  }
}

// Processor time that a process has used, in clock ticks.
uint64_t Ticks(pid_t pid) {
  const std::string stat = ReadFile(absl::StrCat("/proc/", pid, "/stat"));
  const std::vector<std::string> words = absl::StrSplit(stat.substr(stat.rfind(')') + 2), ' ');
  uint64_t user = 0, system = 0;
  EXPECT_TRUE(absl::SimpleAtoi(words[11], &user) && absl::SimpleAtoi(words[12], &system));
  return user + system;
}

TEST(Serve, ManyRunsAtOnce) {
  Serve serve;
  const auto stub = Connect(serve.address());
  constexpr int kIdle = 200, kActive = 50;
  for (int i = 0; i < kIdle; ++i) ASSERT_TRUE(Create(*stub, absl::StrCat("idle", i)).ok());
  std::vector<std::unique_ptr<Instance>> instances;
  for (int i = 0; i < kActive; ++i) {
    const std::string id = absl::StrCat("active", i);
    ASSERT_TRUE(Create(*stub, id).ok());
    for (const char* name : {"A", "B"}) {
      instances.push_back(std::make_unique<Instance>(stub.get(), id, name));
    }
  }
  for (const auto& instance : instances) ASSERT_TRUE(instance->WaitForWelcome());
  for (int round = 0; round < 5; ++round) {
    for (const auto& instance : instances) instance->SendBlocks(1000);
  }
  for (const auto& instance : instances) instance->SendEnd();
  for (int i = 0; i < kActive; ++i) {
    const v1::Report report = WaitForReport(*stub, absl::StrCat("active", i));
    EXPECT_EQ(report.outcome(), v1::OUTCOME_IDENTICAL) << report.trouble().reason();
    EXPECT_EQ(report.compared().insns(), 20000u);
  }
  // 200 runs that wait cost no processor time: of one second, less than a tenth.
  const uint64_t before = Ticks(serve.process().pid());
  absl::SleepFor(absl::Seconds(1));
  EXPECT_LE(Ticks(serve.process().pid()) - before,
            static_cast<uint64_t>(sysconf(_SC_CLK_TCK)) / 10);
  EXPECT_EQ(serve.Stop().status, 0);
}

TEST(Serve, KilledAndStartedAgain) {
  const std::string state = Fresh("state");
  auto serve = std::make_unique<Serve>(std::vector<std::string>{"--state-dir", state});
  {
    const auto stub = Connect(serve->address());
    ASSERT_TRUE(Create(*stub, "done").ok());
    PlayBoth(*stub, "done");
    // What ends with the last block but one: the last may go on.
    constexpr uint64_t kVerified = 98 * 4;
    ASSERT_TRUE(Create(*stub, "half").ok());
    Instance a(stub.get(), "half", "A"), b(stub.get(), "half", "B");
    ASSERT_TRUE(a.WaitForWelcome() && b.WaitForWelcome());
    a.SendBlocks(100);
    b.SendBlocks(100);
    WaitUntilVerified(*stub, "half", kVerified);
    // The journal follows within a second or so.
    const absl::Time limit = absl::Now() + absl::Minutes(1);
    const auto written = [&] {
      const auto record = wire::DecodeJournal(ReadFile(state + "/half.run"));
      return record.ok() ? record->verified_insns : 0;
    };
    while (written() < kVerified && absl::Now() < limit) absl::SleepFor(absl::Milliseconds(20));
    serve->Kill();
  }
  std::ofstream(state + "/torn.run") << "LCKPRUN\n";
  Serve again({"--state-dir", state});
  EXPECT_THAT(again.err(), HasSubstr("torn.run': it is no journal of a run"));
  const Result half = RunLockstep({"watch", "--coordinator", again.address(), "--run", "half"});
  EXPECT_EQ(half.status, 2) << half.err;
  EXPECT_THAT(LastLine(half.out), HasSubstr("the coordinator was restarted; verified to 392"));
  const Result done = RunLockstep({"watch", "--coordinator", again.address(), "--run", "done"});
  EXPECT_EQ(done.status, 0) << done.err;
  EXPECT_THAT(LastLine(done.out), HasSubstr("IDENTICAL  insns=400"));
  const auto stub = Connect(again.address());
  v1::ListRunsResponse list;
  ASSERT_TRUE(stub->ListRuns(Context().get(), v1::ListRunsRequest(), &list).ok());
  ASSERT_EQ(list.runs_size(), 2);
  EXPECT_EQ(list.runs(0).run_id(), "half");
  EXPECT_EQ(list.runs(1).run_id(), "done");
  EXPECT_EQ(Create(*stub, "half").error_code(), grpc::StatusCode::ALREADY_EXISTS);
  EXPECT_EQ(Instance(stub.get(), "half", "A").Finish().error_code(),
            grpc::StatusCode::FAILED_PRECONDITION);
  const Result second = RunLockstep({"serve", "--listen", "127.0.0.1:0", "--state-dir", state});
  EXPECT_EQ(second.status, 2);
  EXPECT_THAT(second.err, HasSubstr("another coordinator uses"));
}

// A watcher that was there before the coordinator was killed learns what became of the run.
TEST(Serve, WatcherComesBack) {
  const std::string state = Fresh("state");
  const SocketPlace place;
  const std::string address = place.address();
  const std::vector<std::string> args = {"--listen", address, "--state-dir", state};
  auto serve = std::make_unique<Serve>(args);
  ASSERT_TRUE(Create(*Connect(address), "r").ok());
  Lockstep watch({"watch", "--coordinator", address, "--run", "r"});
  WaitForErr(watch, "waiting for A, B");
  while (!std::filesystem::exists(state + "/r.run")) absl::SleepFor(absl::Milliseconds(5));
  serve->Kill();
  WaitForErr(watch, "trying again");
  Serve again(args);
  const Result result = watch.Wait();
  EXPECT_EQ(result.status, 2) << result.err;
  EXPECT_THAT(LastLine(result.out), HasSubstr("the coordinator was restarted; verified to 0"));
}

}  // namespace
}  // namespace lockstep::remotetest

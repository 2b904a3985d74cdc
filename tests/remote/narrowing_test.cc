// A divergence between instances that have joined is named to the instruction, as `lockstep run`
// names it: the instances are started again, in one-instruction steps. And what goes wrong then.
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "coordinator/net/certificate_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "proto/cc/journal_convert.h"
#include "tests/cli/run_lockstep.h"
#include "tests/remote/join_process.h"
#include "tests/remote/relay.h"
#include "tests/remote/serve_process.h"
#include "tests/support/process.h"

namespace lockstep::remotetest {
namespace {

using clitest::Example;
using clitest::Fresh;
using clitest::Lockstep;
using clitest::ReadFile;
using clitest::Result;
using nlohmann::json;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kInsns[] = "300000";
constexpr char kFaultAt[] = "234567";

void WaitForFile(const std::string& path) {
  const absl::Time limit = absl::Now() + absl::Minutes(1);
  while (!std::filesystem::exists(path)) {
    ASSERT_LT(absl::Now(), limit) << path;
    absl::SleepFor(absl::Milliseconds(5));
  }
}

// The example producer, with a fault; started a second time it makes the file `again` and does as
// the shell's command `then` says, where EMU is what it does the first time.
std::vector<std::string> Odd(const std::string& again, const std::string& then) {
  const std::string mark = Fresh("mark");
  const std::string emu = Example(absl::StrCat("--insns ", kInsns, " --fault-at ", kFaultAt));
  return {"sh", "-c",
          absl::StrCat("EMU='", emu, "'; if [ -e ", mark, " ]; then : > ", again, "; ", then,
                       "; else : > ", mark, "; exec $EMU; fi")};
}

// Ends of a run whose instruction could not be named.
void ExpectNote(const json& report, const std::string& regex) {
  ASSERT_TRUE(report.contains("divergence")) << report.dump();
  EXPECT_FALSE(report["divergence"].contains("instruction"));
  EXPECT_THAT(report["divergence"].value("narrowing_note", ""),
              ContainsRegex(absl::StrCat("^not narrowed to one instruction: ", regex)));
}

constexpr char kFourHarts[] = "four_harts";

struct Emulator {
  std::string name;
  std::vector<std::string> argv;
};

// Three of them, of which the last is wrong.
std::vector<Emulator> EmulatorsOf(const std::string& guest, const std::string& fault) {
  const std::string emu = testing::Runfile("emulator/main/lockstep-emu");
  std::vector<std::string> board = {"-M",
                                    "virt",
                                    "-nographic",
                                    "-serial",
                                    "null",
                                    "-bios",
                                    testing::Runfile(absl::StrCat("tests/faults/", guest, ".elf"))};
  if (guest == kFourHarts) board.insert(board.end(), {"-smp", "4", "--quantum", "50"});
  std::vector<Emulator> emulators = {
      {"tiny", {emu, "--max-block-insns", "3", "--tlb-entries", "1", "--victim-entries", "0"}},
      {"large", {emu, "--max-block-insns", "512", "--tlb-entries", "4096"}},
      {"bad", {emu, "--inject", fault}}};
  for (Emulator& e : emulators) e.argv.insert(e.argv.end(), board.begin(), board.end());
  return emulators;
}

// What is said of the instruction is what `lockstep run` says.
void ExpectTheInstructionOfRun(const std::string& guest, const std::string& fault) {
  const std::vector<Emulator> emulators = EmulatorsOf(guest, fault);
  std::vector<std::string> args = {"run", "--json", "--out", Fresh("run")};
  for (const Emulator& e : emulators) {
    args.insert(args.end(), {"--instance", absl::StrCat(e.name, "=", absl::StrJoin(e.argv, " "))});
  }
  const Result local = clitest::RunLockstep(args);
  ASSERT_EQ(local.status, 1) << local.err;
  json expected = json::parse(local.out)["divergence"];
  ASSERT_TRUE(expected.contains("instruction")) << local.out;
  expected["instruction"]["place"]["symbol"] = "";  // the coordinator has no images

  for (const v1::StreamMode mode : {v1::STREAM_MODE_DENSE, v1::STREAM_MODE_SPARSE}) {
    Serve serve;
    auto stub = CreateRun(serve.address(), mode, {"tiny", "large", "bad"});
    Lockstep watch({"watch", "--json", "--coordinator", serve.address(), "--run", "r"});
    std::vector<std::unique_ptr<Join>> joins;
    for (const Emulator& e : emulators) {
      joins.push_back(std::make_unique<Join>(serve.address(), e.name, e.argv));
    }
    for (const auto& join : joins) {
      const Result result = (*join)->Wait();
      EXPECT_EQ(result.status, 1) << result.err;
      EXPECT_THAT(result.err, HasSubstr("to name the instruction"));
    }
    const Result watched = watch.Wait();
    EXPECT_EQ(watched.status, 1) << watched.err;
    for (const json& report : {joins[0]->Report(), json::parse(watched.out)}) {
      const json& divergence = report["divergence"];
      for (const char* field :
           {"kind", "vcpu", "icount", "outliers", "groups", "detail", "instruction"}) {
        EXPECT_EQ(divergence[field], expected[field]) << field << " " << fault;
      }
      EXPECT_EQ(report["run_id"], "r");
    }
  }
}

class FaultTest : public ::testing::TestWithParam<const char*> {};

TEST_P(FaultTest, TheInstructionIsThatOfRun) { ExpectTheInstructionOfRun(GetParam(), GetParam()); }

INSTANTIATE_TEST_SUITE_P(Catalogue, FaultTest,
                         ::testing::Values("addw-keeps-high", "sh-stores-word", "epc-plus-two"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

// Of four harts, the one with the fault is run again.
TEST(Narrowing, TheHartIsThatOfRun) {
  ExpectTheInstructionOfRun(kFourHarts, "sc-always-succeeds,hart=2");
}

TEST(Narrowing, OneThatIsKilledDoesNotComeBack) {
  Serve serve({"--reconnect-timeout", "2s"});
  auto stub = CreateRun(serve.address());
  Join a(serve.address(), "A", Toy(kInsns));
  Join b(serve.address(), "B", Odd(Fresh("again"), "kill -9 $PPID"));
  EXPECT_EQ(b->Wait().status, 128 + SIGKILL);
  const Result result = a->Wait();
  EXPECT_EQ(result.status, 1) << result.err;
  EXPECT_THAT(result.out, StartsWith("DIVERGED   kind="));
  ExpectNote(a.Report(), "(A, )?B did not come back within 2s$");
}

TEST(Narrowing, OneThatEndsAtOnce) {
  Serve serve;
  auto stub = CreateRun(serve.address());
  Join a(serve.address(), "A", Toy(kInsns));
  Join b(serve.address(), "B", Odd(Fresh("again"), "echo no license >&2; exit 4"));
  for (Join* join : {&a, &b}) {
    EXPECT_EQ((*join)->Wait().status, 1);
    ExpectNote(join->Report(),
               "in the second pass B: exited with status 4 .*; it said: no license$");
  }
}

TEST(Narrowing, InterruptInTheSecondPass) {
  Serve serve;
  auto stub = CreateRun(serve.address());
  const std::string again = Fresh("again");
  Join a(serve.address(), "A", Toy(kInsns));
  Join b(serve.address(), "B", Odd(again, "exec $EMU --hang-at 5"));
  WaitForFile(again);
  b->Signal(SIGINT);
  const Result stopped = b->Wait();
  EXPECT_EQ(stopped.status, 128 + SIGINT) << stopped.err;
  EXPECT_THAT(stopped.out, StartsWith("DIVERGED   kind="));
  EXPECT_EQ(a->Wait().status, 1);
  for (Join* join : {&a, &b}) ExpectNote(join->Report(), "in the second pass B: stopped");
}

TEST(Narrowing, CancelledInTheSecondPass) {
  Serve serve;
  auto stub = CreateRun(serve.address());
  const std::string again = Fresh("again");
  Join a(serve.address(), "A", Toy(kInsns));
  Join b(serve.address(), "B", Odd(again, "exec $EMU --hang-at 5"));
  WaitForFile(again);
  EXPECT_EQ(
      clitest::RunLockstep({"watch", "--cancel", "--coordinator", serve.address(), "--run", "r"})
          .status,
      0);
  for (Join* join : {&a, &b}) {
    EXPECT_EQ((*join)->Wait().status, 1);
    ExpectNote(join->Report(), "cancelled$");
  }
}

TEST(Narrowing, NotWanted) {
  Serve serve;
  auto stub = CreateRun(serve.address());
  Join a(serve.address(), "A", Toy(kInsns));
  Join b(serve.address(), "B", Toy(kInsns, {"--fault-at", kFaultAt}), {"--no-narrow"});
  for (Join* join : {&a, &b}) {
    EXPECT_EQ((*join)->Wait().status, 1);
    ExpectNote(join->Report(), "B cannot be started again$");
  }
  const std::string out = Fresh("watch");
  Serve other;
  Lockstep watch({"watch", "--coordinator", other.address(), "--create", "A,B", "--run", "r",
                  "--no-narrow", "--out", out});
  Join c(other.address(), "A", Toy(kInsns));
  Join d(other.address(), "B", Toy(kInsns, {"--fault-at", kFaultAt}));
  EXPECT_EQ(watch.Wait().status, 1);
  ExpectNote(json::parse(ReadFile(out + "/report.json")), "--no-narrow was given$");
  EXPECT_EQ(c->Wait().status, 1);
  EXPECT_EQ(d->Wait().status, 1);
}

// A connection that breaks between the passes is made again.
TEST(Narrowing, ConnectionCutInTheSecondPass) {
  Serve serve;
  auto stub = CreateRun(serve.address());
  Relay relay(serve.address());
  const std::string again = Fresh("again"), go = Fresh("go");
  Join a(relay.address(), "A", Toy(kInsns));
  Join b(serve.address(), "B",
         Odd(again, absl::StrCat("while [ ! -e ", go, " ]; do sleep 0.05; done; exec $EMU")));
  WaitForFile(again);
  v1::GetRunRequest request;
  request.set_run_id("r+2");
  v1::Run run;
  do {
    ASSERT_TRUE(stub->GetRun(Context().get(), request, &run).ok());
  } while (run.joined_size() == 0);
  const int before = relay.accepted();
  relay.Cut();
  while (relay.accepted() == before) absl::SleepFor(absl::Milliseconds(5));
  std::ofstream(go) << "\n";
  for (Join* join : {&a, &b}) {
    const Result result = (*join)->Wait();
    EXPECT_EQ(result.status, 1) << result.err;
    EXPECT_THAT(result.out,
                StartsWith(absl::StrCat("DIVERGED   kind=gpr vcpu=0 icount=", kFaultAt, " ")));
    EXPECT_TRUE(join->Report()["divergence"].contains("instruction"));
  }
}

// A token for the run is one for its second pass, and no other's is.
TEST(Narrowing, TokensOfTheRun) {
  constexpr char kJoinToken[] = "join-0123456789abcdef", kOther[] = "other0123456789abcdef";
  const auto file = [](const std::string& token) {
    return net::WriteTestFile(absl::StrCat("token.", token), absl::StrCat(token, "\n"));
  };
  Serve serve({"--token-file",
               net::WriteTestFile("tokens", absl::StrCat(kJoinToken, " r join,watch,create\n",
                                                         kOther, " r2,s*\n"))});
  const std::vector<std::string> token = {"--token-file", file(kJoinToken)};
  Lockstep watch({"watch", "--json", "--coordinator", serve.address(), "--create", "A,B", "--run",
                  "r", token[0], token[1]});
  WaitForErr(watch, "waiting for A, B");
  const std::string again = Fresh("again"), go = Fresh("go");
  Join a(serve.address(), "A", Toy(kInsns), token);
  Join b(serve.address(), "B",
         Odd(again, absl::StrCat("while [ ! -e ", go, " ]; do sleep 0.05; done; exec $EMU")),
         token);
  WaitForFile(again);
  EXPECT_EQ(Instance(Connect(serve.address()).get(), "r+2", "B", kOther).Finish().error_code(),
            grpc::StatusCode::PERMISSION_DENIED);
  std::ofstream(go) << "\n";
  const Result result = watch.Wait();
  EXPECT_EQ(result.status, 1) << result.err;
  EXPECT_TRUE(json::parse(result.out)["divergence"].contains("instruction")) << result.out;
  for (Join* join : {&a, &b}) EXPECT_EQ((*join)->Wait().status, 1);
}

// Who finds the coordinator started again has the verdict that it knew.
TEST(Narrowing, CoordinatorIsKilledAndStartedAgain) {
  const std::string state = Fresh("state");
  const SocketPlace place;
  const std::vector<std::string> args = {"--listen", place.address(), "--state-dir", state};
  auto serve = std::make_unique<Serve>(args);
  auto stub = CreateRun(place.address());
  const std::string again = Fresh("again");
  Join a(place.address(), "A", Toy(kInsns));
  Join b(place.address(), "B", Odd(again, "exec $EMU --hang-at 5"));
  WaitForFile(again);
  // Its journal follows within a second or so.
  const absl::Time limit = absl::Now() + absl::Minutes(1);
  const auto written = [&] {
    const auto record = wire::DecodeJournal(ReadFile(state + "/r.run"));
    return record.ok() && record->report.has_value();
  };
  while (!written() && absl::Now() < limit) absl::SleepFor(absl::Milliseconds(20));
  serve->Kill();
  Serve second(args);
  for (Join* join : {&a, &b}) {
    const Result result = (*join)->Wait();
    EXPECT_EQ(result.status, 1) << result.err;
    EXPECT_THAT(result.out, StartsWith("DIVERGED   kind="));
    ExpectNote(join->Report(), "the coordinator was restarted meanwhile$");
  }
}

}  // namespace
}  // namespace lockstep::remotetest

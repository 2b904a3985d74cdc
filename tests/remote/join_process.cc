#include "tests/remote/join_process.h"

#include <signal.h>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/remote/serve_process.h"

namespace lockstep::remotetest {

Join::Join(const std::string& address, const std::string& name,
           const std::vector<std::string>& command, std::vector<std::string> options)
    : out_(clitest::Fresh(name)) {
  std::vector<std::string> args = {"join", "--coordinator", address, "--run", "r", "--out",
                                   out_,   "--instance",    name};
  args.insert(args.end(), options.begin(), options.end());
  args.push_back("--");
  args.insert(args.end(), command.begin(), command.end());
  process_ = std::make_unique<clitest::Lockstep>(args);
}

nlohmann::json Join::Report() const {
  return nlohmann::json::parse(clitest::ReadFile(out_ + "/report.json"), nullptr, false);
}

std::vector<std::string> Toy(const std::string& insns, std::vector<std::string> more) {
  std::vector<std::string> command = {clitest::Example(), "--insns", insns};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

std::unique_ptr<v1::Coordinator::Stub> CreateRun(const std::string& address, v1::StreamMode mode,
                                                 const std::vector<std::string>& names) {
  auto stub = Connect(address);
  v1::CreateRunRequest request;
  request.set_run_id("r");
  for (const std::string& name : names) request.add_instances(name);
  request.set_stream_mode(mode);
  v1::Run run;
  const grpc::Status status = stub->CreateRun(Context().get(), request, &run);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return stub;
}

void WaitUntilVerified(v1::Coordinator::Stub& stub, uint64_t insns) {
  for (;;) {
    v1::GetRunRequest request;
    request.set_run_id("r");
    v1::Run run;
    const grpc::Status status = stub.GetRun(Context().get(), request, &run);
    ASSERT_TRUE(status.ok()) << status.error_message();
    ASSERT_NE(run.state(), v1::RUN_STATE_ENDED);
    if (run.verified_insns() >= insns) return;
    absl::SleepFor(absl::Milliseconds(5));
  }
}

void WaitForErr(const clitest::Lockstep& process, const std::string& text) {
  const absl::Time limit = absl::Now() + absl::Minutes(1);
  while (!absl::StrContains(process.err(), text)) {
    ASSERT_LT(absl::Now(), limit) << "'" << text << "' is not in: " << process.err();
    absl::SleepFor(absl::Milliseconds(5));
  }
}

void KillProcess(clitest::Lockstep& process) {
  process.Signal(SIGKILL);
  EXPECT_EQ(process.Wait().status, 128 + SIGKILL);
}

}  // namespace lockstep::remotetest

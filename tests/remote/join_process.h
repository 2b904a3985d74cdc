// `lockstep join` processes of a run "r", for tests.
#ifndef TESTS_REMOTE_JOIN_PROCESS_H_
#define TESTS_REMOTE_JOIN_PROCESS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "proto/lockstep/v1/session.grpc.pb.h"
#include "tests/cli/run_lockstep.h"

namespace lockstep::remotetest {

// Instructions: far more than are executed before the test ends it.
inline constexpr char kEndless[] = "1000000000000";

// `lockstep join` in a directory of its own.
class Join {
 public:
  Join(const std::string& address, const std::string& name, const std::vector<std::string>& command,
       std::vector<std::string> options = {});
  clitest::Lockstep& operator*() { return *process_; }
  clitest::Lockstep* operator->() { return process_.get(); }
  nlohmann::json Report() const;
  std::string Text() const { return clitest::ReadFile(out_ + "/report.txt"); }

 private:
  const std::string out_;
  std::unique_ptr<clitest::Lockstep> process_;
};

// The example producer.
std::vector<std::string> Toy(const std::string& insns, std::vector<std::string> more = {});

// Makes the run.
std::unique_ptr<v1::Coordinator::Stub> CreateRun(const std::string& address,
                                                 v1::StreamMode mode = v1::STREAM_MODE_UNSPECIFIED,
                                                 const std::vector<std::string>& names = {"A",
                                                                                          "B"});

// Waits until the run is verified to `insns`.
void WaitUntilVerified(v1::Coordinator::Stub& stub, uint64_t insns);

// Waits until the process has said so.
void WaitForErr(const clitest::Lockstep& process, const std::string& text);

// With SIGKILL.
void KillProcess(clitest::Lockstep& process);

}  // namespace lockstep::remotetest

#endif  // TESTS_REMOTE_JOIN_PROCESS_H_

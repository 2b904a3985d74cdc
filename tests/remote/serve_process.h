// A `lockstep serve` process, and instances that are played by the test, for tests of the
// stand-alone coordinator.
#ifndef TESTS_REMOTE_SERVE_PROCESS_H_
#define TESTS_REMOTE_SERVE_PROCESS_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "coordinator/ingest/channel_options.h"
#include "proto/lockstep/v1/session.grpc.pb.h"
#include "tests/cli/run_lockstep.h"

namespace lockstep::remotetest {

// Listens on 127.0.0.1 and a port of its own choice, unless `args` say otherwise.
class Serve {
 public:
  // Starts it and waits until it says where it listens. Fails the test if it does not.
  explicit Serve(std::vector<std::string> args = {});

  const std::string& address() const { return address_; }
  clitest::Lockstep& process() { return *process_; }
  std::string err() const { return process_->err(); }
  // What follows `text` on its line of stderr, once it is there; fails the test if it does not
  // come.
  std::string WaitForText(const std::string& text) const;

  // Ends it with SIGTERM, and waits.
  clitest::Result Stop();
  // Ends it with SIGKILL, and waits.
  void Kill();

 private:
  std::unique_ptr<clitest::Lockstep> process_;
  std::string address_;
};

// A place for a unix socket, in a directory of its own: test directories have names that are too
// long for one.
class SocketPlace {
 public:
  SocketPlace();
  ~SocketPlace();
  SocketPlace(const SocketPlace&) = delete;
  SocketPlace& operator=(const SocketPlace&) = delete;

  std::string path() const { return directory_ + "/s"; }
  std::string address() const { return "unix:" + path(); }

 private:
  std::string directory_;
};

// A stub over a channel with these credentials. Fails the test if they are refused locally.
std::unique_ptr<v1::Coordinator::Stub> Connect(const ingest::ChannelOptions& options);
std::unique_ptr<v1::Coordinator::Stub> Connect(const std::string& address);

// A context with a deadline that is generous on a loaded machine.
std::unique_ptr<grpc::ClientContext> Context();

// Plays an instance: joins on construction. Streams blocks of four instructions.
class Instance {
 public:
  Instance(v1::Coordinator::Stub* stub, const std::string& run_id, const std::string& name,
           const std::string& token = "");
  ~Instance();

  // Waits for Welcome; false when the call has ended instead.
  bool WaitForWelcome();
  // Sends `blocks` blocks; from number `corrupt_from` on with a wrong digest.
  void SendBlocks(uint32_t blocks, uint64_t corrupt_from = UINT64_MAX);
  // Sends the end of the stream, after all blocks.
  void SendEnd();
  // The call's status; half-closes first, and reads what comes.
  grpc::Status Finish();

 private:
  void Send(v1::ProducerMessage message);

  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriterInterface<v1::ProducerMessage, v1::CoordinatorMessage>>
      stream_;
  uint64_t message_number_ = 0;
  uint64_t sequence_ = 0;
  uint64_t blocks_ = 0;
  bool finished_ = false;
};

}  // namespace lockstep::remotetest

#endif  // TESTS_REMOTE_SERVE_PROCESS_H_

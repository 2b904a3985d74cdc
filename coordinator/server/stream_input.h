// What one Stream call says, apart from gRPC: decodes an instance's messages and hands them to its
// run. Nothing in a message is trusted.
#ifndef COORDINATOR_SERVER_STREAM_INPUT_H_
#define COORDINATOR_SERVER_STREAM_INPUT_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "coordinator/server/registry.h"
#include "coordinator/server/run.h"
#include "proto/lockstep/v1/session.pb.h"

namespace lockstep::server {

// Says whether the sender of a Hello may join. Thread-safe.
using JoinCheck = std::function<absl::Status(const lockstep::v1::Hello&)>;

// Calls of one thread at a time, but for Cancel().
class StreamInput {
 public:
  struct Hooks {
    JoinCheck check;
    // A Hello has come. Called before it is answered.
    std::function<void()> greeted;
    // The instance broke the contract. Called before its run hears of it, which may then stop the
    // stream at once.
    std::function<void(const absl::Status&)> refused;
  };

  // `registry` outlives it. `link` is the way back over this call.
  StreamInput(Registry* registry, std::shared_ptr<Link> link, Hooks hooks)
      : registry_(registry), link_(std::move(link)), hooks_(std::move(hooks)) {}
  StreamInput(const StreamInput&) = delete;
  StreamInput& operator=(const StreamInput&) = delete;

  // The next message. An error ends the call.
  absl::Status Handle(const lockstep::v1::ProducerMessage& message);

  // No more messages come: half-closed, or broken. Harmless if the instance's end has come. False
  // when no instance has joined over this call.
  bool Close();

  // The call is broken: nothing can be sent over it either. From any thread.
  void Cancel();

 private:
  struct Joined {
    std::shared_ptr<Run> run;
    size_t index = 0;
  };

  absl::Status Refuse(const absl::Status& status);
  absl::Status HandleContent(const lockstep::v1::ProducerMessage& message);
  absl::Status HandleHello(const lockstep::v1::Hello& hello);
  // Tells the run that nothing more comes over this call.
  bool LoseLocked(const std::string& reason, bool for_good) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Registry* const registry_;
  const std::shared_ptr<Link> link_;
  const Hooks hooks_;
  absl::Mutex mutex_;             // of what Cancel() uses
  std::optional<Joined> joined_;  // written under mutex_, by messages only
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace lockstep::server

#endif  // COORDINATOR_SERVER_STREAM_INPUT_H_

// The agent of one instance: starts the emulator, drains its rings into batches, or sums them up
// into windows, and hands these to a sink (a gRPC stream, or the narrower).
//
// It has a thread of its own from Start() until it is joined. docs/design/protocol.md,
// "Producer and agent".
#ifndef COORDINATOR_INGEST_AGENT_H_
#define COORDINATOR_INGEST_AGENT_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "coordinator/ingest/guard.h"
#include "coordinator/ingest/process.h"
#include "plugins/sdk/lockstep_ring.h"
#include "plugins/sdk/ring_memory.h"
#include "plugins/sdk/ring_reader.h"
#include "proto/cc/state.h"
#include "proto/cc/window.h"

namespace lockstep::ingest {

// How an agent's work ended.
struct StreamEnd {
  enum class Cause : uint8_t {
    kInOrder,      // every vCPU's stream had its End
    kDropped,      // the agent was asked to stop, or the sink takes no more
    kNotStarted,   // the process could not be started
    kNeverOpened,  // it exited without opening its ring
    kExited,
    kSignalled,
    kBadRecords,  // it wrote what no producer may write
    kTimedOut,    // it did not open its ring in time
  };
  Cause cause = Cause::kInOrder;
  int exit_status = 0;  // of kExited and kNeverOpened
  int signal = 0;       // of kSignalled
  std::string text;     // one line without the instance's name; empty for kInOrder
};

// What the coordinator asks of an agent in sparse mode.
struct Orders {
  std::vector<state::WindowCredit> credits;
  std::vector<state::DetailRequest> details;
};

// Where an agent's batches go. Called from the agent's thread, in the order SetWake, Open,
// Deliver..., Close; Close also without Open. A sparse stream: Open, DeliverWindows, TakeOrders and
// DeliverDetail..., EndStream, TakeOrders and DeliverDetail..., Close. Interrupt() comes from any
// thread at any time.
class Sink {
 public:
  virtual ~Sink() = default;

  // `wake` is to be called, from any thread, whenever there is news for the agent (an allowance,
  // orders, the end), but not after Close() has returned.
  virtual void SetWake(std::function<void()> wake) { (void)wake; }

  // The producer has opened its ring. Waits until batches may be sent, and answers in which form.
  // An error ends the agent.
  virtual absl::StatusOr<state::StreamTerms> Open(const state::ProducerIdentity& identity) = 0;

  // Records of this vCPU's stream that may be delivered now. Dense only.
  virtual uint64_t Allowance(uint32_t vcpu) = 0;

  // Waits until an allowance has grown, there are orders, the sink is broken, or the timeout is
  // over.
  virtual void WaitForAllowance(absl::Duration timeout) = 0;

  // Takes the batch's contents (it may leave others, to use their memory again). May wait for
  // earlier ones to leave. An error ends the agent; its text says why the sink takes no more.
  virtual absl::Status Deliver(state::Batch* batch) = 0;

  // Nothing more comes. Must not wait.
  virtual void Close(const StreamEnd& end) = 0;

  // Only of sinks whose Open() may answer sparse terms.
  // As Deliver(). REQUIRES: batch->rows() > 0.
  virtual absl::Status DeliverWindows(state::WindowBatch* batch);
  virtual absl::Status DeliverDetail(state::DetailReply* reply);
  // What has come since the last call; replaces *orders. Does not wait. An error: the sink takes no
  // more, because the run is over or the connection broken.
  virtual absl::Status TakeOrders(Orders* orders);
  // No more windows come, but details are still given.
  virtual void EndStream(const StreamEnd& end);

  // The agent shall stop: what waits returns soon, now and later.
  virtual void Interrupt() {}
};

struct AgentOptions {
  std::string name;
  std::vector<std::string> argv;
  lockstep_request request = {};
  std::string stdout_path;
  std::string stderr_path;
  uint32_t max_vcpus = 16;
  // 1 MiB: half of it stays in a second-level cache while the other half is filled.
  uint64_t ring_slots = 65536;
  // How long the emulator may take until it opens its ring.
  absl::Duration open_grace = absl::Seconds(20);
};

// Thread-safe, but for destruction.
class Agent {
 public:
  // Starts the emulator and the agent's thread. `guard` (may be null) and `sink` outlive the agent.
  // REQUIRES: the calling thread lives as long as the agent (see Process::Spawn).
  // Errors: those of Process::Spawn and RingMemory::Create; the sink is not called then.
  static absl::StatusOr<std::unique_ptr<Agent>> Start(AgentOptions options, Sink* sink,
                                                      Guard* guard);

  // Stop(), and joins.
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  const std::string& name() const { return options_.name; }

  // Asks the producer to end; after a grace the process group is killed. Does not wait.
  void RequestStop();

  // Waits until the process has ended: by itself within `grace` after its stream's end, or killed.
  Exit Finish(absl::Duration grace);

  // Whether the process has ended by now.
  bool HasExited() { return process_->Wait(absl::ZeroDuration()).has_value(); }

  // What the emulator said of itself; absent until it has opened its ring.
  std::optional<state::ProducerIdentity> identity() const;

 private:
  Agent(AgentOptions options, Sink* sink, ring::RingMemory memory);
  void Run();
  // Each: how it ended, or nothing if it did what its name says.
  std::optional<StreamEnd> WaitForOpen();
  std::optional<StreamEnd> Open();
  StreamEnd Stream();
  // One pass over all rings. Sets what it found.
  struct Pass {
    bool progress = false;       // something was delivered
    bool out_of_credit = false;  // a ring has data that may not be sent
    bool exhausted = true;       // nothing can come from any ring
  };
  std::optional<StreamEnd> DrainOnce(Pass* pass);
  bool AllEnded() const;
  StreamEnd EarlyExit(const Exit& exit) const;
  void DiscardUntilExit();

  const AgentOptions options_;
  Sink* const sink_;
  ring::RingMemory memory_;
  std::unique_ptr<Process> process_;
  std::vector<ring::RingReader> readers_;
  state::Batch batch_;
  mutable absl::Mutex mutex_;
  std::optional<state::ProducerIdentity> identity_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> stop_ = false;
  absl::Notification streamed_;  // the sink was closed
  std::thread thread_;
};

// The last non-blank line of a text file, at most 200 characters, without control characters;
// empty if there is none.
std::string LastLine(const std::string& path);

}  // namespace lockstep::ingest

#endif  // COORDINATOR_INGEST_AGENT_H_

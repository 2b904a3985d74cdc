// The agent of one instance: starts the emulator, drains its rings into batches, or sums them up
// into windows, and hands these to a sink (a gRPC stream, or the narrower).
//
// It has a thread of its own from Start() until it is joined. docs/design/protocol.md,
// "Producer and agent".
#ifndef COORDINATOR_INGEST_AGENT_H_
#define COORDINATOR_INGEST_AGENT_H_

#include <atomic>
#include <cstdint>
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
#include "coordinator/ingest/sink.h"
#include "coordinator/ingest/sparse_stream.h"
#include "plugins/sdk/lockstep_ring.h"
#include "plugins/sdk/ring_memory.h"
#include "plugins/sdk/ring_reader.h"
#include "proto/cc/policy.h"
#include "proto/cc/state.h"

namespace lockstep::ingest {

// 1 MiB: half of it stays in a second-level cache while the other half is filled.
inline constexpr uint64_t kDenseRingSlots = 65536;

struct AgentOptions {
  std::string name;
  std::vector<std::string> argv;
  lockstep_request request = {};
  policy::Policy policy;  // its masks, extra registers and ranges are the producer's rules
  std::string stdout_path;
  std::string stderr_path;
  uint32_t max_vcpus = 16;
  uint64_t ring_slots = kDenseRingSlots;
  // How long the emulator may take until it opens its ring.
  absl::Duration open_grace = absl::Seconds(20);
};

// Thread-safe, but for destruction.
class Agent {
 public:
  // Starts the emulator and the agent's thread. `guard` (may be null) and `sink` outlive the agent.
  // REQUIRES: the calling thread lives as long as the agent (see Process::Spawn).
  // Errors: those of Process::Spawn, RingMemory::Create and RulesOf; the sink is not called then.
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
  StreamEnd StreamWindows();
  // Answers the coordinator until it needs no more.
  void ServeDetails();
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
  std::vector<ring::RingReader> readers_;  // by vCPU; of a dense stream
  std::optional<SparseStream> sparse_;     // else
  state::Batch batch_;
  mutable absl::Mutex mutex_;
  std::optional<state::ProducerIdentity> identity_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> stop_ = false;
  absl::Notification streamed_;  // the sink was closed
  std::thread thread_;
};

// What a policy asks of a producer. Errors: InvalidArgument if it has more than a ring has room
// for.
absl::StatusOr<struct lockstep_rules> RulesOf(const policy::Policy& policy);

// The last non-blank line of a text file, without control characters; of one with more than 400
// characters the beginning and the end. Empty if there is none.
std::string LastLine(const std::string& path);

}  // namespace lockstep::ingest

#endif  // COORDINATOR_INGEST_AGENT_H_

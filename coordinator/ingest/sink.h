// Where the records of an agent go: a gRPC stream, or the narrower.
#ifndef COORDINATOR_INGEST_SINK_H_
#define COORDINATOR_INGEST_SINK_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
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

}  // namespace lockstep::ingest

#endif  // COORDINATOR_INGEST_SINK_H_

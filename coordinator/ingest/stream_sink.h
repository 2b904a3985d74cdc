// A sink that sends an agent's batches to a coordinator: one Stream call of the service.
//
// Batches are encoded while the one before is in flight, and wait when it has not left yet: the
// credit bounds what the coordinator holds, this bounds what the agent holds. A broken connection
// is made good underneath (reliable_stream.h).
#ifndef COORDINATOR_INGEST_STREAM_SINK_H_
#define COORDINATOR_INGEST_STREAM_SINK_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "coordinator/ingest/agent.h"
#include "coordinator/ingest/file_identity.h"
#include "coordinator/ingest/reliable_stream.h"
#include "proto/cc/state.h"
#include "proto/cc/window.h"
#include "proto/lockstep/v1/session.grpc.pb.h"

namespace lockstep::ingest {

// Who joins which run.
struct Participant {
  std::string run_id;
  std::string instance;
  std::string command;  // for the report
  std::optional<FileIdentity> executable;
  std::vector<FileIdentity> guest_images;
  bool can_rerun = false;  // whoever owns the sink obeys Stop.rerun
};

// The Sink calls but Interrupt() come from one thread; the rest is thread-safe.
class StreamSink final : public Sink, private ReliableStream::Receiver {
 public:
  // `stub` outlives the sink.
  StreamSink(lockstep::v1::Coordinator::StubInterface* stub, Participant participant,
             ReliableStreamOptions options);
  StreamSink(lockstep::v1::Coordinator::StubInterface* stub, std::string run_id,
             std::string instance, std::string command);
  // Breaks the stream off if it has not ended.
  ~StreamSink() override;

  void SetWake(std::function<void()> wake) override;
  absl::StatusOr<state::StreamTerms> Open(const state::ProducerIdentity& identity) override;
  uint64_t Allowance(uint32_t vcpu) override;
  void WaitForAllowance(absl::Duration timeout) override;
  absl::Status Deliver(state::Batch* batch) override;
  void Close(const StreamEnd& end) override;
  absl::Status DeliverWindows(state::WindowBatch* batch) override;
  absl::Status DeliverDetail(state::DetailReply* reply) override;
  absl::Status TakeOrders(Orders* orders) override;
  void EndStream(const StreamEnd& end) override;
  void Interrupt() override;

  // For ends of the stream: Wait(), Cancel(), status(), stop().
  ReliableStream& stream() { return stream_; }

  // Instructions of all vCPUs that the coordinator has compared without a difference, as far as
  // its credit tells.
  uint64_t VerifiedInsns() const;

 private:
  // Of one vCPU.
  struct Position {
    uint64_t sent = 0;   // records
    uint64_t limit = 0;  // records that may be sent
    uint64_t first_limit = 0;
    uint64_t verified_icount = 0;
    uint64_t sent_windows = 0;
    // After each batch whose records are not all consumed, or each window that is not agreed on:
    // records or windows sent by then, icount.
    std::deque<std::pair<uint64_t, uint64_t>> marks;

    // So many records or windows are compared without a difference.
    void Consumed(uint64_t count);
  };

  void OnMessage(const lockstep::v1::CoordinatorMessage& message) override;
  void OnEnded() override;

  lockstep::v1::ProducerMessage HelloMessage() const;
  void Raise(uint32_t vcpu, uint64_t limit) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeIn(const state::WindowCredit& credit) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeIn(const lockstep::v1::CoordinatorMessage& message)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Wake() ABSL_LOCKS_EXCLUDED(mutex_);
  bool AllowanceChanged() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return raised_ || over_; }

  const Participant participant_;
  mutable absl::Mutex mutex_;
  std::vector<Position> positions_ ABSL_GUARDED_BY(mutex_);  // per vCPU
  bool raised_ ABSL_GUARDED_BY(mutex_) = false;  // since WaitForAllowance() was last called
  bool over_ ABSL_GUARDED_BY(mutex_) = false;    // the stream has ended, or shall
  state::StreamTerms terms_ ABSL_GUARDED_BY(mutex_);
  absl::Status bad_message_ ABSL_GUARDED_BY(mutex_);  // from the coordinator
  Orders orders_ ABSL_GUARDED_BY(mutex_);
  bool told_end_ = false;  // the agent's thread only: ProcessEnd was sent

  // Held while it is called.
  absl::Mutex wake_mutex_;
  std::function<void()> wake_ ABSL_GUARDED_BY(wake_mutex_);

  ReliableStream stream_;  // last: calls back until it is gone
};

}  // namespace lockstep::ingest

#endif  // COORDINATOR_INGEST_STREAM_SINK_H_

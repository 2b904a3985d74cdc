// Sends an agent's batches to a coordinator over gRPC: the client's side of Coordinator.Stream.
//
// One write is in flight while the agent fills the next batch. docs/formats/wire.md.
#ifndef COORDINATOR_INGEST_STREAM_SINK_H_
#define COORDINATOR_INGEST_STREAM_SINK_H_

#include <grpcpp/grpcpp.h>

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "coordinator/ingest/agent.h"
#include "proto/cc/state.h"
#include "proto/cc/window.h"
#include "proto/lockstep/v1/session.grpc.pb.h"

namespace lockstep::ingest {

// The Sink calls come from one thread; the rest is thread-safe.
class StreamSink final : public Sink,
                         private grpc::ClientBidiReactor<lockstep::v1::ProducerMessage,
                                                         lockstep::v1::CoordinatorMessage> {
 public:
  // `stub` outlives the sink. `command` is for the report.
  StreamSink(lockstep::v1::Coordinator::StubInterface* stub, std::string run_id,
             std::string instance, std::string command);
  // Breaks the call off if it has not ended.
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

 private:
  using ProducerMessage = lockstep::v1::ProducerMessage;
  using CoordinatorMessage = lockstep::v1::CoordinatorMessage;

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  ProducerMessage HelloMessage() const;
  void StartCall(const ProducerMessage& hello);
  absl::Status SendNext(ProducerMessage& message) ABSL_LOCKS_EXCLUDED(mutex_);
  void Send(const ProducerMessage* message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Raise(uint32_t vcpu, uint64_t limit) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeIn(const state::WindowCredit& credit) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeIn(const CoordinatorMessage& message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Wake() ABSL_LOCKS_EXCLUDED(mutex_);
  bool WriteIdle() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !writing_ || broken_; }
  bool Answered() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return welcome_ || over_ || done_; }
  bool AllowanceChanged() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return raised_ || over_ || done_ || broken_;
  }
  bool Done() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return done_; }
  // Why nothing more can be sent; OK if it can.
  absl::Status Health() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  lockstep::v1::Coordinator::StubInterface* const stub_;
  const std::string run_id_;
  const std::string instance_;
  const std::string command_;
  grpc::ClientContext context_;
  bool started_ = false;  // the agent's thread only

  // Two in turn: one in flight, one being filled. The agent's thread only.
  std::array<ProducerMessage, 2> messages_;
  size_t next_message_ = 0;
  CoordinatorMessage incoming_;  // between StartRead and OnReadDone: gRPC's

  absl::Mutex mutex_;
  std::vector<uint64_t> limits_ ABSL_GUARDED_BY(mutex_);  // records, per vCPU
  std::vector<uint64_t> sent_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool welcome_ ABSL_GUARDED_BY(mutex_) = false;
  bool raised_ ABSL_GUARDED_BY(mutex_) = false;  // since WaitForAllowance() was last called
  bool over_ ABSL_GUARDED_BY(mutex_) = false;    // the coordinator said Stop
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;  // a write failed
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  state::StreamTerms terms_ ABSL_GUARDED_BY(mutex_);
  absl::Status bad_message_ ABSL_GUARDED_BY(mutex_);  // from the coordinator
  Orders orders_ ABSL_GUARDED_BY(mutex_);
  grpc::Status status_ ABSL_GUARDED_BY(mutex_);
  bool told_end_ = false;  // the agent's thread only: ProcessEnd was sent

  // Held while it is called.
  absl::Mutex wake_mutex_;
  std::function<void()> wake_ ABSL_GUARDED_BY(wake_mutex_);
};

}  // namespace lockstep::ingest

#endif  // COORDINATOR_INGEST_STREAM_SINK_H_

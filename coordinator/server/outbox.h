// The way back to one instance over one call: what is to be sent, and the one write in flight.
#ifndef COORDINATOR_SERVER_OUTBOX_H_
#define COORDINATOR_SERVER_OUTBOX_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "coordinator/server/run.h"
#include "proto/cc/second_pass.h"
#include "proto/cc/window.h"
#include "proto/lockstep/v1/session.grpc.pb.h"

namespace lockstep::server {

// Shared by the run and the reactor, because either may end first. What waits to be sent is merged
// with what waited before, so that a client that does not read costs no memory but for the few
// detail requests that a comparison has open at a time. Thread-safe.
class Outbox final : public Link {
 public:
  using Reactor =
      grpc::ServerBidiReactor<lockstep::v1::ProducerMessage, lockstep::v1::CoordinatorMessage>;

  // Both live until Detach().
  Outbox(Reactor* reactor, grpc::CallbackServerContext* context)
      : reactor_(reactor), context_(context) {}

  // Link.
  void Welcome(const Terms& terms) override;
  void Credit(uint32_t vcpu, uint64_t limit) override;
  void Credit(const state::WindowCredit& credit) override;
  void RequestDetail(const state::DetailRequest& request) override;
  void Acknowledge(const Receipt& receipt) override;
  void Stop(report::Outcome outcome, const std::optional<state::Rerun>& rerun) override;
  void Break(const absl::Status& status) override;
  absl::Duration Stalled() const override;
  bool Finished() const override;

  // Tells the client that a coordinator has its Hello. REQUIRES: no run has this link yet.
  void SendInitialMetadata();

  // From the reactor.
  void WriteDone(bool ok);
  // What a stop by the run ends the call with, instead of OK.
  void set_status(const grpc::Status& status);
  // Ends the call, once.
  void Finish(const grpc::Status& status);
  // The call is over; the reactor goes away.
  void Detach();

 private:
  void Flush() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Fills message_ with what is most urgent; false when there is nothing to say.
  bool TakeNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FillWelcome(lockstep::v1::Welcome* welcome) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FillCredit(lockstep::v1::Credit* credit) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FinishLocked(const grpc::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  Reactor* reactor_ ABSL_GUARDED_BY(mutex_);
  grpc::CallbackServerContext* context_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time write_start_ ABSL_GUARDED_BY(mutex_);
  bool stop_sent_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status status_ ABSL_GUARDED_BY(mutex_);
  std::optional<Terms> welcome_ ABSL_GUARDED_BY(mutex_);
  std::map<uint32_t, uint64_t> credit_ ABSL_GUARDED_BY(mutex_);
  std::map<uint32_t, state::WindowCredit> windows_ ABSL_GUARDED_BY(mutex_);
  std::deque<state::DetailRequest> details_ ABSL_GUARDED_BY(mutex_);
  std::optional<Receipt> receipt_ ABSL_GUARDED_BY(mutex_);
  std::optional<report::Outcome> stop_ ABSL_GUARDED_BY(mutex_);
  std::optional<state::Rerun> rerun_ ABSL_GUARDED_BY(mutex_);  // of stop_
  lockstep::v1::CoordinatorMessage message_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lockstep::server

#endif  // COORDINATOR_SERVER_OUTBOX_H_

#include "coordinator/server/watch_reactor.h"

#include <optional>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "proto/cc/report_convert.h"

namespace lockstep::server {
namespace {

namespace v1 = ::lockstep::v1;

class WatchReactor final : public grpc::ServerWriteReactor<v1::RunProgress> {
 public:
  WatchReactor(std::shared_ptr<Run> run, absl::Duration interval) : run_(std::move(run)) {
    watch_ = run_->Watch([this](const Snapshot& snapshot) { Notice(snapshot); }, interval);
  }

 private:
  // From the run's thread: must not let go of the run, so the callback holds no reference to it.
  void Notice(const Snapshot& snapshot) {
    absl::MutexLock lock(&mutex_);
    if (finished_) return;
    pending_ = snapshot;
    Flush();
  }

  void OnWriteDone(bool ok) override {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (!ok) return;  // OnCancel() follows
    if (last_sent_) {
      FinishLocked(grpc::Status::OK);
    } else {
      Flush();
    }
  }

  void OnCancel() override {
    absl::MutexLock lock(&mutex_);
    FinishLocked(grpc::Status::CANCELLED);
  }

  void OnDone() override {
    run_->Unwatch(watch_);
    delete this;
  }

  void FinishLocked(const grpc::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!finished_) Finish(status);
    finished_ = true;
  }

  void Flush() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || finished_ || !pending_.has_value()) return;
    Fill(*pending_);
    last_sent_ = pending_->phase == Phase::kDone;
    pending_.reset();
    writing_ = true;
    StartWrite(&message_);
  }

  void Fill(const Snapshot& snapshot) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    message_.Clear();
    message_.set_state(StateOf(snapshot.phase));
    message_.set_verified_insns(snapshot.summary.verified_insns);
    message_.set_blocks(snapshot.summary.boundaries);
    message_.set_splits(snapshot.summary.splits);
    message_.set_narrowing(snapshot.narrowing);
    message_.set_sums(snapshot.summary.sums);
    for (size_t i = 0; i < snapshot.joined.size(); ++i) {
      v1::InstanceProgress* progress = message_.add_instances();
      progress->set_name(run_->config().instances[i]);
      progress->set_connected(snapshot.connected[i]);
      if (i >= snapshot.summary.instances.size()) continue;
      progress->set_insns(snapshot.summary.instances[i].received_insns);
      progress->set_record_count(snapshot.summary.instances[i].records_received);
    }
    if (snapshot.phase == Phase::kDone) {
      *message_.mutable_report() = wire::ToProto(*run_->Report());
    }
  }

  const std::shared_ptr<Run> run_;
  uint64_t watch_ = 0;
  absl::Mutex mutex_;
  std::optional<Snapshot> pending_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool last_sent_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  v1::RunProgress message_;  // between StartWrite and OnWriteDone: gRPC's
};

}  // namespace

grpc::ServerWriteReactor<v1::RunProgress>* NewWatchReactor(std::shared_ptr<Run> run,
                                                           absl::Duration interval) {
  return new WatchReactor(std::move(run), interval);
}

v1::RunState StateOf(Phase phase) {
  switch (phase) {
    case Phase::kWaiting:
      return v1::RUN_STATE_WAITING;
    case Phase::kComparing:
      return v1::RUN_STATE_RUNNING;
    case Phase::kDone:
      return v1::RUN_STATE_ENDED;
  }
  return v1::RUN_STATE_UNSPECIFIED;
}

}  // namespace lockstep::server

#include "coordinator/server/stream_reactor.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "coordinator/server/run.h"
#include "coordinator/server/service.h"
#include "proto/cc/session_convert.h"
#include "proto/cc/state_convert.h"
#include "proto/cc/window_convert.h"

namespace lockstep::server {
namespace {

namespace v1 = ::lockstep::v1;

constexpr uint32_t kBatchBytes = 1u << 20;

v1::StopReason ReasonOf(report::Outcome outcome) {
  switch (outcome) {
    case report::Outcome::kIdentical:
      return v1::STOP_REASON_COMPLETE;
    case report::Outcome::kDiverged:
      return v1::STOP_REASON_DIVERGED;
    case report::Outcome::kTrouble:
      break;
  }
  return v1::STOP_REASON_TROUBLE;
}

// One line without control characters, of bounded length.
std::string EndText(const v1::ProcessEnd& end) {
  constexpr size_t kMaxText = 500;
  std::string text = end.text().substr(0, kMaxText);
  for (char& c : text) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = ' ';
  }
  return text.empty() ? "its process ended" : text;
}

// The way back to the instance: what is to be sent, and the one write in flight. Shared by the run
// and the reactor, because either may end first. Thread-safe.
class Outbox final : public Link {
 public:
  explicit Outbox(grpc::ServerBidiReactor<v1::ProducerMessage, v1::CoordinatorMessage>* reactor)
      : reactor_(reactor) {}

  void Welcome(const state::StreamTerms& terms, uint64_t window) override {
    absl::MutexLock lock(&mutex_);
    welcome_ = {terms, window};
    Flush();
  }
  void Credit(uint32_t vcpu, uint64_t limit) override {
    absl::MutexLock lock(&mutex_);
    credit_[vcpu] = limit;
    Flush();
  }
  void Credit(const state::WindowCredit& credit) override {
    absl::MutexLock lock(&mutex_);
    windows_[credit.vcpu] = credit;
    Flush();
  }
  void RequestDetail(const state::DetailRequest& request) override {
    absl::MutexLock lock(&mutex_);
    details_.push_back(request);
    Flush();
  }
  void Stop(report::Outcome outcome) override {
    absl::MutexLock lock(&mutex_);
    stop_ = outcome;
    Flush();
  }

  // Of the instance, as soon as it is known.
  void set_vcpus(uint32_t vcpus) {
    absl::MutexLock lock(&mutex_);
    vcpus_ = vcpus;
  }

  void WriteDone(bool ok) {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (!ok) return;  // the call is broken: OnCancel() follows
    if (stop_sent_) {
      FinishLocked(status_);
    } else {
      Flush();
    }
  }

  // What a stop by the run ends the call with, instead of OK.
  void set_status(const grpc::Status& status) {
    absl::MutexLock lock(&mutex_);
    status_ = status;
  }

  // Ends the call, once.
  void Finish(const grpc::Status& status) {
    absl::MutexLock lock(&mutex_);
    FinishLocked(status);
  }

  // The call is over; the reactor goes away.
  void Detach() {
    absl::MutexLock lock(&mutex_);
    reactor_ = nullptr;
  }

 private:
  void Flush() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (reactor_ == nullptr || finished_ || writing_ || stop_sent_ || !TakeNext()) return;
    writing_ = true;
    reactor_->StartWrite(&message_);
  }

  // Fills message_ with what is most urgent; false when there is nothing to say.
  bool TakeNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    message_.Clear();
    if (stop_.has_value()) {
      message_.mutable_stop()->set_reason(ReasonOf(*stop_));
      message_.mutable_stop()->set_text("the run is over");
      stop_sent_ = true;
    } else if (welcome_.has_value()) {
      FillWelcome(message_.mutable_welcome());
      welcome_.reset();
    } else if (!details_.empty()) {
      wire::ToProto(details_.front(), message_.mutable_detail_request());
      details_.pop_front();
    } else if (!credit_.empty() || !windows_.empty()) {
      for (const auto& [vcpu, credit] : windows_) {
        wire::ToProto(credit, message_.mutable_credit()->add_windows());
      }
      windows_.clear();
      for (const auto& [vcpu, limit] : credit_) {
        v1::VcpuPosition* position = message_.mutable_credit()->add_vcpus();
        position->set_vcpu(vcpu);
        position->set_record_limit(limit);
      }
      credit_.clear();
    } else {
      return false;
    }
    return true;
  }

  void FillWelcome(v1::Welcome* welcome) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    wire::ToProto(welcome_->first, welcome);
    for (int kind = v1::EventKind_MIN + 1; kind <= v1::EventKind_MAX; ++kind) {
      welcome->add_events(static_cast<v1::EventKind>(kind));
    }
    welcome->set_batch_bytes(kBatchBytes);
    for (uint32_t v = 0; v < vcpus_; ++v) {
      v1::VcpuPosition* position = welcome->add_vcpus();
      position->set_vcpu(v);
      position->set_record_limit(welcome_->second);
    }
  }

  void FinishLocked(const grpc::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (finished_ || reactor_ == nullptr) return;
    finished_ = true;
    reactor_->Finish(status);
  }

  absl::Mutex mutex_;
  grpc::ServerBidiReactor<v1::ProducerMessage, v1::CoordinatorMessage>* reactor_
      ABSL_GUARDED_BY(mutex_);
  uint32_t vcpus_ ABSL_GUARDED_BY(mutex_) = 0;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool stop_sent_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status status_ ABSL_GUARDED_BY(mutex_);
  std::optional<std::pair<state::StreamTerms, uint64_t>> welcome_ ABSL_GUARDED_BY(mutex_);
  std::map<uint32_t, uint64_t> credit_ ABSL_GUARDED_BY(mutex_);
  std::map<uint32_t, state::WindowCredit> windows_ ABSL_GUARDED_BY(mutex_);
  std::deque<state::DetailRequest> details_ ABSL_GUARDED_BY(mutex_);
  std::optional<report::Outcome> stop_ ABSL_GUARDED_BY(mutex_);
  v1::CoordinatorMessage message_ ABSL_GUARDED_BY(mutex_);
};

// Reads are sequential: only OnCancel() may run beside them.
class StreamReactor final
    : public grpc::ServerBidiReactor<v1::ProducerMessage, v1::CoordinatorMessage> {
 public:
  StreamReactor(Registry* registry, JoinCheck check)
      : registry_(registry), check_(std::move(check)), outbox_(std::make_shared<Outbox>(this)) {
    StartRead(&incoming_);
  }

 private:
  void OnReadDone(bool ok) override {
    if (!ok) {
      // Half-closed after the last batch, or broken. Harmless if the instance's end has come.
      if (!Fail("closed its stream before its end")) {
        outbox_->Finish({grpc::StatusCode::INVALID_ARGUMENT, "message: no Hello came"});
      }
      return;
    }
    if (absl::Status status = Handle(); !status.ok()) {
      // Told of the failure, the run may stop the stream before it is ended here.
      outbox_->set_status(ToGrpc(status));
      Fail(absl::StrCat("protocol error: ", std::string(status.message())));
      outbox_->Finish(ToGrpc(status));
      return;
    }
    StartRead(&incoming_);
  }

  void OnWriteDone(bool ok) override { outbox_->WriteDone(ok); }

  void OnCancel() override {
    Fail("its connection broke off");
    outbox_->Finish(grpc::Status::CANCELLED);
  }

  void OnDone() override {
    outbox_->Detach();
    delete this;
  }

  absl::Status Handle() {
    switch (incoming_.message_case()) {
      case v1::ProducerMessage::kHello:
        return HandleHello(incoming_.hello());
      case v1::ProducerMessage::kBatch:
        return HandleBatch(incoming_.batch());
      case v1::ProducerMessage::kWindows:
        return HandleWindows(incoming_.windows());
      case v1::ProducerMessage::kDetail:
        return HandleDetail(incoming_.detail());
      case v1::ProducerMessage::kProcessEnd:
        // The call goes on, for the details of its last window.
        if (!Fail(EndText(incoming_.process_end()), /*reachable=*/true)) break;
        return absl::OkStatus();
      default:
        return absl::InvalidArgumentError("message: has no content that this version knows");
    }
    return absl::InvalidArgumentError("message: the first is not Hello");
  }

  absl::Status HandleHello(const v1::Hello& hello) {
    if (joined_.has_value()) return absl::InvalidArgumentError("hello: comes twice");
    if (absl::Status allowed = check_(hello); !allowed.ok()) return allowed;
    std::optional<state::ProducerIdentity> identity;
    if (hello.has_identity()) {
      absl::StatusOr<state::ProducerIdentity> converted = wire::FromProto(hello.identity());
      if (!converted.ok()) return converted.status();
      identity = *std::move(converted);
      outbox_->set_vcpus(identity->vcpus);
    }
    absl::StatusOr<std::shared_ptr<Run>> run = registry_->Find(hello.run_id());
    if (!run.ok()) return run.status();
    absl::StatusOr<size_t> index =
        (*run)->Join(hello.instance(), hello.command(), identity, outbox_);
    if (!index.ok()) return index.status();
    absl::MutexLock lock(&mutex_);
    joined_ = {*std::move(run), *index};
    return absl::OkStatus();
  }

  absl::Status HandleBatch(const v1::BlockBatch& batch) {
    if (!joined_.has_value()) return absl::InvalidArgumentError("message: the first is not Hello");
    absl::StatusOr<state::Batch> converted = wire::FromProto(batch);
    if (!converted.ok()) return converted.status();
    return joined_->run->Push(joined_->index, *std::move(converted));
  }

  absl::Status HandleWindows(const v1::WindowBatch& batch) {
    if (!joined_.has_value()) return absl::InvalidArgumentError("message: the first is not Hello");
    absl::StatusOr<state::WindowBatch> converted = wire::FromProto(batch);
    if (!converted.ok()) return converted.status();
    return joined_->run->Push(joined_->index, *std::move(converted));
  }

  absl::Status HandleDetail(const v1::DetailReply& reply) {
    if (!joined_.has_value()) return absl::InvalidArgumentError("message: the first is not Hello");
    absl::StatusOr<state::DetailReply> converted = wire::FromProto(reply);
    if (!converted.ok()) return converted.status();
    return joined_->run->Push(joined_->index, *std::move(converted));
  }

  // Tells the run that the instance sends no more; the first reason counts. Not `reachable`: nor
  // details. False when the instance has not joined a run.
  bool Fail(const std::string& reason, bool reachable = false) {
    absl::MutexLock lock(&mutex_);
    if (!joined_.has_value()) return false;
    if (!gone_) joined_->run->InstanceFailed(joined_->index, reason, reachable);
    gone_ = !reachable;
    return true;
  }

  struct Joined {
    std::shared_ptr<Run> run;
    size_t index = 0;
  };

  Registry* const registry_;
  const JoinCheck check_;
  const std::shared_ptr<Outbox> outbox_;
  v1::ProducerMessage incoming_;
  absl::Mutex mutex_;             // of what OnCancel() uses
  std::optional<Joined> joined_;  // written under mutex_, by reads only
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

grpc::ServerBidiReactor<v1::ProducerMessage, v1::CoordinatorMessage>* NewStreamReactor(
    Registry* registry, JoinCheck check) {
  return new StreamReactor(registry, std::move(check));
}

}  // namespace lockstep::server

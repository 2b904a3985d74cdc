#include "coordinator/server/outbox.h"

#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "proto/cc/session_convert.h"
#include "proto/cc/window_convert.h"

namespace lockstep::server {
namespace {

namespace v1 = ::lockstep::v1;

constexpr uint32_t kBatchBytes = 1u << 20;

const char* TextOf(report::Outcome outcome) {
  switch (outcome) {
    case report::Outcome::kIdentical:
      return "all instances agreed";
    case report::Outcome::kDiverged:
      return "instances disagreed";
    case report::Outcome::kTrouble:
      break;
  }
  return "there was trouble";
}

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

}  // namespace

void Outbox::Welcome(const Terms& terms) {
  absl::MutexLock lock(&mutex_);
  welcome_ = terms;
  Flush();
}

void Outbox::Credit(uint32_t vcpu, uint64_t limit) {
  absl::MutexLock lock(&mutex_);
  credit_[vcpu] = limit;
  Flush();
}

void Outbox::Credit(const state::WindowCredit& credit) {
  absl::MutexLock lock(&mutex_);
  windows_[credit.vcpu] = credit;
  Flush();
}

void Outbox::RequestDetail(const state::DetailRequest& request) {
  absl::MutexLock lock(&mutex_);
  details_.push_back(request);
  Flush();
}

void Outbox::Acknowledge(const Receipt& receipt) {
  absl::MutexLock lock(&mutex_);
  receipt_ = receipt;
  Flush();
}

void Outbox::Stop(report::Outcome outcome, const std::optional<state::Rerun>& rerun) {
  absl::MutexLock lock(&mutex_);
  stop_ = outcome;
  rerun_ = rerun;
  Flush();
}

void Outbox::Break(const absl::Status& status) {
  absl::MutexLock lock(&mutex_);
  if (reactor_ == nullptr || finished_) return;
  if (writing_) {
    context_->TryCancel();  // the status would wait for the write
  } else {
    FinishLocked(
        grpc::Status(static_cast<grpc::StatusCode>(status.code()), std::string(status.message())));
  }
}

absl::Duration Outbox::Stalled() const {
  absl::MutexLock lock(&mutex_);
  if (reactor_ == nullptr || finished_ || !writing_) return absl::ZeroDuration();
  return absl::Now() - write_start_;
}

bool Outbox::Finished() const {
  absl::MutexLock lock(&mutex_);
  return reactor_ == nullptr || finished_;
}

void Outbox::SendInitialMetadata() {
  absl::MutexLock lock(&mutex_);
  if (reactor_ == nullptr || finished_) return;
  context_->AddInitialMetadata("lockstep-coordinator", "1");
  reactor_->StartSendInitialMetadata();
}

void Outbox::WriteDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  writing_ = false;
  if (!ok) return;  // the call is broken: OnCancel() follows
  if (stop_sent_) {
    FinishLocked(status_);
  } else {
    Flush();
  }
}

void Outbox::set_status(const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  status_ = status;
}

void Outbox::Finish(const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  FinishLocked(status);
}

void Outbox::Detach() {
  absl::MutexLock lock(&mutex_);
  reactor_ = nullptr;
  context_ = nullptr;
}

void Outbox::Flush() {
  if (reactor_ == nullptr || finished_ || writing_ || stop_sent_ || !TakeNext()) return;
  writing_ = true;
  write_start_ = absl::Now();
  reactor_->StartWrite(&message_);
}

bool Outbox::TakeNext() {
  message_.Clear();
  if (stop_.has_value()) {
    message_.mutable_stop()->set_reason(ReasonOf(*stop_));
    message_.mutable_stop()->set_text(TextOf(*stop_));
    if (rerun_.has_value()) wire::ToProto(*rerun_, message_.mutable_stop()->mutable_rerun());
    stop_sent_ = true;
  } else if (welcome_.has_value()) {
    FillWelcome(message_.mutable_welcome());
    welcome_.reset();
  } else if (!details_.empty()) {
    wire::ToProto(details_.front(), message_.mutable_detail_request());
    details_.pop_front();
  } else if (!credit_.empty() || !windows_.empty() || receipt_.has_value()) {
    FillCredit(message_.mutable_credit());
  } else {
    return false;
  }
  return true;
}

void Outbox::FillWelcome(v1::Welcome* welcome) const {
  wire::ToProto(welcome_->stream, welcome);
  for (int kind = v1::EventKind_MIN + 1; kind <= v1::EventKind_MAX; ++kind) {
    welcome->add_events(static_cast<v1::EventKind>(kind));
  }
  welcome->set_batch_bytes(kBatchBytes);
  for (uint32_t v = 0; v < welcome_->positions.size(); ++v) {
    v1::VcpuPosition* position = welcome->add_vcpus();
    position->set_vcpu(v);
    position->set_next_sequence(welcome_->positions[v].next_sequence);
    position->set_record_limit(welcome_->positions[v].record_limit);
  }
  welcome->set_acknowledged_messages(welcome_->receipt.acknowledged);
  welcome->set_byte_limit(welcome_->receipt.byte_limit);
}

void Outbox::FillCredit(v1::Credit* credit) {
  for (const auto& [vcpu, windows] : windows_) wire::ToProto(windows, credit->add_windows());
  windows_.clear();
  for (const auto& [vcpu, limit] : credit_) {
    v1::VcpuPosition* position = credit->add_vcpus();
    position->set_vcpu(vcpu);
    position->set_record_limit(limit);
  }
  credit_.clear();
  if (!receipt_.has_value()) return;
  credit->set_acknowledged_messages(receipt_->acknowledged);
  credit->set_byte_limit(receipt_->byte_limit);
  receipt_.reset();
}

void Outbox::FinishLocked(const grpc::Status& status) {
  if (finished_ || reactor_ == nullptr) return;
  finished_ = true;
  reactor_->Finish(status);
}

}  // namespace lockstep::server

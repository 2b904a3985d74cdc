#include "coordinator/ingest/stream_sink.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/cc/session_convert.h"
#include "proto/cc/state_convert.h"
#include "proto/cc/window_convert.h"

namespace lockstep::ingest {
namespace {

namespace v1 = ::lockstep::v1;

// Requests of the coordinator that wait to be answered: one per vCPU at a time, and a few that have
// become pointless.
constexpr size_t kMaxOpenDetails = 1024;

v1::ProcessEndCause CauseOf(StreamEnd::Cause cause) {
  switch (cause) {
    case StreamEnd::Cause::kNotStarted:
      return v1::PROCESS_END_CAUSE_NOT_STARTED;
    case StreamEnd::Cause::kNeverOpened:
      return v1::PROCESS_END_CAUSE_NEVER_OPENED;
    case StreamEnd::Cause::kExited:
      return v1::PROCESS_END_CAUSE_EXITED;
    case StreamEnd::Cause::kSignalled:
      return v1::PROCESS_END_CAUSE_SIGNALLED;
    case StreamEnd::Cause::kBadRecords:
      return v1::PROCESS_END_CAUSE_BAD_RECORDS;
    case StreamEnd::Cause::kTimedOut:
      return v1::PROCESS_END_CAUSE_TIMED_OUT;
    case StreamEnd::Cause::kInOrder:
    case StreamEnd::Cause::kDropped:
      break;
  }
  return v1::PROCESS_END_CAUSE_UNSPECIFIED;
}

}  // namespace

StreamSink::StreamSink(v1::Coordinator::StubInterface* stub, std::string run_id,
                       std::string instance, std::string command)
    : stub_(stub),
      run_id_(std::move(run_id)),
      instance_(std::move(instance)),
      command_(std::move(command)) {}

StreamSink::~StreamSink() {
  if (!started_) return;
  absl::MutexLock lock(&mutex_);
  if (!done_) context_.TryCancel();
  mutex_.Await(absl::Condition(this, &StreamSink::Done));
}

v1::ProducerMessage StreamSink::HelloMessage() const {
  ProducerMessage message;
  v1::Hello* hello = message.mutable_hello();
  hello->set_run_id(run_id_);
  hello->set_instance(instance_);
  hello->set_command(command_);
  return message;
}

void StreamSink::StartCall(const ProducerMessage& hello) {
  messages_[next_message_] = hello;
  stub_->async()->Stream(&context_, this);
  StartRead(&incoming_);
  started_ = true;
  {
    absl::MutexLock lock(&mutex_);
    Send(&messages_[next_message_]);
  }
  next_message_ ^= 1;
  grpc::ClientBidiReactor<ProducerMessage, CoordinatorMessage>::StartCall();
}

void StreamSink::Send(const ProducerMessage* message) {
  writing_ = true;
  StartWrite(message);
}

absl::Status StreamSink::Health() const {
  if (over_) return absl::CancelledError("the run is over");
  if (!bad_message_.ok()) {
    return absl::InternalError(absl::StrCat("the coordinator sends what no coordinator may send: ",
                                            std::string(bad_message_.message())));
  }
  if (done_ || broken_) {
    return absl::UnavailableError(
        absl::StrCat("the coordinator broke the stream off: ",
                     status_.ok() ? "no reason given" : status_.error_message()));
  }
  return absl::OkStatus();
}

void StreamSink::SetWake(std::function<void()> wake) {
  absl::MutexLock lock(&wake_mutex_);
  wake_ = std::move(wake);
}

void StreamSink::Wake() {
  absl::MutexLock lock(&wake_mutex_);
  if (wake_) wake_();
}

absl::StatusOr<state::StreamTerms> StreamSink::Open(const state::ProducerIdentity& identity) {
  ProducerMessage hello = HelloMessage();
  *hello.mutable_hello()->mutable_identity() = wire::ToProto(identity);
  {
    absl::MutexLock lock(&mutex_);
    limits_.assign(identity.vcpus, 0);
    sent_.assign(identity.vcpus, 0);
  }
  StartCall(hello);
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &StreamSink::Answered));
  if (absl::Status status = Health(); !status.ok()) return status;
  return terms_;
}

uint64_t StreamSink::Allowance(uint32_t vcpu) {
  absl::MutexLock lock(&mutex_);
  return limits_[vcpu] - std::min(limits_[vcpu], sent_[vcpu]);
}

void StreamSink::WaitForAllowance(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(this, &StreamSink::AllowanceChanged), timeout);
  raised_ = false;
}

absl::Status StreamSink::SendNext(ProducerMessage& message) {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &StreamSink::WriteIdle));
  if (absl::Status status = Health(); !status.ok()) return status;
  if (message.has_batch()) sent_[message.batch().vcpu()] += message.batch().record_count();
  Send(&message);
  next_message_ ^= 1;
  return absl::OkStatus();
}

// Each is encoded while the one before it is in flight.
absl::Status StreamSink::Deliver(state::Batch* batch) {
  ProducerMessage& message = messages_[next_message_];
  wire::ToProto(*batch, message.mutable_batch());
  return SendNext(message);
}

absl::Status StreamSink::DeliverWindows(state::WindowBatch* batch) {
  ProducerMessage& message = messages_[next_message_];
  wire::ToProto(*batch, message.mutable_windows());
  return SendNext(message);
}

absl::Status StreamSink::DeliverDetail(state::DetailReply* reply) {
  ProducerMessage& message = messages_[next_message_];
  wire::ToProto(*reply, message.mutable_detail());
  return SendNext(message);
}

absl::Status StreamSink::TakeOrders(Orders* orders) {
  orders->credits.clear();
  orders->details.clear();
  absl::MutexLock lock(&mutex_);
  raised_ = false;
  std::swap(*orders, orders_);
  return Health();
}

void StreamSink::EndStream(const StreamEnd& end) {
  const v1::ProcessEndCause cause = CauseOf(end.cause);
  if (cause == v1::PROCESS_END_CAUSE_UNSPECIFIED || told_end_) return;
  told_end_ = true;
  // An instance that never came up is told of all the same.
  if (!started_) StartCall(HelloMessage());
  ProducerMessage& message = messages_[next_message_];
  v1::ProcessEnd* process_end = message.mutable_process_end();
  process_end->set_cause(cause);
  process_end->set_exit_status(end.exit_status);
  process_end->set_signal(end.signal);
  process_end->set_text(end.text);
  SendNext(message).IgnoreError();  // whoever broke it off knows
}

void StreamSink::Close(const StreamEnd& end) {
  SetWake(nullptr);
  EndStream(end);
  if (!started_) return;
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &StreamSink::WriteIdle));
  if (Health().ok()) StartWritesDone();
}

void StreamSink::Raise(uint32_t vcpu, uint64_t limit) {
  if (vcpu >= limits_.size()) return;
  limits_[vcpu] = std::max(limits_[vcpu], limit);
  raised_ = true;
}

// Only the newest of each vCPU counts.
void StreamSink::TakeIn(const state::WindowCredit& credit) {
  const auto known =
      std::find_if(orders_.credits.begin(), orders_.credits.end(),
                   [&](const state::WindowCredit& other) { return other.vcpu == credit.vcpu; });
  if (known != orders_.credits.end()) {
    known->agreed_windows = std::max(known->agreed_windows, credit.agreed_windows);
  } else {
    orders_.credits.push_back(credit);
  }
  raised_ = true;
}

void StreamSink::TakeIn(const CoordinatorMessage& message) {
  switch (message.message_case()) {
    case CoordinatorMessage::kWelcome: {
      absl::StatusOr<state::StreamTerms> terms = wire::FromProto(message.welcome());
      if (terms.ok()) {
        terms_ = *terms;
      } else {
        bad_message_ = terms.status();
      }
      for (const v1::VcpuPosition& p : message.welcome().vcpus()) {
        Raise(p.vcpu(), p.record_limit());
      }
      welcome_ = true;
      break;
    }
    case CoordinatorMessage::kCredit:
      for (const v1::VcpuPosition& p : message.credit().vcpus()) {
        Raise(p.vcpu(), p.record_limit());
      }
      for (const v1::WindowCredit& w : message.credit().windows()) {
        absl::StatusOr<state::WindowCredit> credit = wire::FromProto(w);
        if (credit.ok()) TakeIn(*credit);  // else of no vCPU that there is
      }
      break;
    case CoordinatorMessage::kDetailRequest: {
      absl::StatusOr<state::DetailRequest> request = wire::FromProto(message.detail_request());
      if (request.ok() && orders_.details.size() == kMaxOpenDetails) {
        bad_message_ = absl::ResourceExhaustedError("more detail requests than are answered");
      } else if (request.ok()) {
        orders_.details.push_back(*request);
        raised_ = true;
      } else {
        bad_message_ = request.status();
      }
      break;
    }
    case CoordinatorMessage::kStop:
      over_ = true;
      break;
    default:
      break;
  }
}

void StreamSink::OnReadDone(bool ok) {
  if (!ok) return;
  {
    absl::MutexLock lock(&mutex_);
    TakeIn(incoming_);
  }
  Wake();
  StartRead(&incoming_);
}

void StreamSink::OnWriteDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  writing_ = false;
  if (!ok) broken_ = true;
}

void StreamSink::OnDone(const grpc::Status& status) {
  Wake();  // before done_ is set: then the destructor may go on
  absl::MutexLock lock(&mutex_);
  status_ = status;
  done_ = true;
}

}  // namespace lockstep::ingest

#include "coordinator/ingest/stream_sink.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/cc/state_convert.h"

namespace lockstep::ingest {
namespace {

namespace v1 = ::lockstep::v1;

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
  if (done_ || broken_) {
    return absl::UnavailableError(
        absl::StrCat("the coordinator broke the stream off: ",
                     status_.ok() ? "no reason given" : status_.error_message()));
  }
  return absl::OkStatus();
}

absl::Status StreamSink::Open(const state::ProducerIdentity& identity) {
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
  return Health();
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

absl::Status StreamSink::Deliver(state::Batch* batch) {
  // Encoded while the one before it is in flight.
  ProducerMessage& message = messages_[next_message_];
  wire::ToProto(*batch, message.mutable_batch());
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &StreamSink::WriteIdle));
  if (absl::Status status = Health(); !status.ok()) return status;
  sent_[batch->vcpu] += batch->records;
  Send(&message);
  next_message_ ^= 1;
  return absl::OkStatus();
}

void StreamSink::Close(const StreamEnd& end) {
  const v1::ProcessEndCause cause = CauseOf(end.cause);
  // An instance that never came up is told of all the same.
  if (!started_ && cause != v1::PROCESS_END_CAUSE_UNSPECIFIED) StartCall(HelloMessage());
  if (!started_) return;
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &StreamSink::WriteIdle));
  if (!Health().ok()) return;
  if (cause == v1::PROCESS_END_CAUSE_UNSPECIFIED) {
    StartWritesDone();
    return;
  }
  ProducerMessage& message = messages_[next_message_];
  v1::ProcessEnd* process_end = message.mutable_process_end();
  process_end->set_cause(cause);
  process_end->set_exit_status(end.exit_status);
  process_end->set_signal(end.signal);
  process_end->set_text(end.text);
  writing_ = true;
  StartWriteLast(&message, grpc::WriteOptions());
}

void StreamSink::Raise(uint32_t vcpu, uint64_t limit) {
  if (vcpu >= limits_.size()) return;
  limits_[vcpu] = std::max(limits_[vcpu], limit);
  raised_ = true;
}

void StreamSink::OnReadDone(bool ok) {
  if (!ok) return;
  {
    absl::MutexLock lock(&mutex_);
    if (incoming_.has_welcome()) {
      for (const v1::VcpuPosition& p : incoming_.welcome().vcpus()) {
        Raise(p.vcpu(), p.record_limit());
      }
      welcome_ = true;
    } else if (incoming_.has_credit()) {
      for (const v1::VcpuPosition& p : incoming_.credit().vcpus()) {
        Raise(p.vcpu(), p.record_limit());
      }
    } else if (incoming_.has_stop()) {
      over_ = true;
    }
  }
  StartRead(&incoming_);
}

void StreamSink::OnWriteDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  writing_ = false;
  if (!ok) broken_ = true;
}

void StreamSink::OnDone(const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  status_ = status;
  done_ = true;
}

}  // namespace lockstep::ingest

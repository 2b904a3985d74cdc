#include "coordinator/ingest/stream_sink.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/cc/session_convert.h"
#include "proto/cc/state_convert.h"
#include "proto/cc/utf8.h"
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
    case StreamEnd::Cause::kDropped:
      return v1::PROCESS_END_CAUSE_STOPPED;
    case StreamEnd::Cause::kInOrder:
      break;
  }
  return v1::PROCESS_END_CAUSE_UNSPECIFIED;
}

void Fill(const FileIdentity& file, v1::FileDigest* message) {
  message->set_path(wire::ValidUtf8(file.path));
  message->set_sha256(file.sha256);
}

absl::Status Bad(const absl::Status& status) {
  return absl::InternalError(absl::StrCat("the coordinator sends what no coordinator may send: ",
                                          std::string(status.message())));
}

// Instructions begun before the last record of the batch.
uint64_t LastIcount(const state::Batch& batch) {
  if (batch.end.has_value()) return batch.end->icount;
  return batch.icount_offsets.empty() ? 0 : batch.first_icount + batch.icount_offsets.back();
}

}  // namespace

StreamSink::StreamSink(v1::Coordinator::StubInterface* stub, Participant participant,
                       ReliableStreamOptions options)
    : participant_(std::move(participant)), stream_(stub, std::move(options), this) {}

StreamSink::StreamSink(v1::Coordinator::StubInterface* stub, std::string run_id,
                       std::string instance, std::string command)
    : StreamSink(stub,
                 Participant{std::move(run_id), std::move(instance), std::move(command), {}, {}},
                 ReliableStreamOptions()) {}

StreamSink::~StreamSink() = default;

v1::ProducerMessage StreamSink::HelloMessage() const {
  v1::ProducerMessage message;
  v1::Hello* hello = message.mutable_hello();
  hello->set_run_id(participant_.run_id);
  hello->set_instance(participant_.instance);
  hello->set_command(wire::ValidUtf8(participant_.command));
  hello->set_can_rerun(participant_.can_rerun);
  if (participant_.executable.has_value()) {
    Fill(*participant_.executable, hello->mutable_executable());
  }
  for (const FileIdentity& image : participant_.guest_images) {
    Fill(image, hello->add_guest_images());
  }
  return message;
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
  v1::ProducerMessage hello = HelloMessage();
  *hello.mutable_hello()->mutable_identity() = wire::ToProto(identity);
  {
    absl::MutexLock lock(&mutex_);
    positions_.resize(identity.vcpus);
  }
  stream_.Start(std::move(hello));
  if (absl::Status status = stream_.WaitForWelcome(); !status.ok()) return status;
  absl::MutexLock lock(&mutex_);
  if (!bad_message_.ok()) return bad_message_;
  return terms_;
}

uint64_t StreamSink::Allowance(uint32_t vcpu) {
  absl::MutexLock lock(&mutex_);
  const Position& position = positions_[vcpu];
  return position.limit - std::min(position.limit, position.sent);
}

void StreamSink::WaitForAllowance(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(this, &StreamSink::AllowanceChanged), timeout);
  raised_ = false;
}

absl::Status StreamSink::Deliver(state::Batch* batch) {
  // Encoded while the one before it is in flight.
  std::unique_ptr<v1::ProducerMessage> message = stream_.NewMessage();
  wire::ToProto(*batch, message->mutable_batch());
  {
    absl::MutexLock lock(&mutex_);
    Position& position = positions_[batch->vcpu];
    position.sent += batch->records;
    if (const uint64_t icount = LastIcount(*batch); icount != 0) {
      position.marks.emplace_back(position.sent, icount);
    }
  }
  return stream_.Send(std::move(message));
}

absl::Status StreamSink::DeliverWindows(state::WindowBatch* batch) {
  std::unique_ptr<v1::ProducerMessage> message = stream_.NewMessage();
  wire::ToProto(*batch, message->mutable_windows());
  {
    absl::MutexLock lock(&mutex_);
    Position& position = positions_[batch->vcpu];
    for (const uint64_t icount : batch->icounts) {
      position.marks.emplace_back(++position.sent_windows, icount);
    }
  }
  return stream_.Send(std::move(message));
}

absl::Status StreamSink::DeliverDetail(state::DetailReply* reply) {
  std::unique_ptr<v1::ProducerMessage> message = stream_.NewMessage();
  wire::ToProto(*reply, message->mutable_detail());
  return stream_.Send(std::move(message));
}

absl::Status StreamSink::TakeOrders(Orders* orders) {
  orders->credits.clear();
  orders->details.clear();
  {
    absl::MutexLock lock(&mutex_);
    raised_ = false;
    std::swap(*orders, orders_);
    if (!bad_message_.ok()) return bad_message_;
  }
  return stream_.status();
}

void StreamSink::EndStream(const StreamEnd& end) {
  const v1::ProcessEndCause cause = CauseOf(end.cause);
  if (cause == v1::PROCESS_END_CAUSE_UNSPECIFIED || told_end_) return;
  told_end_ = true;
  // An instance that never came up is told of all the same.
  if (!stream_.started()) stream_.Start(HelloMessage());
  auto message = std::make_unique<v1::ProducerMessage>();
  v1::ProcessEnd* process_end = message->mutable_process_end();
  process_end->set_cause(cause);
  process_end->set_exit_status(end.exit_status);
  process_end->set_signal(end.signal);
  process_end->set_text(wire::ValidUtf8(end.text));
  stream_.SendNow(std::move(message));
}

// The call goes on until the coordinator ends it: it has every End, or hears of the end here.
void StreamSink::Close(const StreamEnd& end) {
  SetWake(nullptr);
  EndStream(end);
}

void StreamSink::Interrupt() {
  stream_.Interrupt();
  {
    absl::MutexLock lock(&mutex_);
    over_ = true;
  }
  Wake();
}

uint64_t StreamSink::VerifiedInsns() const {
  absl::MutexLock lock(&mutex_);
  uint64_t insns = 0;
  for (const Position& position : positions_) insns += position.verified_icount;
  return insns;
}

void StreamSink::Raise(uint32_t vcpu, uint64_t limit) {
  if (vcpu >= positions_.size()) return;
  Position& position = positions_[vcpu];
  if (position.first_limit == 0) position.first_limit = limit;  // nothing was consumed then
  position.limit = std::max(position.limit, limit);
  position.Consumed(position.limit - position.first_limit);
  raised_ = true;
}

void StreamSink::Position::Consumed(uint64_t count) {
  while (!marks.empty() && marks.front().first <= count) {
    verified_icount = marks.front().second;
    marks.pop_front();
  }
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
  if (credit.vcpu < positions_.size()) positions_[credit.vcpu].Consumed(credit.agreed_windows);
}

void StreamSink::TakeIn(const v1::CoordinatorMessage& message) {
  switch (message.message_case()) {
    case v1::CoordinatorMessage::kWelcome: {
      absl::StatusOr<state::StreamTerms> terms = wire::FromProto(message.welcome());
      if (terms.ok()) {
        terms_ = *terms;
      } else {
        bad_message_ = Bad(terms.status());
      }
      for (const v1::VcpuPosition& p : message.welcome().vcpus()) {
        Raise(p.vcpu(), p.record_limit());
      }
      break;
    }
    case v1::CoordinatorMessage::kCredit:
      for (const v1::VcpuPosition& p : message.credit().vcpus()) {
        Raise(p.vcpu(), p.record_limit());
      }
      for (const v1::WindowCredit& w : message.credit().windows()) {
        absl::StatusOr<state::WindowCredit> credit = wire::FromProto(w);
        if (credit.ok()) TakeIn(*credit);  // else of no vCPU that there is
      }
      break;
    case v1::CoordinatorMessage::kDetailRequest: {
      absl::StatusOr<state::DetailRequest> request = wire::FromProto(message.detail_request());
      if (request.ok() && orders_.details.size() == kMaxOpenDetails) {
        bad_message_ = Bad(absl::ResourceExhaustedError("more detail requests than are answered"));
      } else if (request.ok()) {
        orders_.details.push_back(*request);
        raised_ = true;
      } else {
        bad_message_ = Bad(request.status());
      }
      break;
    }
    case v1::CoordinatorMessage::kStop:
      over_ = true;
      break;
    default:
      break;
  }
}

void StreamSink::OnMessage(const v1::CoordinatorMessage& message) {
  {
    absl::MutexLock lock(&mutex_);
    TakeIn(message);
  }
  Wake();
}

void StreamSink::OnEnded() {
  {
    absl::MutexLock lock(&mutex_);
    over_ = true;
  }
  Wake();
}

}  // namespace lockstep::ingest

#include "coordinator/ingest/reliable_stream.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "emulator/base/check.h"

namespace lockstep::ingest {
namespace {

namespace v1 = ::lockstep::v1;

// Messages whose memory is kept for the next ones.
constexpr size_t kMaxFree = 16;
// One that is being sent, and one that is encoded meanwhile.
constexpr size_t kMaxUnsent = 2;

std::string Reason(const grpc::Status& status) {
  return status.error_message().empty() ? absl::StrCat("status ", status.error_code())
                                        : status.error_message();
}

}  // namespace

bool IsBrokenConnection(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::INTERNAL:
    case grpc::StatusCode::ABORTED:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return true;
    default:
      return false;
  }
}

// Lives from its construction to OnDone(), for which the stream's thread waits. A hold keeps the
// call alive until no write can be started on it any more.
class ReliableStream::Call final
    : public grpc::ClientBidiReactor<ProducerMessage, CoordinatorMessage> {
 public:
  explicit Call(ReliableStream* stream) : stream_(stream) {
    if (stream->options_.prepare) stream->options_.prepare(&context_);
  }

  void Begin(const ProducerMessage& hello) {
    stream_->stub_->async()->Stream(&context_, this);
    AddHold();
    StartRead(&incoming_);
    StartWrite(&hello);
    StartCall();
  }
  void TryCancel() { context_.TryCancel(); }

 private:
  void OnReadInitialMetadataDone(bool ok) override {
    if (ok && context_.GetServerInitialMetadata().count("lockstep-coordinator") != 0) {
      stream_->OnJoined();
    }
  }
  void OnReadDone(bool ok) override {
    if (ok) {
      stream_->OnMessage(incoming_);
      StartRead(&incoming_);
    } else {
      stream_->OnClosed();
      RemoveHold();
    }
  }
  void OnWriteDone(bool ok) override { stream_->OnWritten(ok); }
  void OnDone(const grpc::Status& status) override { stream_->OnDone(status); }

  ReliableStream* const stream_;
  grpc::ClientContext context_;
  CoordinatorMessage incoming_;  // between StartRead and OnReadDone: gRPC's
};

ReliableStream::ReliableStream(v1::Coordinator::StubInterface* stub, ReliableStreamOptions options,
                               Receiver* receiver)
    : stub_(stub), options_(std::move(options)), receiver_(receiver) {}

ReliableStream::~ReliableStream() {
  Cancel("broken off");
  if (thread_.joinable()) thread_.join();
}

void ReliableStream::Start(ProducerMessage hello) {
  LOCKSTEP_CHECK(!thread_.joinable());
  hello_ = std::move(hello);
  thread_ = std::thread([this] { Loop(); });
}

// --- The stream's thread.

void ReliableStream::Loop() {
  bool resume = false;
  bool ever_joined = false;
  absl::Duration backoff = options_.first_backoff;
  absl::Time limit = absl::Now() + options_.reconnect_timeout;
  for (;;) {
    const grpc::Status status = RunCall(resume);
    resume = true;
    absl::Duration wait;
    bool joined = false;
    {
      absl::MutexLock lock(&mutex_);
      if (stop_.has_value() || cancelled_ || !failure_.ok()) break;
      joined = joined_;
      if (joined_) {
        ever_joined = true;
        backoff = options_.first_backoff;
        limit = absl::Now() + options_.reconnect_timeout;
      }
      wait = std::min(backoff, limit - absl::Now());
    }
    if (status.ok()) return End(absl::CancelledError("the coordinator has ended the stream"));
    if (!IsBrokenConnection(status)) {
      return End(absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                              absl::StrCat("the coordinator refuses: ", Reason(status))));
    }
    if (wait <= absl::ZeroDuration()) {
      return End(absl::UnavailableError(
          absl::StrCat(ever_joined ? "the connection to the coordinator broke and could not be "
                                     "restored within "
                                   : "the coordinator could not be reached within ",
                       absl::FormatDuration(options_.reconnect_timeout), ": ", Reason(status))));
    }
    if (joined && options_.note) {
      options_.note(absl::StrCat("the connection to the coordinator broke (", Reason(status),
                                 "); connecting again"));
    }
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&cancelled_), wait);
    backoff = std::min(backoff * 2, options_.max_backoff);
  }
  absl::Status end;
  {
    absl::MutexLock lock(&mutex_);
    end = stop_.has_value() ? absl::CancelledError("the run is over")
                            : (!failure_.ok() ? failure_ : absl::CancelledError("broken off"));
  }
  End(std::move(end));
}

grpc::Status ReliableStream::RunCall(bool resume) {
  hello_.mutable_hello()->set_resume(resume);
  Call call(this);
  {
    absl::MutexLock lock(&mutex_);
    if (cancelled_) return grpc::Status::CANCELLED;
    call_ = &call;
    closed_ = joined_ = welcome_ = in_flight_ = false;
    writing_ = true;  // Hello
    sent_ = 0;
  }
  call.Begin(hello_);
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &ReliableStream::CallDone));
  return call_status_;
}

void ReliableStream::End(absl::Status status) {
  {
    absl::MutexLock lock(&mutex_);
    status_ = std::move(status);
    ended_ = true;
  }
  receiver_->OnEnded();
}

// --- The owner's calls.

absl::Status ReliableStream::Health() const {
  if (ended_) return status_;
  if (stop_.has_value()) return absl::CancelledError("the run is over");
  return failure_;
}

bool ReliableStream::Answered() const { return welcomed_ || interrupted_ || !Health().ok(); }

bool ReliableStream::CanTake() const {
  if (interrupted_ || !Health().ok()) return true;
  return messages_.size() - sent_ < kMaxUnsent && bytes_ + wanted_ <= byte_limit_;
}

absl::Status ReliableStream::WaitForWelcome() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &ReliableStream::Answered));
  if (absl::Status status = Health(); !status.ok()) return status;
  return welcomed_ ? absl::OkStatus() : absl::CancelledError("stopped");
}

std::unique_ptr<v1::ProducerMessage> ReliableStream::NewMessage() {
  absl::MutexLock lock(&mutex_);
  if (free_.empty()) return std::make_unique<ProducerMessage>();
  // The newest: what it has in the caches may still be there.
  std::unique_ptr<ProducerMessage> message = std::move(free_.back());
  free_.pop_back();
  return message;
}

void ReliableStream::Append(std::unique_ptr<ProducerMessage> message, uint64_t bytes) {
  bytes_ += bytes;
  messages_.push_back(std::move(message));
  Pump();
}

absl::Status ReliableStream::Send(std::unique_ptr<ProducerMessage> message) {
  absl::MutexLock lock(&mutex_);
  message->set_message_number(first_number_ + messages_.size());
  wanted_ = message->ByteSizeLong();
  mutex_.Await(absl::Condition(this, &ReliableStream::CanTake));
  if (absl::Status status = Health(); !status.ok()) return status;
  if (interrupted_) return absl::CancelledError("stopped");
  Append(std::move(message), wanted_);
  return absl::OkStatus();
}

void ReliableStream::SendNow(std::unique_ptr<ProducerMessage> message) {
  absl::MutexLock lock(&mutex_);
  message->set_message_number(first_number_ + messages_.size());
  urgent_ = true;
  const uint64_t bytes = message->ByteSizeLong();
  Append(std::move(message), bytes);
}

void ReliableStream::Interrupt() {
  absl::MutexLock lock(&mutex_);
  interrupted_ = true;
}

void ReliableStream::Cancel(const std::string& text) {
  absl::MutexLock lock(&mutex_);
  if (cancelled_ || ended_) return;
  cancelled_ = true;
  if (failure_.ok()) failure_ = absl::CancelledError(text);
  if (call_ != nullptr) call_->TryCancel();
}

bool ReliableStream::Wait(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(this, &ReliableStream::Ended), timeout);
  return ended_;
}

absl::Status ReliableStream::status() const {
  absl::MutexLock lock(&mutex_);
  return Health();
}

std::optional<v1::Stop> ReliableStream::stop() const {
  absl::MutexLock lock(&mutex_);
  return stop_;
}

// --- Sending and acknowledging.

void ReliableStream::Pump() {
  if (call_ == nullptr || closed_ || writing_ || sent_ == messages_.size()) return;
  if (stop_.has_value() || !failure_.ok()) return;
  // Before the first Welcome only SendNow()'s message may be said: that there will be no stream.
  if (!welcome_ && (welcomed_ || !urgent_)) return;
  writing_ = in_flight_ = true;
  call_->StartWrite(messages_[sent_++].get());
}

void ReliableStream::Fail(absl::Status status) {
  if (failure_.ok()) failure_ = std::move(status);
  if (call_ != nullptr) call_->TryCancel();
}

void ReliableStream::Acknowledge(uint64_t number) {
  if (number >= first_number_ + messages_.size()) {
    return Fail(absl::DataLossError(
        absl::StrCat("the coordinator acknowledges message ", number, ", which was not sent")));
  }
  acknowledged_ = std::max(acknowledged_, number);
  ForgetAcknowledged();
}

void ReliableStream::ForgetAcknowledged() {
  while (!messages_.empty() && first_number_ <= acknowledged_) {
    if (sent_ == 1 && in_flight_) return;  // when it has been written
    if (free_.size() < kMaxFree) free_.push_back(std::move(messages_.front()));
    messages_.pop_front();
    ++first_number_;
    sent_ -= std::min<size_t>(sent_, 1);
  }
}

// --- From the call.

void ReliableStream::OnJoined() {
  absl::MutexLock lock(&mutex_);
  joined_ = true;
}

void ReliableStream::OnMessage(const CoordinatorMessage& message) {
  receiver_->OnMessage(message);
  absl::MutexLock lock(&mutex_);
  if (message.has_welcome()) {
    const v1::Welcome& welcome = message.welcome();
    if (welcome.byte_limit() == 0) {
      return Fail(absl::UnimplementedError(
          "the coordinator acknowledges no messages: it is of an older version"));
    }
    if (welcome.acknowledged_messages() < acknowledged_) {
      return Fail(absl::DataLossError(
          absl::StrCat("the coordinator has only ", welcome.acknowledged_messages(), " of the ",
                       acknowledged_, " messages that it had acknowledged: was it started anew?")));
    }
    byte_limit_ = std::max(byte_limit_, welcome.byte_limit());
    joined_ = welcome_ = welcomed_ = true;
    Acknowledge(welcome.acknowledged_messages());
  } else if (message.has_credit()) {
    byte_limit_ = std::max(byte_limit_, message.credit().byte_limit());
    Acknowledge(message.credit().acknowledged_messages());
  } else if (message.has_stop()) {
    stop_ = message.stop();
  }
  Pump();
}

void ReliableStream::OnClosed() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
}

void ReliableStream::OnWritten(bool ok) {
  absl::MutexLock lock(&mutex_);
  writing_ = in_flight_ = false;
  if (!ok) return;  // the call is broken: OnDone() follows
  ForgetAcknowledged();
  Pump();
}

void ReliableStream::OnDone(const grpc::Status& status) {
  absl::MutexLock lock(&mutex_);
  call_status_ = status;
  call_ = nullptr;
}

}  // namespace lockstep::ingest

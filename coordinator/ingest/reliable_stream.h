// One instance's Stream call, made to survive broken connections.
//
// Messages are numbered and kept until the coordinator acknowledges them. When the connection
// breaks, a thread of the stream connects again (with a delay that doubles, and no jitter), says
// Hello with `resume`, forgets what Welcome acknowledges, sends the rest once more, and goes on.
// Memory: what is not acknowledged, which the coordinator's byte credit bounds.
// Source: docs/formats/wire.md, "Sequence numbers and resuming".
#ifndef COORDINATOR_INGEST_RELIABLE_STREAM_H_
#define COORDINATOR_INGEST_RELIABLE_STREAM_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "proto/lockstep/v1/session.grpc.pb.h"

namespace lockstep::ingest {

struct ReliableStreamOptions {
  // How long the coordinator may be out of reach.
  absl::Duration reconnect_timeout = absl::Seconds(30);
  // Before the second attempt; doubles with each further one.
  absl::Duration first_backoff = absl::Milliseconds(100);
  absl::Duration max_backoff = absl::Seconds(2);
  // Told of lost and restored connections, one line each, from the stream's thread. May be empty.
  std::function<void(const std::string&)> note;
  // Adds to each call's context, a token for instance. May be empty.
  std::function<void(grpc::ClientContext*)> prepare;
};

// Start(), WaitForWelcome(), NewMessage(), Send() and SendNow() are for one thread; the rest is
// thread-safe.
class ReliableStream {
 public:
  using ProducerMessage = lockstep::v1::ProducerMessage;
  using CoordinatorMessage = lockstep::v1::CoordinatorMessage;

  // Told of every message of the coordinator. Called from gRPC's threads, one call at a time; must
  // not block or call the stream.
  class Receiver {
   public:
    virtual ~Receiver() = default;
    virtual void OnMessage(const CoordinatorMessage& message) = 0;
    // Nothing more comes: the stream has ended.
    virtual void OnEnded() = 0;
  };

  // `stub` and `receiver` outlive the stream.
  ReliableStream(lockstep::v1::Coordinator::StubInterface* stub, ReliableStreamOptions options,
                 Receiver* receiver);
  // Breaks the call off if it has not ended.
  ~ReliableStream();
  ReliableStream(const ReliableStream&) = delete;
  ReliableStream& operator=(const ReliableStream&) = delete;

  // Connects; does not wait. `hello` is a message with its Hello. Once.
  void Start(ProducerMessage hello);
  bool started() const { return thread_.joinable(); }

  // Waits until the coordinator has said Welcome. Errors: as status(); Cancelled after Interrupt().
  absl::Status WaitForWelcome();

  // An empty message, or one with an old content whose memory can be used again.
  std::unique_ptr<ProducerMessage> NewMessage();

  // Numbers the message and sends it when it is its turn. Waits while earlier ones wait, or the
  // byte credit is used up. Errors: as status(); Cancelled after Interrupt().
  absl::Status Send(std::unique_ptr<ProducerMessage> message);

  // As Send() for the news that the process has ended, but waits for nothing; also before the
  // Welcome.
  void SendNow(std::unique_ptr<ProducerMessage> message);

  // Waits end soon, those of later calls too; what was sent is still delivered.
  void Interrupt();

  // Breaks the stream off: it ends with Cancelled and this text, if it has not ended.
  void Cancel(const std::string& text);

  // Waits until the stream has ended or the timeout is over. True if it has.
  bool Wait(absl::Duration timeout);

  // Why nothing more can be sent; OK if it can. Cancelled when the run is over, Unavailable when
  // the coordinator could not be reached within the timeout, else the coordinator's error.
  absl::Status status() const;

  // What the coordinator said at the end of the run.
  std::optional<lockstep::v1::Stop> stop() const;

 private:
  class Call;

  void Loop();
  // One call from Hello to its status.
  grpc::Status RunCall(bool resume);
  void End(absl::Status status);
  // Sends the next message if one can be sent now.
  void Pump() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Acknowledge(uint64_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ForgetAcknowledged() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Append(std::unique_ptr<ProducerMessage> message, uint64_t bytes)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends the stream with an error of its own when the present call has ended.
  void Fail(absl::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Health() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  // From the call.
  void OnJoined();
  void OnMessage(const CoordinatorMessage& message);
  void OnClosed();
  void OnWritten(bool ok);
  void OnDone(const grpc::Status& status);

  // Conditions to wait for.
  bool Answered() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool CanTake() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  bool CallDone() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return call_ == nullptr; }
  bool Ended() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return ended_; }

  lockstep::v1::Coordinator::StubInterface* const stub_;
  const ReliableStreamOptions options_;
  Receiver* const receiver_;
  ProducerMessage hello_;  // the stream's thread, once started

  mutable absl::Mutex mutex_;
  // Messages that are not acknowledged, from number first_number_ on; the first `sent_` of them
  // were given to the present call.
  std::deque<std::unique_ptr<ProducerMessage>> messages_ ABSL_GUARDED_BY(mutex_);
  uint64_t first_number_ ABSL_GUARDED_BY(mutex_) = 1;
  size_t sent_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t acknowledged_ ABSL_GUARDED_BY(mutex_) = 0;
  bool in_flight_ ABSL_GUARDED_BY(mutex_) = false;  // messages_[sent_ - 1] belongs to gRPC
  std::vector<std::unique_ptr<ProducerMessage>> free_ ABSL_GUARDED_BY(mutex_);
  uint64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // encoded, of all numbered messages
  uint64_t byte_limit_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t wanted_ ABSL_GUARDED_BY(mutex_) = 0;  // bytes that Send() waits for
  bool urgent_ ABSL_GUARDED_BY(mutex_) = false;

  // Of the present call.
  Call* call_ ABSL_GUARDED_BY(mutex_) = nullptr;  // until its OnDone
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = true;  // nothing may be started on it
  bool joined_ ABSL_GUARDED_BY(mutex_) = false;
  bool welcome_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status call_status_ ABSL_GUARDED_BY(mutex_);

  bool welcomed_ ABSL_GUARDED_BY(mutex_) = false;  // by any call
  bool interrupted_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);  // found here; ends the stream
  std::optional<lockstep::v1::Stop> stop_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);  // of a stream that has ended
  std::thread thread_;
};

// Whether a call that ended so may be made again: the connection broke, not the contract.
bool IsBrokenConnection(const grpc::Status& status);

}  // namespace lockstep::ingest

#endif  // COORDINATOR_INGEST_RELIABLE_STREAM_H_

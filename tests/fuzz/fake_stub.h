// A coordinator's stub for fuzz targets: its Stream call delivers what it is told to, in the
// caller's thread, and takes everything that is written. The other calls answer Unimplemented.
//
// Not thread-safe but for what the client's side does.
#ifndef TESTS_FUZZ_FAKE_STUB_H_
#define TESTS_FUZZ_FAKE_STUB_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <functional>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "emulator/base/check.h"
#include "proto/lockstep/v1/session.grpc.pb.h"

namespace lockstep::fuzz {

namespace v1 = ::lockstep::v1;

// One Stream call, from the client's StartCall() to End().
class FakeCall final
    : public grpc::ClientCallbackReaderWriter<v1::ProducerMessage, v1::CoordinatorMessage> {
 public:
  using Reactor = grpc::ClientBidiReactor<v1::ProducerMessage, v1::CoordinatorMessage>;

  // `started` is called in StartCall().
  FakeCall(Reactor* reactor, std::function<void()> started)
      : reactor_(reactor), started_(std::move(started)) {
    BindReactor(reactor);
  }

  // False when the client reads no more.
  bool Deliver(const v1::CoordinatorMessage& message) {
    FinishWrites();
    v1::CoordinatorMessage* target = nullptr;
    {
      absl::MutexLock lock(&mutex_);
      std::swap(target, reading_);
    }
    if (target == nullptr) return false;
    *target = message;
    reactor_->OnReadDone(true);
    FinishWrites();
    return true;
  }

  // What is being written has left.
  void FinishWrites() {
    for (;;) {
      {
        absl::MutexLock lock(&mutex_);
        if (!writing_) return;
        writing_ = false;
      }
      reactor_->OnWriteDone(true);
    }
  }

  // Number of the message that was written last.
  uint64_t written() {
    absl::MutexLock lock(&mutex_);
    return written_;
  }

  // The last call: the reactor is gone afterwards.
  void End(const grpc::Status& status) {
    FinishWrites();
    bool reading = false;
    {
      absl::MutexLock lock(&mutex_);
      reading = reading_ != nullptr;
      reading_ = nullptr;
    }
    if (reading) reactor_->OnReadDone(false);
    FinishWrites();
    {
      absl::MutexLock lock(&mutex_);
      LOCKSTEP_CHECK(holds_ == 0);
    }
    reactor_->OnDone(status);
  }

  void StartCall() override { started_(); }
  void Write(const v1::ProducerMessage* message, grpc::WriteOptions) override {
    LOCKSTEP_CHECK(message->message_case() != v1::ProducerMessage::MESSAGE_NOT_SET);
    absl::MutexLock lock(&mutex_);
    LOCKSTEP_CHECK(!writing_);
    writing_ = true;
    written_ = message->message_number();
  }
  void WritesDone() override {}
  void Read(v1::CoordinatorMessage* message) override {
    absl::MutexLock lock(&mutex_);
    LOCKSTEP_CHECK(reading_ == nullptr);
    reading_ = message;
  }
  void AddHold(int holds) override {
    absl::MutexLock lock(&mutex_);
    holds_ += holds;
  }
  void RemoveHold() override {
    absl::MutexLock lock(&mutex_);
    --holds_;
  }

 private:
  Reactor* const reactor_;
  const std::function<void()> started_;
  absl::Mutex mutex_;
  v1::CoordinatorMessage* reading_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t written_ ABSL_GUARDED_BY(mutex_) = 0;
  int holds_ ABSL_GUARDED_BY(mutex_) = 0;
};

class FakeStub final : public v1::Coordinator::StubInterface {
 public:
  using OnStream = std::function<void(FakeCall::Reactor*)>;
  // `on_stream` makes the call of a reactor.
  explicit FakeStub(OnStream on_stream) : async_(std::move(on_stream)) {}
  async_interface* async() override { return &async_; }

 private:
  using Context = grpc::ClientContext;
  using Queue = grpc::CompletionQueue;
  template <typename T>
  using Reader = grpc::ClientAsyncResponseReaderInterface<T>;
  using Done = std::function<void(grpc::Status)>;
  using Unary = grpc::ClientUnaryReactor;

  static grpc::Status No() { return {grpc::StatusCode::UNIMPLEMENTED, "not of this stub"}; }

  class Async final : public async_interface {
   public:
    explicit Async(OnStream on_stream) : on_stream_(std::move(on_stream)) {}
    void Stream(Context*, FakeCall::Reactor* reactor) override { on_stream_(reactor); }
    void WatchRun(Context*, const v1::WatchRunRequest*,
                  grpc::ClientReadReactor<v1::RunProgress>*) override {}
    void CreateRun(Context*, const v1::CreateRunRequest*, v1::Run*, Done d) override { d(No()); }
    void CreateRun(Context*, const v1::CreateRunRequest*, v1::Run*, Unary*) override {}
    void GetReport(Context*, const v1::GetReportRequest*, v1::Report*, Done d) override { d(No()); }
    void GetReport(Context*, const v1::GetReportRequest*, v1::Report*, Unary*) override {}
    void GetRun(Context*, const v1::GetRunRequest*, v1::Run*, Done d) override { d(No()); }
    void GetRun(Context*, const v1::GetRunRequest*, v1::Run*, Unary*) override {}
    void ListRuns(Context*, const v1::ListRunsRequest*, v1::ListRunsResponse*, Done d) override {
      d(No());
    }
    void ListRuns(Context*, const v1::ListRunsRequest*, v1::ListRunsResponse*, Unary*) override {}
    void CancelRun(Context*, const v1::CancelRunRequest*, v1::Run*, Done d) override { d(No()); }
    void CancelRun(Context*, const v1::CancelRunRequest*, v1::Run*, Unary*) override {}

   private:
    const OnStream on_stream_;
  };

  grpc::Status CreateRun(Context*, const v1::CreateRunRequest&, v1::Run*) override { return No(); }
  grpc::Status GetReport(Context*, const v1::GetReportRequest&, v1::Report*) override {
    return No();
  }
  grpc::Status GetRun(Context*, const v1::GetRunRequest&, v1::Run*) override { return No(); }
  grpc::Status ListRuns(Context*, const v1::ListRunsRequest&, v1::ListRunsResponse*) override {
    return No();
  }
  grpc::Status CancelRun(Context*, const v1::CancelRunRequest&, v1::Run*) override { return No(); }

  Reader<v1::Run>* AsyncCreateRunRaw(Context*, const v1::CreateRunRequest&, Queue*) override {
    return nullptr;
  }
  Reader<v1::Run>* PrepareAsyncCreateRunRaw(Context*, const v1::CreateRunRequest&,
                                            Queue*) override {
    return nullptr;
  }
  grpc::ClientReaderWriterInterface<v1::ProducerMessage, v1::CoordinatorMessage>* StreamRaw(
      Context*) override {
    return nullptr;
  }
  grpc::ClientAsyncReaderWriterInterface<v1::ProducerMessage, v1::CoordinatorMessage>*
  AsyncStreamRaw(Context*, Queue*, void*) override {
    return nullptr;
  }
  grpc::ClientAsyncReaderWriterInterface<v1::ProducerMessage, v1::CoordinatorMessage>*
  PrepareAsyncStreamRaw(Context*, Queue*) override {
    return nullptr;
  }
  grpc::ClientReaderInterface<v1::RunProgress>* WatchRunRaw(Context*,
                                                            const v1::WatchRunRequest&) override {
    return nullptr;
  }
  grpc::ClientAsyncReaderInterface<v1::RunProgress>* AsyncWatchRunRaw(Context*,
                                                                      const v1::WatchRunRequest&,
                                                                      Queue*, void*) override {
    return nullptr;
  }
  grpc::ClientAsyncReaderInterface<v1::RunProgress>* PrepareAsyncWatchRunRaw(
      Context*, const v1::WatchRunRequest&, Queue*) override {
    return nullptr;
  }
  Reader<v1::Report>* AsyncGetReportRaw(Context*, const v1::GetReportRequest&, Queue*) override {
    return nullptr;
  }
  Reader<v1::Report>* PrepareAsyncGetReportRaw(Context*, const v1::GetReportRequest&,
                                               Queue*) override {
    return nullptr;
  }
  Reader<v1::Run>* AsyncGetRunRaw(Context*, const v1::GetRunRequest&, Queue*) override {
    return nullptr;
  }
  Reader<v1::Run>* PrepareAsyncGetRunRaw(Context*, const v1::GetRunRequest&, Queue*) override {
    return nullptr;
  }
  Reader<v1::ListRunsResponse>* AsyncListRunsRaw(Context*, const v1::ListRunsRequest&,
                                                 Queue*) override {
    return nullptr;
  }
  Reader<v1::ListRunsResponse>* PrepareAsyncListRunsRaw(Context*, const v1::ListRunsRequest&,
                                                        Queue*) override {
    return nullptr;
  }
  Reader<v1::Run>* AsyncCancelRunRaw(Context*, const v1::CancelRunRequest&, Queue*) override {
    return nullptr;
  }
  Reader<v1::Run>* PrepareAsyncCancelRunRaw(Context*, const v1::CancelRunRequest&,
                                            Queue*) override {
    return nullptr;
  }

  Async async_;
};

}  // namespace lockstep::fuzz

#endif  // TESTS_FUZZ_FAKE_STUB_H_

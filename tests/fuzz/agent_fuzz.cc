// What a hostile coordinator may say to an agent over its Stream call: Welcome, Credit,
// DetailRequest, Stop, in any order and of any content. The agent's stream, its sink and its sparse
// mode, on a ring with a finished execution, obey or end; nothing is lost or freed twice.
//
// Input: one byte of options (bits 0 to 3: the status with which the call ends), then frames
// (frames.h), each a CoordinatorMessage. `what`: bit 0, before the agent's stream is open (the
// first ones only); bit 1, the acknowledged messages are put right first.
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/synchronization/notification.h"
#include "coordinator/align/execution_testing.h"
#include "coordinator/ingest/sparse_stream.h"
#include "coordinator/ingest/stream_sink.h"
#include "coordinator/window/sparse_testing.h"
#include "emulator/base/check.h"
#include "proto/cc/session_convert.h"
#include "tests/fuzz/fake_stub.h"
#include "tests/fuzz/frames.h"

namespace {

namespace v1 = lockstep::v1;
using lockstep::fuzz::FakeCall;
using lockstep::fuzz::Frame;

constexpr uint32_t kWindow = 16;
constexpr uint64_t kInsns = 200;

// A ring in which a producer has left a whole execution.
class Ring {
 public:
  Ring() {
    lockstep::align::testing::Rng rng(1);
    const auto execution = lockstep::align::testing::RandomExecution(kInsns, rng);
    lockstep::window::testing::StreamOptions options;
    options.window_insns = kWindow;
    stream_ = std::make_unique<lockstep::window::testing::SparseStream>(
        lockstep::window::testing::CutAtWindows(
            lockstep::align::testing::Record(execution, {}, rng), execution, kWindow),
        options, rng);
    while (stream_->Write()) {
    }
    stream_->Flush();
  }
  // Nothing was read yet.
  const lockstep::ring::RingMemory& Fresh() {
    stream_->memory().cursors(0)->consumed = 0;
    return stream_->memory();
  }

 private:
  std::unique_ptr<lockstep::window::testing::SparseStream> stream_;
};

// The agent's sink, which hears the next of the coordinator's messages whenever it looks.
class HearingSink final : public lockstep::ingest::Sink {
 public:
  HearingSink(lockstep::ingest::Sink* sink, std::function<void()> hear, std::function<void()> write)
      : sink_(sink), hear_(std::move(hear)), write_(std::move(write)) {}

  absl::StatusOr<lockstep::state::StreamTerms> Open(
      const lockstep::state::ProducerIdentity& identity) override {
    return sink_->Open(identity);
  }
  uint64_t Allowance(uint32_t vcpu) override { return sink_->Allowance(vcpu); }
  void WaitForAllowance(absl::Duration timeout) override { sink_->WaitForAllowance(timeout); }
  absl::Status Deliver(lockstep::state::Batch* batch) override {
    write_();
    return sink_->Deliver(batch);
  }
  void Close(const lockstep::ingest::StreamEnd& end) override { sink_->Close(end); }
  absl::Status DeliverWindows(lockstep::state::WindowBatch* batch) override {
    write_();
    return sink_->DeliverWindows(batch);
  }
  absl::Status DeliverDetail(lockstep::state::DetailReply* reply) override {
    write_();
    return sink_->DeliverDetail(reply);
  }
  absl::Status TakeOrders(lockstep::ingest::Orders* orders) override {
    hear_();
    return sink_->TakeOrders(orders);
  }

 private:
  lockstep::ingest::Sink* const sink_;
  const std::function<void()> hear_;
  const std::function<void()> write_;
};

class Agent {
 public:
  Agent(const lockstep::ring::RingMemory& memory, const uint8_t* data, size_t size)
      : memory_(memory),
        end_(static_cast<grpc::StatusCode>(data[0] & 15), "the call ends"),
        frames_(data + 1, size - 1),
        stub_([this](FakeCall::Reactor* reactor) { Connect(reactor); }),
        sink_(&stub_, {"run", "A", "emulator", {}, {}}, Impatient()) {
    more_ = frames_.Next(&frame_);
  }

  void Work() {
    HearingSink sink(
        &sink_, [this] { Hear(); }, [this] { call_->FinishWrites(); });
    const lockstep::state::ProducerIdentity identity = memory_.Identity().value();
    const absl::StatusOr<lockstep::state::StreamTerms> terms = sink.Open(identity);
    started_.WaitForNotification();
    if (terms.ok() && terms->sparse()) {
      Sparse(*terms, identity, &sink);
    } else if (terms.ok()) {
      Dense(&sink);
    }
    lockstep::ingest::StreamEnd end;
    end.cause = lockstep::ingest::StreamEnd::Cause::kExited;
    end.text = "it exited";
    sink.Close(end);
    while (more_) Hear();
    call_->End(end_);
    LOCKSTEP_CHECK(sink_.stream().Wait(absl::InfiniteDuration()));
    LOCKSTEP_CHECK(!sink_.stream().status().ok());
    CheckRerun();
    LOCKSTEP_CHECK(sink_.VerifiedInsns() <= kInsns + delivered_);
  }

 private:
  // One call only: the second one's Hello finds the time to connect over.
  static lockstep::ingest::ReliableStreamOptions Impatient() {
    lockstep::ingest::ReliableStreamOptions options;
    options.reconnect_timeout = absl::ZeroDuration();
    return options;
  }

  // In the stream's thread, while Open() waits.
  void Connect(FakeCall::Reactor* reactor) {
    call_ = std::make_unique<FakeCall>(reactor, [this] {
      while (more_ && (frame_.what & 1) != 0) Hear();
      // Whatever came: room for what is to be sent, and a welcome if there was none.
      v1::CoordinatorMessage credit;
      credit.mutable_credit()->set_byte_limit(uint64_t{1} << 40);
      call_->Deliver(credit);
      v1::CoordinatorMessage welcome;
      welcome.mutable_welcome()->set_byte_limit(1);
      welcome.mutable_welcome()->set_window_insns(kWindow);
      for (int group = 1; group <= lockstep::state::kGroups; ++group) {
        welcome.mutable_welcome()->add_groups(static_cast<v1::DigestGroup>(group));
      }
      if (!welcomed_) call_->Deliver(welcome);
      started_.Notify();
    });
  }

  // As `lockstep join` takes it: an error of one line, or what survives the way back.
  void CheckRerun() {
    const std::optional<v1::Stop> stop = sink_.stream().stop();
    if (!stop.has_value() || !stop->has_rerun()) return;
    const absl::StatusOr<lockstep::state::Rerun> rerun = lockstep::wire::FromProto(stop->rerun());
    if (!rerun.ok()) {
      LOCKSTEP_CHECK(rerun.status().message().find('\n') == absl::string_view::npos);
      return;
    }
    v1::Rerun again;
    lockstep::wire::ToProto(*rerun, &again);
    LOCKSTEP_CHECK(lockstep::wire::FromProto(again).ok());
  }

  // The next message of the input, if there is one.
  void Hear() {
    if (!more_) return;
    v1::CoordinatorMessage message;
    const bool good = message.ParseFromArray(frame_.data, static_cast<int>(frame_.size));
    if (good && (frame_.what & 2) != 0) {
      if (message.has_credit()) {
        message.mutable_credit()->set_acknowledged_messages(call_->written());
      }
      if (message.has_welcome()) {
        message.mutable_welcome()->set_acknowledged_messages(call_->written());
      }
    }
    more_ = frames_.Next(&frame_);
    if (!good) return;
    welcomed_ = welcomed_ || message.has_welcome();
    call_->Deliver(message);
  }

  void Sparse(const lockstep::state::StreamTerms& terms,
              const lockstep::state::ProducerIdentity& identity, HearingSink* sink) {
    auto stream = lockstep::ingest::SparseStream::Create(memory_, identity, terms, sink);
    if (!stream.ok()) return;
    stream->set_producer_dead();
    for (;;) {
      const bool more = more_;
      const auto pass = stream->Step();
      if (!pass.ok() || !pass->garbage.ok()) break;
      if (!pass->progress && !more) break;
    }
    LOCKSTEP_CHECK(memory_.cursors(0)->consumed <= memory_.cursors(0)->published);
  }

  void Dense(HearingSink* sink) {
    for (uint64_t sequence = 0; more_ || sequence < 4; ++sequence) {
      Hear();
      if (sink->Allowance(0) == 0) continue;
      lockstep::state::Batch batch;
      batch.sequence = sequence;
      batch.block_ids = {1};
      batch.icount_offsets = {0};
      batch.first_icount = ++delivered_;
      batch.records = 1;
      if (!sink->Deliver(&batch).ok()) return;
    }
  }

  const lockstep::ring::RingMemory& memory_;
  const grpc::Status end_;
  lockstep::fuzz::Frames frames_;
  Frame frame_;
  bool more_ = false;
  bool welcomed_ = false;
  absl::Notification started_;
  uint64_t delivered_ = 0;
  std::unique_ptr<FakeCall> call_;
  lockstep::fuzz::FakeStub stub_;
  lockstep::ingest::StreamSink sink_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Ring* const ring = new Ring;
  if (size == 0) return 0;
  Agent(ring->Fresh(), data, size).Work();
  return 0;
}

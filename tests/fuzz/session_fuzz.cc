// What hostile agents may say over their Stream calls: whole messages (Hello with the identity,
// batches, windows, details, the end of the process), over connections that break and come back,
// to a run with its own thread.
//
// Input: one byte of options (bits 0 and 1: dense, sparse, or chosen; bit 2: outliers are dropped;
// bit 3: interrupts are not pinned; bits 4 to 7: logarithm of the window size less 2), then frames
// (frames.h). `what`: bits 0 and 1, the connection; bits 2 to 4: 0 and 5 to 7, a ProducerMessage;
// 1, one whose number is put right first; 2, the agent sends no more; 3, the connection breaks; 4,
// a new one.
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "coordinator/report/json/json.h"
#include "coordinator/report/text/text.h"
#include "coordinator/server/registry.h"
#include "coordinator/server/stream_input.h"
#include "coordinator/store/symbol_source.h"
#include "emulator/base/check.h"
#include "tests/fuzz/frames.h"

namespace {

using lockstep::server::Phase;
using lockstep::server::Registry;
using lockstep::server::Run;

constexpr size_t kConnections = 4;
constexpr char kRun[] = "r";

// The way back to an agent that reads everything at once; keeps to the order that Link promises.
class Peer final : public lockstep::server::Link {
 public:
  void Welcome(const lockstep::server::Terms&) override { Note(); }
  void Credit(uint32_t, uint64_t) override { Note(); }
  void Credit(const lockstep::state::WindowCredit&) override { Note(); }
  void RequestDetail(const lockstep::state::DetailRequest& request) override {
    LOCKSTEP_CHECK(request.first_icount <= request.end_icount);
    Note();
  }
  void Acknowledge(const lockstep::server::Receipt&) override { Note(); }
  void Stop(lockstep::report::Outcome, const std::optional<lockstep::state::Rerun>&) override {
    Note();
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  void Break(const absl::Status& status) override {
    LOCKSTEP_CHECK(!status.ok());
    absl::MutexLock lock(&mutex_);
    stopped_ = true;
  }
  absl::Duration Stalled() const override { return absl::ZeroDuration(); }
  bool Finished() const override {
    absl::MutexLock lock(&mutex_);
    return stopped_;
  }

 private:
  void Note() {
    absl::MutexLock lock(&mutex_);
    LOCKSTEP_CHECK(!stopped_);
  }
  mutable absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

lockstep::server::RunConfig ConfigOf(uint8_t options) {
  using lockstep::state::StreamMode;
  constexpr std::array kModes = {StreamMode::kDense, StreamMode::kSparse, StreamMode::kAuto,
                                 StreamMode::kAuto};
  lockstep::server::RunConfig config;
  config.id = kRun;
  config.instances = {"A", "B", "C"};
  config.instances.resize((options & 2) != 0 ? 3 : 2);
  config.stream_mode = kModes[options & 3u];
  config.window_insns = 4u << (options >> 4);
  if ((options & 4) != 0) {
    config.policy.on_divergence = lockstep::policy::OnDivergence::kDropOutliers;
  }
  if ((options & 8) != 0) config.policy.async_skew_insns = 64;
  config.window_bytes = lockstep::server::Presence::kMinByteWindow;
  config.window_records = 4096;
  return config;
}

class Session {
 public:
  explicit Session(uint8_t options) : registry_(&symbols_, LimitsForever()) {
    run_ = registry_.Create(ConfigOf(options)).value();
  }

  void Take(const lockstep::fuzz::Frame& frame) {
    Connection& connection = connections_[frame.what % kConnections];
    switch (frame.what >> 2 & 7) {
      case 2:
        if (connection.input != nullptr) connection.input->Close();
        connection.input.reset();
        break;
      case 3:
        if (connection.input != nullptr) connection.input->Cancel();
        connection.input.reset();
        break;
      case 4:
        connection.input.reset();
        break;
      default:
        Say(frame, &connection);
    }
  }

  void Finish() {
    for (Connection& connection : connections_) connection.input.reset();
    const lockstep::server::Snapshot snapshot = run_->snapshot();
    if (snapshot.phase != Phase::kDone) return;
    const absl::StatusOr<lockstep::report::Report> report = run_->Report();
    LOCKSTEP_CHECK(report.ok()) << report.status();
    LOCKSTEP_CHECK(!lockstep::report::RenderText(*report, {}).empty());
    LOCKSTEP_CHECK(lockstep::report::RenderJson(*report).ok());
  }

 private:
  struct Connection {
    std::unique_ptr<lockstep::server::StreamInput> input;
    uint64_t next_number = 1;
  };

  static lockstep::server::RegistryOptions LimitsForever() {
    lockstep::server::RegistryOptions options;
    options.reconnect_timeout = options.stall_timeout = absl::InfiniteDuration();
    return options;
  }

  void Say(const lockstep::fuzz::Frame& frame, Connection* connection) {
    lockstep::v1::ProducerMessage message;
    if (!message.ParseFromArray(frame.data, static_cast<int>(frame.size))) return;
    if (connection->input == nullptr) Connect(connection);
    if ((frame.what >> 2 & 7) == 1) message.set_message_number(connection->next_number);
    const absl::Status status = connection->input->Handle(message);
    if (!status.ok()) {
      LOCKSTEP_CHECK(status.message().find('\n') == absl::string_view::npos) << status;
      connection->input->Close();
      connection->input.reset();
      return;
    }
    if (!message.has_hello()) {
      ++connection->next_number;
    } else if (message.hello().has_identity()) {
      joined_ |= 1u << (message.hello().instance()[0] - 'A');
      if (joined_ == (1u << run_->config().instances.size()) - 1) AwaitBegin();
    }
  }

  void Connect(Connection* connection) {
    connection->input = std::make_unique<lockstep::server::StreamInput>(
        &registry_, std::make_shared<Peer>(),
        lockstep::server::StreamInput::Hooks{
            .check =
                [this](const lockstep::v1::Hello& hello) {
                  return hello.has_identity()
                             ? registry_.Reserve(hello.run_id(), hello.identity().vcpus())
                             : absl::OkStatus();
                },
            .greeted = [] {},
            .refused = [](const absl::Status& status) { LOCKSTEP_CHECK(!status.ok()); }});
    connection->next_number = 1;
  }

  // So that what follows does not come before the welcome, once in a while.
  void AwaitBegin() const {
    while (run_->snapshot().phase == Phase::kWaiting) std::this_thread::yield();
  }

  const lockstep::store::NoSymbols symbols_;
  Registry registry_;
  std::shared_ptr<Run> run_;
  std::array<Connection, kConnections> connections_;
  uint32_t joined_ = 0;  // with identity
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  Session session(data[0]);
  lockstep::fuzz::Frames frames(data + 1, size - 1);
  lockstep::fuzz::Frame frame;
  while (frames.Next(&frame)) session.Take(frame);
  session.Finish();
  return 0;
}

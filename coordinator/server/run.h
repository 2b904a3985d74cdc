// One run of the coordinator: its instances, the thread that compares them, and its verdict.
//
// Knows nothing of gRPC: service.h connects streams to it. Batches are queued by the streams'
// threads and compared on the run's own thread. Memory is bounded by credit: an instance may have
// `window_records` records under way that are not yet consumed by the comparison.
// Source: docs/design/alignment.md, "Bounds"; docs/design/protocol.md.
#ifndef COORDINATOR_SERVER_RUN_H_
#define COORDINATOR_SERVER_RUN_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "coordinator/detect/comparison.h"
#include "coordinator/store/symbol_source.h"
#include "proto/cc/mode.h"
#include "proto/cc/policy.h"
#include "proto/cc/report.h"
#include "proto/cc/state.h"
#include "proto/cc/window.h"

namespace lockstep::server {

// Instructions of a window of sparse mode.
inline constexpr uint32_t kDefaultWindowInsns = 65536;

struct RunConfig {
  std::string id;
  std::vector<std::string> instances;  // distinct names
  policy::Policy policy;
  uint32_t history_blocks = 16;
  uint64_t max_insns = 0;  // 0: none
  // What the producers are asked for, and how it shall travel.
  state::DigestAt digest_at = state::DigestAt::kBlock;
  state::StreamMode stream_mode = state::StreamMode::kAuto;
  uint32_t window_insns = kDefaultWindowInsns;
  uint64_t window_records = uint64_t{1} << 20;
};

enum class Phase : uint8_t { kWaiting, kComparing, kDone };

struct Snapshot {
  Phase phase = Phase::kWaiting;
  std::vector<bool> joined;  // in the order of the config
  detect::Summary summary;   // instances in the order of the config; none while waiting
  std::optional<report::Outcome> outcome;  // of kDone
  // What travels: kAuto until the instances have joined, unless something else was asked for.
  state::StreamMode stream_mode = state::StreamMode::kAuto;
  absl::Duration elapsed;
};

// The way back to one instance. Called from the run's thread; must not block.
class Link {
 public:
  virtual ~Link() = default;
  // All instances have joined: batches may be sent, `window` records of each vCPU at first; or
  // windows, if these are the terms.
  virtual void Welcome(const state::StreamTerms& terms, uint64_t window) = 0;
  // Records of the vCPU's stream that may be sent in all. Dense only.
  virtual void Credit(uint32_t vcpu, uint64_t limit) = 0;
  // Windows whose records need not be kept. Sparse only.
  virtual void Credit(const state::WindowCredit& credit) = 0;
  // Records that are wanted. Sparse only.
  virtual void RequestDetail(const state::DetailRequest& request) = 0;
  // The run is over: the last call.
  virtual void Stop(report::Outcome outcome) = 0;
};

// Thread-safe, but for destruction.
class Run {
 public:
  // `symbols` outlives the run. REQUIRES: 2 to 64 instances with distinct names.
  Run(RunConfig config, const store::SymbolSource* symbols);
  // A run that has ended already, as it is known from a journal: without a thread.
  // REQUIRES: the snapshot is of kDone, with one place per instance.
  Run(RunConfig config, absl::Time create_time, Snapshot snapshot, report::Report report);
  // Cancels, and waits for the run's thread.
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  const RunConfig& config() const { return config_; }
  absl::Time create_time() const { return start_; }

  // An instance says hello; returns its number. `identity` is absent for one whose emulator could
  // not be started: InstanceFailed() must follow. `command` is for the report. Errors: NotFound for
  // a name that is not of this run, AlreadyExists when it has joined before, FailedPrecondition
  // when the run is over.
  absl::StatusOr<size_t> Join(const std::string& name, const std::string& command,
                              const std::optional<state::ProducerIdentity>& identity,
                              std::shared_ptr<Link> link);

  // The next batch of an instance that has joined. Errors: ResourceExhausted when it exceeds the
  // credit, InvalidArgument for a vCPU that it has not declared or a batch before the welcome; the
  // run is in trouble then.
  absl::Status Push(size_t instance, state::Batch batch);
  // The same of a sparse run: its windows, and parts of the answers to detail requests.
  absl::Status Push(size_t instance, state::WindowBatch batch);
  absl::Status Push(size_t instance, state::DetailReply reply);

  // The instance sends no more: `reason` is one line. Harmless after all of its ends. `reachable`:
  // its agent is still there, and answers detail requests.
  void InstanceFailed(size_t instance, const std::string& reason, bool reachable);
  // Ends the run: TROUBLE with this reason, unless it has a verdict.
  void Cancel(const std::string& reason);

  Snapshot snapshot() const;

  // `watcher` is called at once from the calling thread, and from the run's thread when something
  // has changed, not more often than every `interval` (at least 100 ms), and with kDone the last
  // time. It must not block or call back. Returns a number for Unwatch(), after which it is not
  // called any more.
  uint64_t Watch(std::function<void(const Snapshot&)> watcher,
                 absl::Duration interval = absl::ZeroDuration());
  void Unwatch(uint64_t number);

  // Errors: FailedPrecondition while the run is not done.
  absl::StatusOr<report::Report> Report() const;

 private:
  struct Failure {
    std::string reason;
    bool reachable = false;
  };
  struct Item {
    size_t instance = 0;
    std::variant<state::Batch, state::WindowBatch, state::DetailReply, Failure> what;
  };
  struct Member {
    bool joined = false;
    std::string command;
    std::optional<state::ProducerIdentity> identity;
    std::shared_ptr<Link> link;
    std::vector<uint64_t> pushed;   // records, per vCPU
    std::vector<uint64_t> granted;  // credit limit, per vCPU
    std::vector<uint64_t> windows;  // pushed, per vCPU
    std::vector<uint64_t> agreed;   // windows, as it was told, per vCPU
    uint64_t queued_details = 0;    // slots of details in queue_
  };

  void Loop();
  bool Actionable() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Creates the checker when every instance has joined, or ends the run if that cannot be.
  void Begin() ABSL_LOCKS_EXCLUDED(mutex_);
  // Feeds what was queued and compares. True when a verdict is reached.
  bool Compare(std::vector<Item>& items);
  // Why what an instance sends cannot be taken now; OK if it can.
  absl::Status CheckForm(const Member& member, uint32_t vcpu, bool sparse) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Check(const Member& member, const state::Batch& batch) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Check(const Member& member, const state::WindowBatch& batch) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Check(const Member& member, const state::DetailReply& reply) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void Count(Member& member, const state::Batch& batch);
  static void Count(Member& member, const state::WindowBatch& batch);
  static void Count(Member& member, const state::DetailReply& reply);
  // Checks, counts and queues.
  template <typename Message>
  absl::Status Take(size_t instance, Message message);
  void Feed(Item& item);
  void GrantCredit();
  void GrantWindows();
  void RequestDetails();
  void Done(report::Report report);
  struct Watcher {
    uint64_t number = 0;
    std::function<void(const Snapshot&)> call;
    absl::Duration interval;
    absl::Time last_call;
    bool behind = false;  // something has changed since
  };

  // Tells the watchers whose time has come what has changed; `changed`: something has, just now.
  // True if nobody is left who does not know yet.
  bool NotifyWatchers(bool changed);
  detect::Options CheckerOptions() const;

  const RunConfig config_;
  const store::SymbolSource* const symbols_;
  const absl::Time start_;

  mutable absl::Mutex mutex_;
  std::vector<Member> members_ ABSL_GUARDED_BY(mutex_);
  std::vector<Item> queue_ ABSL_GUARDED_BY(mutex_);
  bool all_joined_ ABSL_GUARDED_BY(mutex_) = false;  // with their identities
  std::optional<std::string> cancel_ ABSL_GUARDED_BY(mutex_);
  state::StreamTerms terms_ ABSL_GUARDED_BY(mutex_);  // once comparing
  Snapshot snapshot_ ABSL_GUARDED_BY(mutex_);
  std::optional<report::Report> report_ ABSL_GUARDED_BY(mutex_);
  bool news_ ABSL_GUARDED_BY(mutex_) = false;  // an instance has joined: the watchers want to know

  // Held while watchers are called, so that Unwatch() can promise.
  absl::Mutex watch_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  std::vector<Watcher> watchers_ ABSL_GUARDED_BY(watch_mutex_);
  uint64_t next_watcher_ ABSL_GUARDED_BY(watch_mutex_) = 1;

  std::unique_ptr<detect::Comparison> checker_;  // the run's thread only; set when all have joined
  std::thread thread_;
};

}  // namespace lockstep::server

#endif  // COORDINATOR_SERVER_RUN_H_

// One run of the coordinator: its instances, the thread that compares them, and its verdict.
//
// Knows nothing of gRPC: service.h connects streams to it. Batches are queued by the streams'
// threads and compared on the run's own thread. Memory is bounded by credit, of records and of
// bytes: an instance may have so many under way that are not yet consumed by the comparison. An
// instance whose connection broke may come back and go on where it was. After a divergence the
// instances may be asked to run again, to name the instruction: they join another Run for that,
// which the first one keeps, and the first one ends when it has. Source:
// docs/design/alignment.md, "Bounds", "Narrowing"; docs/design/protocol.md.
#ifndef COORDINATOR_SERVER_RUN_H_
#define COORDINATOR_SERVER_RUN_H_

#include <cstdint>
#include <deque>
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
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "coordinator/detect/comparison.h"
#include "coordinator/server/image_notes.h"
#include "coordinator/server/presence.h"
#include "coordinator/store/symbol_source.h"
#include "proto/cc/mode.h"
#include "proto/cc/policy.h"
#include "proto/cc/report.h"
#include "proto/cc/second_pass.h"
#include "proto/cc/state.h"
#include "proto/cc/window.h"

namespace lockstep::server {

// Who names the instruction of a divergence.
enum class Narrowing : uint8_t {
  kElsewhere,  // who made the run: the report has no note of it
  kHere,       // the instances run again, if they can
  kUnwanted,
};

struct RunConfig {
  std::string id;
  std::vector<std::string> instances;  // distinct names
  policy::Policy policy;
  uint32_t history_blocks = 16;
  uint64_t max_insns = 0;     // 0: none
  uint64_t start_icount = 0;  // comparing begins there
  // What the producers are asked for, and how it shall travel.
  state::DigestAt digest_at = state::DigestAt::kBlock;
  state::StreamMode stream_mode = state::StreamMode::kAuto;
  uint32_t window_insns = state::kWindowInsns;
  // Credit of each vCPU; less where so many vCPUs may not exceed window_bytes (see
  // WindowRecords()).
  uint64_t window_records = uint64_t{1} << 20;
  // Encoded bytes of an instance that are held at most, but for one message.
  uint64_t window_bytes = uint64_t{64} << 20;
  // How long an instance whose connection broke may stay away.
  absl::Duration reconnect_timeout = absl::Seconds(30);
  // How long an instance may leave unread what is sent to it.
  absl::Duration stall_timeout = absl::Seconds(30);
  Narrowing narrowing = Narrowing::kElsewhere;
  // Of a second pass: the report of the first. Null: a run like any other.
  std::shared_ptr<const report::Report> first_pass;
};

// The id of a run's second pass, which no run can be given, is its own and this.
inline constexpr char kSecondPassSuffix[] = "+2";

// The id of the run whose second pass this is; else the id itself.
absl::string_view FirstRunOf(absl::string_view run_id);

// Records of each vCPU that an instance of so many may have under way. Together they are fewer than
// the byte window has room for: else one vCPU's data could use it up while the comparison waits for
// another's.
uint64_t WindowRecords(const RunConfig& config, uint32_t vcpus);

enum class Phase : uint8_t { kWaiting, kComparing, kDone };

// What came over the connections of a run's instances.
struct Traffic {
  uint64_t received_bytes = 0;  // encoded messages
  uint64_t held_bytes = 0;      // of these, not consumed by the comparison yet
  uint64_t reconnects = 0;
};

struct Snapshot {
  Phase phase = Phase::kWaiting;
  std::vector<bool> joined;     // in the order of the config
  std::vector<bool> connected;  // joined, and not away
  Traffic traffic;
  detect::Summary summary;  // instances in the order of the config; none while waiting
  std::optional<report::Outcome> outcome;  // of kDone
  bool narrowing = false;                  // of kComparing: instances disagreed, and are run again
  // What travels: kAuto until the instances have joined, unless something else was asked for.
  state::StreamMode stream_mode = state::StreamMode::kAuto;
  absl::Duration elapsed;
};

// Where one vCPU's stream goes on.
struct Position {
  uint64_t next_sequence = 0;  // of its batches; in a sparse run, the next window
  uint64_t record_limit = 0;   // as Credit()
};

// What an instance is told when batches may be sent, at first or again.
struct Terms {
  state::StreamTerms stream;
  std::vector<Position> positions;  // one per vCPU
  Receipt receipt;
};

// The way back to one instance over one connection. Thread-safe; must not block or call back.
class Link {
 public:
  virtual ~Link() = default;
  // All instances have joined: batches or windows may be sent.
  virtual void Welcome(const Terms& terms) = 0;
  // Records of the vCPU's stream that may be sent in all. Dense only.
  virtual void Credit(uint32_t vcpu, uint64_t limit) = 0;
  // Windows whose records need not be kept. Sparse only.
  virtual void Credit(const state::WindowCredit& credit) = 0;
  // Records that are wanted. Sparse only.
  virtual void RequestDetail(const state::DetailRequest& request) = 0;
  // Messages that are here, and bytes that may be sent.
  virtual void Acknowledge(const Receipt& receipt) = 0;
  // The run is over: the last call but for Break(). `rerun`: the instance is to take part in its
  // second pass.
  virtual void Stop(report::Outcome outcome, const std::optional<state::Rerun>& rerun) = 0;
  // The connection shall end, for this reason: the last call.
  virtual void Break(const absl::Status& status) = 0;
  // How long the peer has not been reading what is being sent to it.
  virtual absl::Duration Stalled() const = 0;
  // The connection has ended.
  virtual bool Finished() const = 0;
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
  // not be started: InstanceFailed() must follow. `command` is for the report. `resume`: it may
  // have joined before, over another connection, which ends; it is welcomed again, or told that the
  // run is over. `can_rerun`: it takes part in a second pass when it is told to. Errors: NotFound
  // for a name that is not of this run, AlreadyExists when it has joined before and does not
  // resume, FailedPrecondition when the run is over, or was given up the instance, or it does not
  // resume as what it was.
  absl::StatusOr<size_t> Join(const std::string& name, const std::string& command,
                              const std::optional<state::ProducerIdentity>& identity,
                              std::shared_ptr<Link> link, bool resume = false,
                              bool can_rerun = false);

  // The files that an instance runs, for the report's notes.
  void SetFiles(size_t instance, InstanceFiles files);

  // Held while a message of an instance is received and pushed: what came over one connection is in
  // before the next one is welcomed.
  class Delivery {
   public:
    Delivery(Run* run, size_t instance) : lock_(&run->deliveries_[instance]) {}

   private:
    absl::MutexLock lock_;
  };

  struct MessageNumber {
    uint64_t number = 0;  // 0: its sender numbers none
    uint64_t bytes = 0;   // encoded
    bool counted = true;  // the byte credit must cover it
  };
  // A message has come over `link`. False: it is not to be looked at, because it is here already or
  // the run is over. Errors: DataLoss for a gap, ResourceExhausted beyond the byte credit: the
  // caller calls InstanceFailed(); AlreadyExists when the instance has connected anew. REQUIRES: a
  // Delivery.
  absl::StatusOr<bool> Receive(size_t instance, const Link* link, const MessageNumber& number);

  // The next batch of an instance that has joined. Errors: ResourceExhausted when it exceeds the
  // credit, InvalidArgument for a vCPU that it has not declared or a batch before the welcome; the
  // run is in trouble then.
  absl::Status Push(size_t instance, state::Batch batch);
  // The same of a sparse run: its windows, and parts of the answers to detail requests.
  absl::Status Push(size_t instance, state::WindowBatch batch);
  absl::Status Push(size_t instance, state::DetailReply reply);

  // Nothing more comes over `link`: `reason` is one clause. The instance may come back over another
  // connection, if it numbers its messages; `for_good`: nothing can be sent over the link either.
  void Disconnected(size_t instance, const Link* link, const std::string& reason, bool for_good);

  // The instance sends no more: `reason` is one line, of which the first counts. Harmless after all
  // of its ends. `reachable`: its agent is still there, and answers detail requests; else it cannot
  // come back either.
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

  // The report of a run that is being narrowed, as it is if nothing comes of that; absent before
  // and after.
  std::optional<report::Report> FirstVerdict() const;
  // The run that the instances join for their second pass; null while there is none.
  std::shared_ptr<Run> second_pass() const;

 private:
  struct Failure {
    std::string reason;
    bool reachable = false;
  };
  struct Item {
    // Constructs the one alternative in place: gcc 12 takes the unused ones for uninitialized.
    template <typename What>
    Item(size_t instance, What&& what)
        : instance(instance), what(std::in_place_type<What>, std::move(what)) {}
    size_t instance;
    std::variant<state::Batch, state::WindowBatch, state::DetailReply, Failure> what;
  };
  struct Member {
    explicit Member(uint64_t window_bytes) : presence(window_bytes) {}
    bool joined = false;
    bool given_up = false;  // it cannot come back
    bool can_rerun = false;
    std::string failure;  // the first reason
    uint64_t reconnects = 0;
    std::string command;
    InstanceFiles files;
    std::optional<state::ProducerIdentity> identity;
    std::shared_ptr<Link> link;       // null while it is away
    bool welcome_due = false;         // it has come back
    std::vector<uint64_t> pushed;     // records, per vCPU
    std::vector<uint64_t> granted;    // credit limit, per vCPU
    std::vector<uint64_t> sequences;  // of the next batch, per vCPU
    std::vector<uint64_t> windows;    // pushed, per vCPU
    std::vector<uint64_t> agreed;     // windows, as it was told, per vCPU
    uint64_t queued_details = 0;      // slots of details in queue_
    Presence presence;
  };

  void Loop();
  // The comparison has ended: what instances send does not matter any more.
  bool Over() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return snapshot_.phase == Phase::kDone || snapshot_.narrowing;
  }
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
  // Of a sparse run in which nothing comes any more: looks at windows that are not complete.
  void LookInside(const std::vector<Item>& items);
  // The run is cancelled; true while what that shows of the last windows is still to be awaited.
  bool LastLook();
  void Fail(size_t instance, const std::string& reason, bool reachable)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of an instance that has joined before.
  absl::Status Resume(size_t instance, const std::optional<state::ProducerIdentity>& identity,
                      std::shared_ptr<Link> link, bool resume)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Terms TermsOf(Member& member) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Tells an instance that came back what it may have missed.
  void Greet(size_t instance) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Greets instances that came back; gives up those that stayed away or do not read. True if it
  // must be called again soon, though nothing happens.
  bool LookAfterConnections();
  // After the verdict: waits until every instance has read of it, within bounds.
  void SeeThemOff();
  // Of a run that never began to compare. `instance` may be empty.
  report::Report TroubleReport(const std::string& instance, const std::string& reason) const;
  // The comparison has ended. `final`: with a verdict that nobody asked for.
  void Conclude(report::Report report, bool final);
  // Adds what the comparison does not know.
  void Complete(report::Report& report);
  void Done(report::Report report);

  // run_narrowing.cc
  absl::StatusOr<std::unique_ptr<detect::Comparison>> CreateSecondPass() const;
  // What the second pass is to be; absent if there is to be none, of which the report says why.
  std::optional<state::SecondPass> PlanSecondPass(report::Report& report) const;
  // Has the instances run again. Returns the report of both passes.
  report::Report RunAgain(report::Report report, const state::SecondPass& pass);
  // Why the second pass is to be given up now; empty if it is not.
  std::string WhyGiveUp(const Run& second, absl::Time start, absl::Time limit) const;
  // Names of the instances that have not joined: "A, B"; empty if all have.
  std::string NotJoined() const;
  // After the verdict: keeps the second pass until its instances have read of its end.
  void SeeSecondPassOff();
  bool seen_off() const;
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

  std::deque<absl::Mutex> deliveries_;  // one per instance; acquired before mutex_
  mutable absl::Mutex mutex_;
  std::vector<Member> members_ ABSL_GUARDED_BY(mutex_);
  std::vector<Item> queue_ ABSL_GUARDED_BY(mutex_);
  bool all_joined_ ABSL_GUARDED_BY(mutex_) = false;  // with their identities
  std::optional<std::string> cancel_ ABSL_GUARDED_BY(mutex_);
  bool cancelling_ ABSL_GUARDED_BY(mutex_) = false;   // the run's thread knows of cancel_
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;      // the run is being destroyed
  state::StreamTerms terms_ ABSL_GUARDED_BY(mutex_);  // once comparing
  std::vector<std::shared_ptr<Link>> stopped_;     // links after the verdict; the run's thread only
  bool seen_off_ ABSL_GUARDED_BY(mutex_) = false;  // the run's thread has nothing more to do
  absl::Time begin_ ABSL_GUARDED_BY(mutex_);       // of comparing
  Snapshot snapshot_ ABSL_GUARDED_BY(mutex_);
  std::optional<report::Report> report_ ABSL_GUARDED_BY(mutex_);
  bool news_ ABSL_GUARDED_BY(mutex_) = false;  // to look after connections
  std::optional<report::Report> first_verdict_ ABSL_GUARDED_BY(mutex_);  // while narrowing
  std::optional<state::Rerun> rerun_ ABSL_GUARDED_BY(mutex_);            // once narrowing
  std::shared_ptr<Run> second_ ABSL_GUARDED_BY(mutex_);
  bool second_done_ ABSL_GUARDED_BY(mutex_) = false;

  // Held while watchers are called, so that Unwatch() can promise.
  absl::Mutex watch_mutex_ ABSL_ACQUIRED_BEFORE(mutex_);
  std::vector<Watcher> watchers_ ABSL_GUARDED_BY(watch_mutex_);
  uint64_t next_watcher_ ABSL_GUARDED_BY(watch_mutex_) = 1;

  // The run's thread only.
  absl::Time last_windows_ = absl::InfinitePast();  // when windows came last
  absl::Duration quiet_time_;                       // after which those that follow are looked into
  bool looked_ = false;                             // for the last time
  std::optional<absl::Time> last_look_;             // until when it may take
  std::unique_ptr<detect::Comparison> checker_;  // the run's thread only; set when all have joined
  std::thread thread_;
};

}  // namespace lockstep::server

#endif  // COORDINATOR_SERVER_RUN_H_

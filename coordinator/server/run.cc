#include "coordinator/server/run.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "coordinator/narrow/narrow.h"
#include "emulator/base/check.h"
#include "plugins/sdk/lockstep_ring.h"

namespace lockstep::server {
namespace {

constexpr absl::Duration kNoticeInterval = absl::Milliseconds(100);
// A ring's record is not cut, so an instance that has credit for a slot may exceed it by the rest
// of one record.
constexpr uint64_t kCreditSlack = LOCKSTEP_MAX_PAYLOAD_BYTES / LOCKSTEP_SLOT_BYTES;
// Windows of an instance that are not agreed on: as many as its scanner retains, and the last one
// of the stream.
constexpr uint64_t kMaxOpenWindows = 4096 + 1;
// Slots of details of an instance that wait to be compared.
constexpr uint64_t kMaxQueuedDetails = uint64_t{1} << 23;

uint64_t SlotsOf(const state::DetailReply& reply) {
  uint64_t slots = 1;
  for (const state::Batch& batch : reply.batches) slots += 1 + batch.records;
  return slots;
}

}  // namespace

Run::Run(RunConfig config, const store::SymbolSource* symbols)
    : config_(std::move(config)),
      symbols_(symbols),
      start_(absl::Now()),
      deliveries_(config_.instances.size()),
      members_(config_.instances.size(), Member(config_.window_bytes)) {
  LOCKSTEP_CHECK(config_.instances.size() >= 2 && config_.instances.size() <= 64);
  snapshot_.joined.resize(config_.instances.size());
  snapshot_.stream_mode = config_.stream_mode;
  thread_ = std::thread([this] { Loop(); });
}

Run::Run(RunConfig config, absl::Time create_time, Snapshot snapshot, report::Report report)
    : config_(std::move(config)),
      symbols_(nullptr),
      start_(create_time),
      deliveries_(config_.instances.size()),
      members_(config_.instances.size(), Member(config_.window_bytes)),
      snapshot_(std::move(snapshot)),
      report_(std::move(report)) {
  absl::MutexLock lock(&mutex_);
  LOCKSTEP_CHECK(snapshot_.phase == Phase::kDone);
  LOCKSTEP_CHECK(snapshot_.joined.size() == config_.instances.size());
}

Run::~Run() {
  if (!thread_.joinable()) return;
  Cancel("the coordinator is shutting down");
  {
    absl::MutexLock lock(&mutex_);
    closing_ = true;
  }
  thread_.join();
}

absl::Status Run::CheckForm(const Member& member, uint32_t vcpu, bool sparse) const {
  if (snapshot_.phase == Phase::kWaiting) {
    return absl::InvalidArgumentError("sent a batch before the welcome");
  }
  if (vcpu >= member.pushed.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("sent a batch of vCPU ", vcpu, ", but has ", member.pushed.size()));
  }
  if (sparse != terms_.sparse()) {
    return absl::InvalidArgumentError(sparse ? "sent windows in a dense run"
                                             : "sent batches in a sparse run");
  }
  return absl::OkStatus();
}

absl::Status Run::Check(const Member& member, const state::Batch& batch) const {
  absl::Status status = CheckForm(member, batch.vcpu, /*sparse=*/false);
  if (!status.ok()) return status;
  const uint64_t pushed = member.pushed[batch.vcpu];
  const uint64_t granted = member.granted[batch.vcpu];
  if (batch.records <= granted - pushed + kCreditSlack) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("sent ", batch.records, " records more after ",
                                                   pushed, ", but has credit for ", granted));
}

absl::Status Run::Check(const Member& member, const state::WindowBatch& batch) const {
  absl::Status status = CheckForm(member, batch.vcpu, /*sparse=*/true);
  if (!status.ok()) return status;
  const uint64_t agreed = member.agreed[batch.vcpu];
  const uint64_t open = member.windows[batch.vcpu] - std::min(agreed, member.windows[batch.vcpu]);
  if (open + batch.rows() <= kMaxOpenWindows) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("sent ", batch.rows(), " windows more after ", member.windows[batch.vcpu],
                   ", of which ", agreed, " are agreed on; ", kMaxOpenWindows, " may be open"));
}

absl::Status Run::Check(const Member& member, const state::DetailReply& reply) const {
  absl::Status status = CheckForm(member, 0, /*sparse=*/true);
  if (!status.ok()) return status;
  if (member.queued_details + SlotsOf(reply) <= kMaxQueuedDetails) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("sent more than ", kMaxQueuedDetails, " slots of details at once"));
}

void Run::Count(Member& member, const state::Batch& batch) {
  member.pushed[batch.vcpu] += batch.records;
  member.sequences[batch.vcpu] = batch.sequence + 1;
  member.presence.Hold(batch.vcpu, member.pushed[batch.vcpu]);
}
void Run::Count(Member& member, const state::WindowBatch& batch) {
  member.windows[batch.vcpu] += batch.rows();
}
void Run::Count(Member& member, const state::DetailReply& reply) {
  member.queued_details += SlotsOf(reply);
}

template <typename Message>
absl::Status Run::Take(size_t instance, Message message) {
  LOCKSTEP_CHECK(instance < config_.instances.size());
  absl::MutexLock lock(&mutex_);
  if (Over()) return absl::OkStatus();  // too late to matter
  Member& member = members_[instance];
  absl::Status status = Check(member, message);
  if (!status.ok()) {
    Fail(instance, absl::StrCat("protocol error: ", std::string(status.message())),
         /*reachable=*/false);
    return status;
  }
  Count(member, message);
  queue_.emplace_back(instance, std::move(message));
  return absl::OkStatus();
}

absl::Status Run::Push(size_t instance, state::Batch batch) {
  return Take(instance, std::move(batch));
}
absl::Status Run::Push(size_t instance, state::WindowBatch batch) {
  return Take(instance, std::move(batch));
}
absl::Status Run::Push(size_t instance, state::DetailReply reply) {
  return Take(instance, std::move(reply));
}

void Run::Cancel(const std::string& reason) {
  absl::MutexLock lock(&mutex_);
  if (!cancel_.has_value()) cancel_ = reason;
}

Snapshot Run::snapshot() const {
  absl::MutexLock lock(&mutex_);
  Snapshot snapshot = snapshot_;
  const bool done = snapshot.phase == Phase::kDone;
  if (!done) snapshot.elapsed = absl::Now() - start_;
  for (size_t i = 0; i < members_.size(); ++i) {
    const Member& member = members_[i];
    snapshot.connected.push_back(snapshot.joined[i] && !member.presence.away());
    snapshot.traffic.received_bytes += member.presence.received_bytes();
    snapshot.traffic.held_bytes += done || snapshot.narrowing ? 0 : member.presence.held_bytes();
    snapshot.traffic.reconnects += member.reconnects;
  }
  return snapshot;
}

uint64_t Run::Watch(std::function<void(const Snapshot&)> watcher, absl::Duration interval) {
  absl::MutexLock lock(&watch_mutex_);
  const Snapshot now = snapshot();
  watcher(now);
  if (now.phase == Phase::kDone) return 0;
  watchers_.push_back(
      {next_watcher_, std::move(watcher), std::max(interval, kNoticeInterval), absl::Now()});
  return next_watcher_++;
}

void Run::Unwatch(uint64_t number) {
  absl::MutexLock lock(&watch_mutex_);
  watchers_.erase(std::remove_if(watchers_.begin(), watchers_.end(),
                                 [&](const Watcher& watcher) { return watcher.number == number; }),
                  watchers_.end());
}

bool Run::NotifyWatchers(bool changed) {
  absl::MutexLock lock(&watch_mutex_);
  if (watchers_.empty()) return true;
  const absl::Time now = absl::Now();
  const Snapshot current = snapshot();
  const bool done = current.phase == Phase::kDone;
  bool all_told = true;
  for (Watcher& watcher : watchers_) {
    watcher.behind = watcher.behind || changed;
    if (!watcher.behind) continue;
    if (!done && now - watcher.last_call < watcher.interval) {
      all_told = false;
      continue;
    }
    watcher.call(current);
    watcher.last_call = now;
    watcher.behind = false;
  }
  if (done) watchers_.clear();
  return all_told;
}

absl::StatusOr<report::Report> Run::Report() const {
  absl::MutexLock lock(&mutex_);
  if (!report_.has_value()) {
    return absl::FailedPreconditionError(absl::StrCat("run ", config_.id, " has no verdict yet"));
  }
  return *report_;
}

detect::Options Run::CheckerOptions() const {
  absl::MutexLock lock(&mutex_);
  detect::Options options;
  options.run_id = config_.id;
  for (size_t i = 0; i < config_.instances.size(); ++i) {
    options.instances.push_back({config_.instances[i], members_[i].command,
                                 members_[i].identity.value_or(state::ProducerIdentity())});
  }
  options.policy = config_.policy;
  options.history_blocks = config_.history_blocks;
  options.max_insns = config_.max_insns;
  options.start_icount = config_.start_icount;
  options.digest_at = config_.digest_at;
  options.window_insns = config_.window_insns;
  options.stream_mode = config_.stream_mode;
  return options;
}

bool Run::Actionable() const {
  const bool can_begin = all_joined_ && snapshot_.phase == Phase::kWaiting;
  return !queue_.empty() || (cancel_.has_value() && !cancelling_) || can_begin || news_;
}

void Run::Loop() {
  std::vector<Item> items;
  bool all_told = true;    // the watchers know of everything
  bool uncertain = false;  // whether an instance is still there
  for (;;) {
    std::optional<std::string> cancel;
    bool all_joined = false;
    bool changed = false;
    {
      absl::MutexLock lock(&mutex_);
      // A run in which nothing happens costs nothing.
      const bool waits = all_told && !uncertain && !last_look_.has_value() &&
                         (looked_ || checker_ == nullptr || !terms_.sparse());
      changed = mutex_.AwaitWithTimeout(absl::Condition(this, &Run::Actionable),
                                        waits ? absl::InfiniteDuration() : kNoticeInterval);
      news_ = false;
      cancelling_ = cancel_.has_value();
      items.clear();
      items.swap(queue_);
      cancel = cancel_;
      all_joined = all_joined_;
    }
    if (checker_ == nullptr) {
      if (all_joined) {
        Begin();
      } else {
        const auto failed = std::find_if(items.begin(), items.end(), [](const Item& i) {
          return std::holds_alternative<Failure>(i.what);
        });
        if (failed != items.end()) {
          Conclude(TroubleReport(config_.instances[failed->instance],
                                 std::get<Failure>(failed->what).reason),
                   /*final=*/false);
        } else if (cancel.has_value()) {
          Conclude(TroubleReport("", *cancel), /*final=*/false);
        }
      }
    }
    bool verdict = false;
    if (checker_ != nullptr) {
      LookInside(items);
      verdict = Compare(items);
      if (verdict || (cancel.has_value() && !LastLook())) {
        checker_->Finish(verdict ? "" : *cancel);
        Conclude(checker_->Report(*symbols_), verdict && !cancel.has_value());
      } else {
        RequestDetails();
        if (checker_->terms().sparse()) {
          GrantWindows();
        } else {
          GrantCredit();
        }
      }
    }
    {
      absl::MutexLock lock(&mutex_);
      if (snapshot_.phase == Phase::kDone) break;
    }
    all_told = NotifyWatchers(changed);
    uncertain = LookAfterConnections();
  }
  checker_.reset();  // a run that has ended keeps its report only
  NotifyWatchers(/*changed=*/true);
  SeeThemOff();
  SeeSecondPassOff();
  absl::MutexLock lock(&mutex_);
  seen_off_ = true;
}

report::Report Run::TroubleReport(const std::string& instance, const std::string& reason) const {
  if (config_.first_pass == nullptr) {
    return detect::TroubleReport(CheckerOptions(), instance, reason);
  }
  report::Report report = *config_.first_pass;
  narrow::NoteNotNarrowed(
      instance.empty() ? reason : absl::StrCat("in the second pass ", instance, ": ", reason),
      &report);
  return report;
}

void Run::Begin() {
  detect::Options options = CheckerOptions();
  absl::StatusOr<std::unique_ptr<detect::Comparison>> checker =
      config_.first_pass != nullptr ? CreateSecondPass() : detect::CreateComparison(options);
  if (!checker.ok()) {
    const report::Trouble trouble = detect::TroubleOf(options.instances, checker.status());
    Conclude(TroubleReport(trouble.instance, trouble.reason), /*final=*/false);
    return;
  }
  checker_ = *std::move(checker);
  const state::StreamTerms terms = checker_->terms();
  absl::MutexLock lock(&mutex_);
  terms_ = terms;
  begin_ = absl::Now();
  snapshot_.phase = Phase::kComparing;
  snapshot_.stream_mode = terms.sparse() ? state::StreamMode::kSparse : state::StreamMode::kDense;
  snapshot_.summary = checker_->summary();
  for (Member& member : members_) {
    member.welcome_due = false;
    if (member.link != nullptr) member.link->Welcome(TermsOf(member));
  }
}

// What is wrong with an item is the checker's verdict, when it advances.
void Run::Feed(Item& item) {
  if (auto* batch = std::get_if<state::Batch>(&item.what)) {
    checker_->Push(item.instance, std::move(*batch)).IgnoreError();
  } else if (auto* windows = std::get_if<state::WindowBatch>(&item.what)) {
    checker_->PushWindows(item.instance, std::move(*windows)).IgnoreError();
  } else if (auto* reply = std::get_if<state::DetailReply>(&item.what)) {
    {
      absl::MutexLock lock(&mutex_);
      members_[item.instance].queued_details -= SlotsOf(*reply);
    }
    checker_->PushDetail(item.instance, std::move(*reply)).IgnoreError();
  } else {
    const Failure& failure = std::get<Failure>(item.what);
    checker_->InstanceFailed(item.instance, failure.reason, failure.reachable);
  }
}

bool Run::Compare(std::vector<Item>& items) {
  for (Item& item : items) Feed(item);
  const detect::Progress progress = checker_->Advance();
  absl::MutexLock lock(&mutex_);
  snapshot_.summary = checker_->summary();
  return progress != detect::Progress::kNeedMore;
}

void Run::Conclude(report::Report report, bool final) {
  Complete(report);
  if (final) {
    if (const std::optional<state::SecondPass> pass = PlanSecondPass(report)) {
      report = RunAgain(std::move(report), *pass);
    }
  }
  Done(std::move(report));
}

void Run::Complete(report::Report& report) {
  absl::MutexLock lock(&mutex_);
  snapshot_.elapsed = absl::Now() - start_;
  if (checker_ != nullptr) snapshot_.summary = checker_->summary();
  if (config_.first_pass != nullptr) return;  // it has all that
  report.elapsed_seconds = absl::ToDoubleSeconds(snapshot_.elapsed);
  std::vector<InstanceFiles> files;
  for (Member& member : members_) files.push_back(std::move(member.files));
  for (std::string& note : ImageNotes(files)) report.notes.push_back(std::move(note));
}

void Run::Done(report::Report report) {
  std::vector<std::shared_ptr<Link>> links;
  const report::Outcome outcome = report.outcome;
  {
    absl::MutexLock lock(&mutex_);
    snapshot_.phase = Phase::kDone;
    snapshot_.narrowing = false;
    snapshot_.outcome = outcome;
    first_verdict_.reset();
    report_ = std::move(report);
    queue_.clear();
    for (Member& member : members_) {
      if (member.link != nullptr) links.push_back(std::move(member.link));
    }
  }
  for (const auto& link : links) {
    link->Stop(outcome, std::nullopt);
    stopped_.push_back(link);
  }
}

}  // namespace lockstep::server

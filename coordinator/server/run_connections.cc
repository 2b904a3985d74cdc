// The part of Run that knows of connections: who is there, what they were told, what they may send.
#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "coordinator/server/run.h"

namespace lockstep::server {
namespace {

// Credit is renewed in eighths of the window: seldom enough to cost nothing, often enough that the
// instance never runs dry while the others keep up.
constexpr uint64_t kGrantFraction = 8;
// When no windows come for so long, those that are not complete are looked at.
constexpr absl::Duration kQuietTime = absl::Milliseconds(500);
// How long a cancelled run may wait for what its instances have of their last windows.
constexpr absl::Duration kLastLook = absl::Seconds(2);
// How often it is asked whether instances have heard of the end.
constexpr absl::Duration kConnectionCheck = absl::Milliseconds(100);
// Encoded bytes of a record, at most: of a block that is alone in its batch.
constexpr uint64_t kMaxRecordBytes = 48;

bool Same(const state::ProducerIdentity& a, const state::ProducerIdentity& b) {
  return a.producer == b.producer && a.guest_arch == b.guest_arch && a.vcpus == b.vcpus &&
         a.groups == b.groups && a.abilities == b.abilities && a.engine == b.engine;
}

}  // namespace

uint64_t WindowRecords(const RunConfig& config, uint32_t vcpus) {
  // A quarter stays free for credit that is not renewed yet.
  const uint64_t room = config.window_bytes / 4 * 3 / kMaxRecordBytes / std::max(vcpus, 1u);
  return std::min(config.window_records, room);
}

absl::StatusOr<size_t> Run::Join(const std::string& name, const std::string& command,
                                 const std::optional<state::ProducerIdentity>& identity,
                                 std::shared_ptr<Link> link, bool resume, bool can_rerun) {
  const auto found = std::find(config_.instances.begin(), config_.instances.end(), name);
  if (found == config_.instances.end()) {
    return absl::NotFoundError(absl::StrCat("run ", config_.id, " has no instance named '",
                                            absl::CHexEscape(name.substr(0, 64)), "'"));
  }
  const size_t i = static_cast<size_t>(found - config_.instances.begin());
  const Delivery delivery(this, i);
  absl::MutexLock lock(&mutex_);
  Member& member = members_[i];
  if (Over() && !(resume && member.joined)) {
    return absl::FailedPreconditionError(absl::StrCat("run ", config_.id, " is over"));
  }
  if (!member.joined) {
    member.joined = true;
    member.can_rerun = can_rerun;
    member.command = command;
    member.identity = identity;
    member.link = std::move(link);
    if (identity.has_value()) {
      member.pushed.assign(identity->vcpus, 0);
      member.sequences.assign(identity->vcpus, 0);
      member.granted.assign(identity->vcpus, WindowRecords(config_, identity->vcpus));
      member.windows.assign(identity->vcpus, 0);
      member.agreed.assign(identity->vcpus, 0);
    }
    snapshot_.joined[i] = true;
    news_ = true;
    all_joined_ = std::all_of(members_.begin(), members_.end(),
                              [](const Member& m) { return m.identity.has_value(); });
    return i;
  }
  absl::Status status = Resume(i, identity, std::move(link), resume);
  if (!status.ok()) return status;
  return i;
}

absl::Status Run::Resume(size_t instance, const std::optional<state::ProducerIdentity>& identity,
                         std::shared_ptr<Link> link, bool resume) {
  Member& member = members_[instance];
  const std::string who =
      absl::StrCat("instance '", config_.instances[instance], "' of run ", config_.id);
  if (!resume) return absl::AlreadyExistsError(absl::StrCat(who, " has joined already"));
  if (Over()) {
    const bool again = snapshot_.narrowing && member.can_rerun;
    link->Stop(snapshot_.outcome.value_or(report::Outcome::kDiverged),
               again ? rerun_ : std::nullopt);
    return absl::OkStatus();
  }
  if (member.given_up) {
    return absl::FailedPreconditionError(absl::StrCat(who, " was given up: it ", member.failure));
  }
  if (!member.presence.CanResume()) {
    return absl::FailedPreconditionError(
        absl::StrCat(who, " cannot resume: it did not number its messages"));
  }
  if (identity.has_value() != member.identity.has_value() ||
      (identity.has_value() && !Same(*identity, *member.identity))) {
    return absl::FailedPreconditionError(
        absl::StrCat(who, " cannot resume: it says that it is another producer than before"));
  }
  if (member.link != nullptr) {
    member.link->Break(absl::AlreadyExistsError(absl::StrCat(who, " has connected anew")));
  }
  ++member.reconnects;
  member.link = std::move(link);
  member.presence.Return();
  member.welcome_due = snapshot_.phase == Phase::kComparing;
  news_ = true;
  return absl::OkStatus();
}

void Run::SetFiles(size_t instance, InstanceFiles files) {
  absl::MutexLock lock(&mutex_);
  members_[instance].files = std::move(files);
  members_[instance].files.instance = config_.instances[instance];
}

absl::StatusOr<bool> Run::Receive(size_t instance, const Link* link, const MessageNumber& number) {
  absl::MutexLock lock(&mutex_);
  Member& member = members_[instance];
  if (Over()) return false;  // too late to matter
  if (member.link.get() != link) {
    return absl::AlreadyExistsError("the instance has connected anew");
  }
  absl::StatusOr<bool> fresh = member.presence.Receive(number.number, number.bytes, number.counted);
  if (fresh.ok() && *fresh && member.presence.ReceiptDue()) {
    member.link->Acknowledge(member.presence.TakeReceipt());
    news_ = true;  // somebody must see to it that this is read
  }
  return fresh;
}

void Run::Disconnected(size_t instance, const Link* link, const std::string& reason,
                       bool for_good) {
  absl::MutexLock lock(&mutex_);
  Member& member = members_[instance];
  if (member.link.get() != link || Over()) return;
  if (for_good) member.link = nullptr;
  if (member.presence.CanResume()) {
    member.presence.Leave(absl::Now(), reason);
    news_ = true;
  } else {
    Fail(instance, reason, /*reachable=*/false);
  }
}

void Run::InstanceFailed(size_t instance, const std::string& reason, bool reachable) {
  absl::MutexLock lock(&mutex_);
  Fail(instance, reason, reachable);
}

void Run::Fail(size_t instance, const std::string& reason, bool reachable) {
  Member& member = members_[instance];
  if (member.given_up || Over()) return;
  if (reachable && !member.failure.empty()) return;
  if (member.failure.empty()) member.failure = reason;
  member.given_up = !reachable;
  queue_.emplace_back(instance, Failure{reason, reachable});
}

bool Run::LookAfterConnections() {
  const absl::Time now = absl::Now();
  bool uncertain = false;
  absl::MutexLock lock(&mutex_);
  for (size_t i = 0; i < members_.size(); ++i) {
    Member& member = members_[i];
    if (std::optional<std::string> overdue =
            member.presence.Overdue(now, config_.reconnect_timeout)) {
      Fail(i, *overdue, /*reachable=*/false);
    }
    uncertain = uncertain || (member.presence.away() && !member.given_up);
    if (member.link == nullptr) continue;
    const absl::Duration stalled = member.link->Stalled();
    uncertain = uncertain || stalled > absl::ZeroDuration();
    if (stalled >= config_.stall_timeout) {
      const std::string reason = absl::StrCat("did not read what the coordinator sent for ",
                                              absl::FormatDuration(config_.stall_timeout));
      Fail(i, reason, /*reachable=*/false);
      member.link->Break(absl::ResourceExhaustedError(reason));
      member.link = nullptr;
    } else if (member.welcome_due) {
      Greet(i);
    }
  }
  return uncertain;
}

void Run::Greet(size_t instance) {
  Member& member = members_[instance];
  member.welcome_due = false;
  member.link->Welcome(TermsOf(member));
  if (!terms_.sparse()) return;
  for (uint32_t v = 0; v < member.agreed.size(); ++v) {
    member.link->Credit(state::WindowCredit{.vcpu = v, .agreed_windows = member.agreed[v]});
  }
  for (const state::DetailRequest& request : checker_->OpenDetailRequests(instance)) {
    member.link->RequestDetail(request);
  }
}

void Run::SeeThemOff() {
  const absl::Time limit = absl::Now() + config_.stall_timeout;
  absl::MutexLock lock(&mutex_);
  while (!closing_ && absl::Now() < limit &&
         !std::all_of(stopped_.begin(), stopped_.end(),
                      [](const auto& link) { return link->Finished(); })) {
    mutex_.AwaitWithTimeout(absl::Condition(&closing_), kConnectionCheck);
  }
  for (const auto& link : stopped_) {
    link->Break(absl::ResourceExhaustedError("does not read that the run is over"));
  }
  stopped_.clear();
}

Terms Run::TermsOf(Member& member) {
  Terms terms;
  terms.stream = terms_;
  for (size_t v = 0; v < member.granted.size(); ++v) {
    terms.positions.push_back(
        {terms_.sparse() ? member.windows[v] : member.sequences[v], member.granted[v]});
  }
  terms.receipt = member.presence.TakeReceipt();
  return terms;
}

void Run::LookInside(const std::vector<Item>& items) {
  if (!checker_->terms().sparse()) return;
  const absl::Time now = absl::Now();
  const bool windows = std::any_of(items.begin(), items.end(), [](const Item& item) {
    return std::holds_alternative<state::WindowBatch>(item.what);
  });
  if (windows || last_windows_ == absl::InfinitePast()) {
    last_windows_ = now;
    quiet_time_ = kQuietTime;
    looked_ = false;
  } else if (!looked_ && now - last_windows_ >= quiet_time_) {
    // Producers may be silent still where comparing begins later: looked at again, less often.
    looked_ = config_.start_icount == 0;
    quiet_time_ *= 2;
    checker_->LookInside();
  }
}

bool Run::LastLook() {
  const absl::Time now = absl::Now();
  if (!last_look_.has_value()) {
    last_look_ = now + kLastLook;
    checker_->LookInside();
    RequestDetails();
  }
  bool awaits = false;
  for (size_t i = 0; i < config_.instances.size(); ++i) {
    awaits = awaits || !checker_->OpenDetailRequests(i).empty();
  }
  absl::MutexLock lock(&mutex_);
  return awaits && !closing_ && now < *last_look_;
}

void Run::RequestDetails() {
  const std::vector<detect::WantedDetail> requests = checker_->TakeDetailRequests();
  absl::MutexLock lock(&mutex_);
  for (const detect::WantedDetail& wanted : requests) {
    // One that is away is asked when it comes back.
    const Member& member = members_[wanted.instance];
    if (member.link != nullptr && !member.welcome_due) member.link->RequestDetail(wanted.request);
  }
}

void Run::GrantWindows() {
  absl::MutexLock lock(&mutex_);
  for (Member& member : members_) {
    for (uint32_t v = 0; v < member.agreed.size(); ++v) {
      const uint64_t agreed = checker_->AgreedWindows(v);
      if (agreed == member.agreed[v]) continue;
      member.agreed[v] = agreed;
      if (member.link != nullptr) {
        member.link->Credit(state::WindowCredit{.vcpu = v, .agreed_windows = agreed});
      }
    }
    if (member.link != nullptr && member.presence.ReceiptDue()) {
      member.link->Acknowledge(member.presence.TakeReceipt());
    }
  }
}

void Run::GrantCredit() {
  absl::MutexLock lock(&mutex_);
  for (size_t i = 0; i < members_.size(); ++i) {
    Member& member = members_[i];
    const uint64_t window = WindowRecords(config_, static_cast<uint32_t>(member.granted.size()));
    bool told = false;
    for (uint32_t v = 0; v < member.granted.size(); ++v) {
      const uint64_t consumed = checker_->ConsumedRecords(i, v);
      member.presence.Consumed(v, consumed);
      const uint64_t limit = consumed + window;
      if (limit - member.granted[v] < window / kGrantFraction) continue;
      member.granted[v] = limit;
      if (member.link != nullptr) member.link->Credit(v, limit);
      told = true;
    }
    if ((told || member.presence.ReceiptDue()) && member.link != nullptr) {
      member.link->Acknowledge(member.presence.TakeReceipt());
    }
  }
}

}  // namespace lockstep::server

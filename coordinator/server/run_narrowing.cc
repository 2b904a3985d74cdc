// The part of Run that has its instances run again after a divergence, to name the instruction.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "coordinator/narrow/narrow.h"
#include "coordinator/narrow/second_pass.h"
#include "coordinator/server/run.h"

namespace lockstep::server {
namespace {

// How often the run looks after its second pass, and tells its watchers.
constexpr absl::Duration kLookAround = absl::Milliseconds(100);

}  // namespace

absl::string_view FirstRunOf(absl::string_view run_id) {
  return absl::StripSuffix(run_id, kSecondPassSuffix);
}

absl::StatusOr<std::unique_ptr<detect::Comparison>> Run::CreateSecondPass() const {
  std::vector<state::ProducerIdentity> identities;
  absl::MutexLock lock(&mutex_);
  for (const Member& member : members_) identities.push_back(*member.identity);
  return narrow::CreateSecondPass(*config_.first_pass, config_.policy, identities);
}

std::optional<state::SecondPass> Run::PlanSecondPass(report::Report& report) const {
  if (config_.narrowing == Narrowing::kElsewhere || report.outcome != report::Outcome::kDiverged ||
      !report.divergence.has_value()) {
    return std::nullopt;
  }
  if (config_.narrowing == Narrowing::kUnwanted) {
    narrow::NoteNotNarrowed("--no-narrow was given", &report);
    return std::nullopt;
  }
  absl::StatusOr<narrow::Plan> plan = narrow::PlanFrom(report);
  if (!plan.ok()) {
    report.divergence->narrowing_note = std::string(plan.status().message());
    return std::nullopt;
  }
  std::vector<std::string> gone, unable;
  {
    absl::MutexLock lock(&mutex_);
    for (size_t i = 0; i < members_.size(); ++i) {
      if (members_[i].given_up) gone.push_back(config_.instances[i]);
      if (!members_[i].can_rerun) unable.push_back(config_.instances[i]);
    }
  }
  if (gone.empty() && unable.empty()) return *plan;
  narrow::NoteNotNarrowed(
      gone.empty() ? absl::StrCat(absl::StrJoin(unable, ", "), " cannot be started again")
                   : absl::StrCat(absl::StrJoin(gone, ", "), " cannot be reached any more"),
      &report);
  return std::nullopt;
}

report::Report Run::RunAgain(report::Report report, const state::SecondPass& pass) {
  checker_.reset();  // what it holds is the second pass's to use
  RunConfig config = config_;
  config.id = absl::StrCat(config_.id, kSecondPassSuffix);
  config.narrowing = Narrowing::kElsewhere;
  config.first_pass = std::make_shared<const report::Report>(report);
  const auto second = std::make_shared<Run>(std::move(config), symbols_);
  const absl::Time start = absl::Now();
  absl::Time limit;
  std::vector<std::shared_ptr<Link>> links;
  {
    absl::MutexLock lock(&mutex_);
    second_ = second;
    rerun_ = state::Rerun{second->config().id, pass};
    first_verdict_ = std::move(report);
    snapshot_.narrowing = true;
    queue_.clear();
    limit = start + absl::Seconds(narrow::AllowedSeconds(absl::ToDoubleSeconds(start - begin_)));
    for (Member& member : members_) {
      if (member.link != nullptr) links.push_back(std::move(member.link));
    }
  }
  second->Watch([this](const Snapshot& snapshot) {
    absl::MutexLock lock(&mutex_);
    second_done_ = snapshot.phase == Phase::kDone;
  });
  for (const auto& link : links) {
    link->Stop(report::Outcome::kDiverged, state::Rerun{second->config().id, pass});
    stopped_.push_back(link);
  }
  NotifyWatchers(/*changed=*/true);
  for (;;) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&second_done_), kLookAround)) break;
    }
    NotifyWatchers(/*changed=*/false);
    if (std::string why = WhyGiveUp(*second, start, limit); !why.empty()) second->Cancel(why);
  }
  return *second->Report();
}

std::string Run::WhyGiveUp(const Run& second, absl::Time start, absl::Time limit) const {
  {
    absl::MutexLock lock(&mutex_);
    if (cancel_.has_value()) return *cancel_;
  }
  const absl::Time now = absl::Now();
  if (now - start >= config_.reconnect_timeout) {
    if (std::string missing = second.NotJoined(); !missing.empty()) {
      return absl::StrCat(missing, " did not come back within ",
                          absl::FormatDuration(config_.reconnect_timeout));
    }
  }
  return now >= limit ? "the second pass took too long" : "";
}

std::string Run::NotJoined() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> names;
  for (size_t i = 0; i < members_.size(); ++i) {
    if (!members_[i].joined) names.push_back(config_.instances[i]);
  }
  return absl::StrJoin(names, ", ");
}

void Run::SeeSecondPassOff() {
  std::shared_ptr<Run> second = second_pass();
  if (second == nullptr) return;
  absl::MutexLock lock(&mutex_);
  while (!closing_ && !second->seen_off()) {
    mutex_.AwaitWithTimeout(absl::Condition(&closing_), kLookAround);
  }
  second_ = nullptr;  // `second` goes without the lock
}

bool Run::seen_off() const {
  absl::MutexLock lock(&mutex_);
  return seen_off_;
}

std::optional<report::Report> Run::FirstVerdict() const {
  absl::MutexLock lock(&mutex_);
  return first_verdict_;
}

std::shared_ptr<Run> Run::second_pass() const {
  absl::MutexLock lock(&mutex_);
  return second_;
}

}  // namespace lockstep::server

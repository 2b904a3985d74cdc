#include "coordinator/server/keeper.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

namespace lockstep::server {
namespace {

constexpr absl::Duration kPeriod = absl::Seconds(1);

const char* NameOf(report::Outcome outcome) {
  switch (outcome) {
    case report::Outcome::kIdentical:
      return "IDENTICAL";
    case report::Outcome::kDiverged:
      return "DIVERGED";
    case report::Outcome::kTrouble:
      break;
  }
  return "TROUBLE";
}

std::string TextOf(const Run& run, const Snapshot& snapshot) {
  const std::string& id = run.config().id;
  switch (snapshot.phase) {
    case Phase::kWaiting:
      return absl::StrCat("run ", id, " waits for ", absl::StrJoin(run.config().instances, ", "));
    case Phase::kComparing:
      return absl::StrCat("run ", id, " compares ", absl::StrJoin(run.config().instances, ", "));
    case Phase::kDone:
      break;
  }
  return absl::StrCat("run ", id,
                      " ended: ", NameOf(snapshot.outcome.value_or(report::Outcome::kTrouble)),
                      ", verified to ", snapshot.summary.verified_insns);
}

}  // namespace

Keeper::Keeper(Registry* registry, std::unique_ptr<RunStore> store, Listeners listeners)
    : registry_(registry), store_(std::move(store)), listeners_(std::move(listeners)) {
  registry_->set_listener([this] { Wake(); });
  thread_ = std::thread([this] { Loop(); });
}

Keeper::~Keeper() { Finish(); }

void Keeper::Finish() {
  if (!thread_.joinable()) return;
  {
    absl::MutexLock lock(&mutex_);
    finish_ = true;
  }
  thread_.join();
  Work();
}

void Keeper::Wake() {
  absl::MutexLock lock(&mutex_);
  woken_ = true;
}

void Keeper::Loop() {
  for (;;) {
    {
      absl::MutexLock lock(&mutex_);
      const auto wanted = [this] {
        mutex_.AssertHeld();
        return woken_ || finish_;
      };
      mutex_.AwaitWithTimeout(absl::Condition(&wanted), kPeriod);
      if (finish_) return;
      woken_ = false;
    }
    Work();
  }
}

void Keeper::Work() {
  for (const auto& [number, run] :
       registry_->List(0, SIZE_MAX, [](const std::string&) { return true; })) {
    Keep(*run);
    const Snapshot snapshot = run->snapshot();
    const auto [known, is_new] = phases_.emplace(run->config().id, snapshot.phase);
    if (!is_new && known->second == snapshot.phase) continue;
    known->second = snapshot.phase;
    if (listeners_.log) listeners_.log(TextOf(*run, snapshot));
  }
  for (const std::string& id : registry_->Sweep(absl::Now())) {
    phases_.erase(id);
    if (store_ != nullptr) store_->Forget(id);
  }
}

void Keeper::Keep(const Run& run) {
  if (store_ == nullptr) return;
  const absl::Status status = store_->Save(run);
  // A disk that is full is told of once, until it is better.
  if (!status.ok() && !warned_ && listeners_.warn) listeners_.warn(std::string(status.message()));
  warned_ = !status.ok();
}

}  // namespace lockstep::server

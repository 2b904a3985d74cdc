#include "coordinator/server/registry.h"

#include <algorithm>
#include <random>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace lockstep::server {
namespace {

constexpr size_t kMaxNameLength = 64;

absl::Status CheckName(const char* what, const std::string& name) {
  bool ok = !name.empty() && name.size() <= kMaxNameLength;
  for (char c : name) {
    ok = ok &&
         (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.');
  }
  if (ok) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, " must be 1 to 64 letters, digits, '-', '_' or '.'"));
}

absl::Status CheckConfig(const RunConfig& config) {
  if (!config.id.empty()) {
    if (absl::Status s = CheckName("run_id", config.id); !s.ok()) return s;
  }
  if (config.instances.size() < 2 || config.instances.size() > 64) {
    return absl::InvalidArgumentError(
        absl::StrCat("instances: there must be 2 to 64, not ", config.instances.size()));
  }
  std::set<std::string> names;
  for (const std::string& name : config.instances) {
    if (absl::Status s = CheckName("instances: a name", name); !s.ok()) return s;
    if (!names.insert(name).second) {
      return absl::InvalidArgumentError(absl::StrCat("instances: '", name, "' comes twice"));
    }
  }
  return absl::OkStatus();
}

// "20260131-235959-1a2b": sorts by time, and two coordinators' do not collide.
std::string MakeId() {
  std::random_device random;
  return absl::StrCat(absl::FormatTime("%Y%m%d-%H%M%S", absl::Now(), absl::UTCTimeZone()),
                      absl::StrFormat("-%04x", random() & 0xffff));
}

bool Ended(const Run& run) { return run.snapshot().phase == Phase::kDone; }

}  // namespace

absl::StatusOr<std::shared_ptr<Run>> Registry::Create(RunConfig config) {
  if (absl::Status s = CheckConfig(config); !s.ok()) return s;
  absl::MutexLock lock(&mutex_);
  const auto taken = [&](const std::string& id) {
    return std::any_of(runs_.begin(), runs_.end(),
                       [&](const auto& entry) { return entry.second->config().id == id; });
  };
  if (taken(config.id)) {
    return absl::AlreadyExistsError(absl::StrCat("there is a run '", config.id, "'"));
  }
  while (config.id.empty() || taken(config.id)) config.id = MakeId();
  ForgetOldest();
  const size_t active = static_cast<size_t>(
      std::count_if(runs_.begin(), runs_.end(), [](const auto& e) { return !Ended(*e.second); }));
  if (active >= options_.max_active) {
    return absl::ResourceExhaustedError(
        absl::StrCat("this coordinator has ", active, " runs, as many as it may have"));
  }
  auto run = std::make_shared<Run>(std::move(config), symbols_);
  runs_.emplace_back(next_number_++, run);
  return run;
}

void Registry::ForgetOldest() {
  size_t ended = static_cast<size_t>(
      std::count_if(runs_.begin(), runs_.end(), [](const auto& e) { return Ended(*e.second); }));
  for (auto it = runs_.begin(); it != runs_.end() && ended > options_.max_ended;) {
    if (Ended(*it->second)) {
      it = runs_.erase(it);
      --ended;
    } else {
      ++it;
    }
  }
}

absl::StatusOr<std::shared_ptr<Run>> Registry::Find(const std::string& id) const {
  absl::MutexLock lock(&mutex_);
  for (const auto& [number, run] : runs_) {
    if (run->config().id == id) return run;
  }
  return absl::NotFoundError(absl::StrCat("there is no run '", id, "'"));
}

std::vector<std::pair<uint64_t, std::shared_ptr<Run>>> Registry::List(
    uint64_t before, size_t count, const std::function<bool(const std::string& id)>& wanted) const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::pair<uint64_t, std::shared_ptr<Run>>> runs;
  for (auto it = runs_.rbegin(); it != runs_.rend() && runs.size() < count; ++it) {
    if (before != 0 && it->first >= before) continue;
    if (wanted(it->second->config().id)) runs.push_back(*it);
  }
  return runs;
}

}  // namespace lockstep::server

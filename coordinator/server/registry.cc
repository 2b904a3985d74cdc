#include "coordinator/server/registry.h"

#include <algorithm>
#include <random>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "plugins/sdk/lockstep_ring.h"
#include "proto/cc/report_convert.h"

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

// What a client says that a run is called, fit for a line of text.
std::string NameForText(const std::string& name) {
  return absl::CHexEscape(name.substr(0, kMaxNameLength));
}

// "20260131-235959-1a2b": sorts by time, and two coordinators' do not collide.
std::string MakeId() {
  std::random_device random;
  return absl::StrCat(absl::FormatTime("%Y%m%d-%H%M%S", absl::Now(), absl::UTCTimeZone()),
                      absl::StrFormat("-%04x", random() & 0xffff));
}

bool Ended(const Run& run) { return run.snapshot().phase == Phase::kDone; }

// Adds what one run has come to.
void Count(const Snapshot& snapshot, Totals& totals) {
  if (snapshot.outcome.has_value()) ++totals.verdicts[static_cast<size_t>(*snapshot.outcome)];
  totals.verified_insns += snapshot.summary.verified_insns;
  totals.blocks += snapshot.summary.boundaries;
  totals.splits += snapshot.summary.splits;
  totals.bytes += snapshot.traffic.received_bytes;
  totals.reconnects += snapshot.traffic.reconnects;
  for (const auto& instance : snapshot.summary.instances) {
    totals.records += instance.records_received;
  }
}

// Names of the instances that are not there yet: "A, B".
std::string Missing(const Run& run, const Snapshot& snapshot) {
  std::string names;
  for (size_t i = 0; i < snapshot.joined.size(); ++i) {
    if (snapshot.joined[i]) continue;
    absl::StrAppend(&names, names.empty() ? "" : ", ", run.config().instances[i]);
  }
  return names;
}

}  // namespace

absl::Status CheckRunConfig(const RunConfig& config) {
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

uint64_t WindowBytes(const RunConfig& config, uint32_t vcpus) {
  const uint64_t records =
      std::clamp<uint32_t>(vcpus, 1, LOCKSTEP_MAX_VCPUS) * config.window_records;
  return config.instances.size() * std::min(config.window_bytes, records * LOCKSTEP_SLOT_BYTES);
}

absl::Status Registry::CheckRoom() {
  if (closed_) return absl::UnavailableError("the coordinator is shutting down");
  const auto active = std::count_if(runs_.begin(), runs_.end(),
                                    [](const Entry& entry) { return !Ended(*entry.run); });
  if (static_cast<size_t>(active) < options_.max_active) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("this coordinator has ", active,
                   " runs that have not ended, as many as it may have (--max-runs): cancel one, or "
                   "wait for one to end"));
}

absl::StatusOr<std::shared_ptr<Run>> Registry::Create(RunConfig config) {
  if (absl::Status s = CheckRunConfig(config); !s.ok()) return s;
  std::shared_ptr<Run> run;
  {
    absl::MutexLock lock(&mutex_);
    const auto taken = [&](const std::string& id) {
      return std::any_of(runs_.begin(), runs_.end(),
                         [&](const Entry& entry) { return entry.run->config().id == id; });
    };
    if (taken(config.id)) {
      return absl::AlreadyExistsError(absl::StrCat("there is a run '", config.id, "'"));
    }
    while (config.id.empty() || taken(config.id)) config.id = MakeId();
    if (absl::Status s = CheckRoom(); !s.ok()) return s;
    config.reconnect_timeout = options_.reconnect_timeout;
    config.stall_timeout = options_.stall_timeout;
    if (!options_.narrow) config.narrowing = Narrowing::kElsewhere;
    run = std::make_shared<Run>(std::move(config), symbols_);
    runs_.push_back({next_number_++, run});
    ++forgotten_.created;
  }
  if (listener_) {
    run->Watch([listener = listener_](const Snapshot& snapshot) {
      if (snapshot.phase != Phase::kComparing) listener();
    });
  }
  return run;
}

bool Registry::Restore(std::shared_ptr<Run> run) {
  absl::MutexLock lock(&mutex_);
  const bool taken = std::any_of(runs_.begin(), runs_.end(), [&](const Entry& entry) {
    return entry.run->config().id == run->config().id;
  });
  if (taken) return false;
  runs_.push_back({next_number_++, std::move(run), /*restored=*/true});
  return true;
}

absl::StatusOr<std::shared_ptr<Run>> Registry::Find(const std::string& id) const {
  const absl::string_view first = FirstRunOf(id);
  absl::MutexLock lock(&mutex_);
  for (const Entry& entry : runs_) {
    if (entry.run->config().id != first) continue;
    std::shared_ptr<Run> run = first == id ? entry.run : entry.run->second_pass();
    if (run != nullptr) return run;
  }
  return absl::NotFoundError(absl::StrCat("there is no run '", NameForText(id), "'"));
}

absl::Status Registry::Reserve(const std::string& id, uint32_t vcpus) {
  absl::MutexLock lock(&mutex_);
  Entry* wanted = nullptr;
  uint64_t others = 0;
  for (Entry& entry : runs_) {
    if (entry.run->config().id == id) {
      wanted = &entry;
    } else if (entry.window_bytes != 0 && !Ended(*entry.run)) {
      others += entry.window_bytes;
    }
  }
  if (wanted == nullptr) return absl::OkStatus();
  const uint64_t bytes = std::max(wanted->window_bytes, WindowBytes(wanted->run->config(), vcpus));
  if (bytes > options_.max_window_bytes || others > options_.max_window_bytes - bytes) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "run ", id, " needs windows of ", bytes >> 20, " MiB, but other runs have ", others >> 20,
        " of the ", options_.max_window_bytes >> 20,
        " MiB that this coordinator may use (--max-memory): join when one of them has ended"));
  }
  wanted->window_bytes = bytes;
  return absl::OkStatus();
}

std::vector<std::pair<uint64_t, std::shared_ptr<Run>>> Registry::List(
    uint64_t before, size_t count, const std::function<bool(const std::string& id)>& wanted) const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::pair<uint64_t, std::shared_ptr<Run>>> runs;
  for (auto it = runs_.rbegin(); it != runs_.rend() && runs.size() < count; ++it) {
    if (before != 0 && it->number >= before) continue;
    if (wanted(it->run->config().id)) runs.emplace_back(it->number, it->run);
  }
  return runs;
}

std::vector<std::string> Registry::ForgetOldest() {
  size_t ended = 0;
  uint64_t bytes = 0;
  for (Entry& entry : runs_) {
    if (!Ended(*entry.run)) continue;
    if (entry.report_bytes == 0) entry.report_bytes = wire::EncodedBytes(*entry.run->Report());
    ++ended;
    bytes += entry.report_bytes;
  }
  std::vector<std::string> ids;
  for (auto it = runs_.begin(); it != runs_.end();) {
    if (ended <= options_.max_ended && bytes <= options_.max_ended_bytes) break;
    if (!Ended(*it->run) || it->report_bytes == 0) {
      ++it;
      continue;
    }
    --ended;
    bytes -= it->report_bytes;
    ids.push_back(it->run->config().id);
    if (!it->restored) Count(it->run->snapshot(), forgotten_);
    it = runs_.erase(it);
  }
  return ids;
}

std::vector<std::string> Registry::Sweep(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  for (const Entry& entry : runs_) {
    const Snapshot snapshot = entry.run->snapshot();
    if (snapshot.phase != Phase::kWaiting) continue;
    if (now - entry.run->create_time() < options_.idle_timeout) continue;
    entry.run->Cancel(absl::StrCat("not joined within ",
                                   absl::FormatDuration(options_.idle_timeout), " by ",
                                   Missing(*entry.run, snapshot)));
  }
  return ForgetOldest();
}

void Registry::Close(const std::string& reason) {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  for (const Entry& entry : runs_) entry.run->Cancel(reason);
}

Totals Registry::totals() const {
  absl::MutexLock lock(&mutex_);
  Totals totals = forgotten_;
  for (const Entry& entry : runs_) {
    if (!entry.restored) Count(entry.run->snapshot(), totals);
  }
  return totals;
}

Population Registry::population() const {
  absl::MutexLock lock(&mutex_);
  Population population;
  for (const Entry& entry : runs_) {
    const Snapshot snapshot = entry.run->snapshot();
    if (snapshot.phase == Phase::kDone) {
      ++population.ended;
      continue;
    }
    ++(snapshot.phase == Phase::kWaiting ? population.waiting : population.comparing);
    population.instances +=
        static_cast<size_t>(std::count(snapshot.connected.begin(), snapshot.connected.end(), true));
    population.window_bytes += entry.window_bytes;
    population.held_bytes += snapshot.traffic.held_bytes;
  }
  return population;
}

}  // namespace lockstep::server

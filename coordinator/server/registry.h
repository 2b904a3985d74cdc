// The runs of one coordinator.
#ifndef COORDINATOR_SERVER_REGISTRY_H_
#define COORDINATOR_SERVER_REGISTRY_H_

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "coordinator/server/run.h"
#include "coordinator/store/symbol_source.h"

namespace lockstep::server {

struct RegistryOptions {
  size_t max_active = 64;                          // runs that have not ended
  size_t max_ended = 256;                          // the oldest are forgotten
  uint64_t max_ended_bytes = uint64_t{256} << 20;  // of their reports, encoded
  uint64_t max_window_bytes = UINT64_MAX;          // of the runs that compare, see WindowBytes()
  // A run that not all instances have joined by then is ended.
  absl::Duration idle_timeout = absl::InfiniteDuration();
  // Of every run, see RunConfig.
  absl::Duration reconnect_timeout = absl::Seconds(30);
  absl::Duration stall_timeout = absl::Seconds(30);
  // Whether runs are narrowed here; else whoever made them does.
  bool narrow = false;
};

// Errors: InvalidArgument for a bad id (empty is good) or name, or a number of instances outside of
// 2..64.
absl::Status CheckRunConfig(const RunConfig& config);

// Memory that the records under way of a run may take: a window of slots for each vCPU of each
// instance, as far as the byte window of the instance goes.
uint64_t WindowBytes(const RunConfig& config, uint32_t vcpus);

// What all runs of this process came to, those that were forgotten included.
struct Totals {
  uint64_t created = 0;
  std::array<uint64_t, 3> verdicts{};  // by report::Outcome
  uint64_t verified_insns = 0;
  uint64_t blocks = 0;
  uint64_t splits = 0;
  uint64_t records = 0;
  uint64_t bytes = 0;  // received
  uint64_t reconnects = 0;
};

// What there is now.
struct Population {
  size_t waiting = 0;
  size_t comparing = 0;
  size_t ended = 0;
  size_t instances = 0;       // connected, of runs that have not ended
  uint64_t held_bytes = 0;    // received and not yet consumed
  uint64_t window_bytes = 0;  // reserved
};

// Thread-safe.
class Registry {
 public:
  // `symbols` outlives the registry and is used by all runs.
  Registry(const store::SymbolSource* symbols, RegistryOptions options)
      : symbols_(symbols), options_(options) {}

  // Makes a run; chooses its id when the config has none. Errors: InvalidArgument for a bad id or
  // name, or a number of instances outside of 2..64; AlreadyExists; ResourceExhausted; Unavailable
  // after Close().
  absl::StatusOr<std::shared_ptr<Run>> Create(RunConfig config);

  // Takes in a run that has ended already. False if there is one of its id.
  bool Restore(std::shared_ptr<Run> run);

  // Also the second pass of a run, while there is one. Errors: NotFound.
  absl::StatusOr<std::shared_ptr<Run>> Find(const std::string& id) const;

  // Reserves memory for a run whose instances have `vcpus` vCPUs; asked for each instance that
  // joins. Errors: ResourceExhausted. A run that does not exist needs none, and a second pass has
  // what the first one had.
  absl::Status Reserve(const std::string& id, uint32_t vcpus);

  // At most `count` runs, the newest first, made before number `before` (0: no limit), of those
  // whose ids are `wanted`. The numbers rise with each run made.
  std::vector<std::pair<uint64_t, std::shared_ptr<Run>>> List(
      uint64_t before, size_t count,
      const std::function<bool(const std::string& id)>& wanted) const;

  // Ends the runs that were idle for too long, and forgets the oldest that have ended. To be called
  // now and then. Returns the ids of those that were forgotten.
  std::vector<std::string> Sweep(absl::Time now);

  // No more runs are made; those that have not ended are cancelled for `reason`.
  void Close(const std::string& reason);

  Totals totals() const;
  Population population() const;

  // Called, from any thread, when a run was made or has ended. Set before the first run.
  void set_listener(std::function<void()> listener) { listener_ = std::move(listener); }

 private:
  struct Entry {
    uint64_t number = 0;
    std::shared_ptr<Run> run;
    bool restored = false;      // its figures are not of this process
    uint64_t window_bytes = 0;  // reserved, until it ends
    uint64_t report_bytes = 0;  // once it has ended
  };

  absl::Status CheckRoom() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<std::string> ForgetOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const store::SymbolSource* const symbols_;
  const RegistryOptions options_;
  std::function<void()> listener_;
  mutable absl::Mutex mutex_;
  std::deque<Entry> runs_ ABSL_GUARDED_BY(mutex_);
  Totals forgotten_ ABSL_GUARDED_BY(mutex_);  // and `created`, of all
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t next_number_ ABSL_GUARDED_BY(mutex_) = 1;
};

}  // namespace lockstep::server

#endif  // COORDINATOR_SERVER_REGISTRY_H_

// The runs of one coordinator.
#ifndef COORDINATOR_SERVER_REGISTRY_H_
#define COORDINATOR_SERVER_REGISTRY_H_

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
#include "coordinator/server/run.h"
#include "coordinator/store/symbol_source.h"

namespace lockstep::server {

struct RegistryOptions {
  size_t max_active = 64;  // runs that have not ended
  size_t max_ended = 256;  // the oldest are forgotten
};

// Thread-safe.
class Registry {
 public:
  // `symbols` outlives the registry and is used by all runs.
  Registry(const store::SymbolSource* symbols, RegistryOptions options)
      : symbols_(symbols), options_(options) {}

  // Makes a run; chooses its id when the config has none. Errors: InvalidArgument for a bad id or
  // name, or a number of instances outside of 2..64; AlreadyExists; ResourceExhausted.
  absl::StatusOr<std::shared_ptr<Run>> Create(RunConfig config);

  // Errors: NotFound.
  absl::StatusOr<std::shared_ptr<Run>> Find(const std::string& id) const;

  // At most `count` runs, the newest first, made before number `before` (0: no limit), of those
  // whose ids are `wanted`. The numbers rise with each run made.
  std::vector<std::pair<uint64_t, std::shared_ptr<Run>>> List(
      uint64_t before, size_t count,
      const std::function<bool(const std::string& id)>& wanted) const;

 private:
  void ForgetOldest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const store::SymbolSource* const symbols_;
  const RegistryOptions options_;
  mutable absl::Mutex mutex_;
  std::deque<std::pair<uint64_t, std::shared_ptr<Run>>> runs_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_number_ ABSL_GUARDED_BY(mutex_) = 1;
};

}  // namespace lockstep::server

#endif  // COORDINATOR_SERVER_REGISTRY_H_

// The journals of a coordinator's runs: a directory with a file per run (docs/formats/journal.md),
// so that a coordinator that was killed still says afterwards what was verified.
#ifndef COORDINATOR_SERVER_RUN_STORE_H_
#define COORDINATOR_SERVER_RUN_STORE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "coordinator/server/run.h"

namespace lockstep::server {

// Not thread-safe.
class RunStore {
 public:
  // Makes the directory if it is missing, and keeps other coordinators out of it. Errors: one line
  // that names it; FailedPrecondition when another coordinator uses it.
  static absl::StatusOr<std::unique_ptr<RunStore>> Open(const std::string& directory);
  ~RunStore();
  RunStore(const RunStore&) = delete;
  RunStore& operator=(const RunStore&) = delete;

  // The runs of the directory, the oldest first, all of them ended: those that had not are in
  // trouble now, and their journals say so. What cannot be read is told in one line to `warn` and
  // left alone.
  std::vector<std::shared_ptr<Run>> Load(const std::function<void(const std::string&)>& warn);

  // Writes the run's journal if something has changed since the last time. Errors: one line.
  absl::Status Save(const Run& run);

  // Removes the run's journal, if there is one.
  void Forget(const std::string& run_id);

 private:
  // What tells one state of a run from another: phase, whether it is narrowed, instances joined,
  // instructions, boundaries.
  using Mark = std::tuple<Phase, bool, int64_t, uint64_t, uint64_t>;

  RunStore(std::string directory, int lock) : directory_(std::move(directory)), lock_(lock) {}
  std::string PathOf(absl::string_view run_id) const;
  absl::Status Write(const Run& run, const Snapshot& snapshot) const;

  const std::string directory_;
  const int lock_;  // file descriptor
  std::map<std::string, Mark> written_;
};

}  // namespace lockstep::server

#endif  // COORDINATOR_SERVER_RUN_STORE_H_

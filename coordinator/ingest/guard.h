// A small process that outlives `lockstep` by a moment and cleans up after it.
//
// When lockstep ends in a way that it cannot handle (SIGKILL, the OOM killer), the guard kills the
// process groups of the emulators and removes the private temporary directory. It learns of
// lockstep's end by the closing of a pipe. PR_SET_PDEATHSIG alone reaches only direct children;
// a wrapper script's emulator would live on, waiting for ever for a reader of its ring.
#ifndef COORDINATOR_INGEST_GUARD_H_
#define COORDINATOR_INGEST_GUARD_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace lockstep::ingest {

// Thread-safe after Start().
class Guard {
 public:
  // Forks the guard. `directory` (may be empty) and the files in it, no deeper, are removed at
  // the end. REQUIRES: this process has no other thread yet.
  static absl::StatusOr<std::unique_ptr<Guard>> Start(const std::string& directory);

  // Lets the guard do its work and waits for it.
  ~Guard();
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  // From now on the process group is killed when lockstep ends.
  void Add(pid_t group);
  // The group has ended; its number may be reused by others.
  void Remove(pid_t group);

 private:
  Guard(pid_t pid, int pipe_fd) : pid_(pid), pipe_fd_(pipe_fd) {}
  const pid_t pid_;
  const int pipe_fd_;
};

}  // namespace lockstep::ingest

#endif  // COORDINATOR_INGEST_GUARD_H_

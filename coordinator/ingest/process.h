// An emulator process: started in a process group of its own, watched, and killed with all its
// descendants.
#ifndef COORDINATOR_INGEST_PROCESS_H_
#define COORDINATOR_INGEST_PROCESS_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "coordinator/ingest/guard.h"

namespace lockstep::ingest {

// How a process ended, and what it used.
struct Exit {
  int status = 0;  // exit status; 128 + signal number when a signal ended it
  int signal = 0;  // 0 when it exited by itself
  uint64_t peak_rss_bytes = 0;
  absl::Duration cpu_time;  // user and system
};

// "exited with status 1", "exited with status 139 (SIGSEGV)".
std::string Describe(const Exit& exit);

struct SpawnOptions {
  std::vector<std::string> argv;  // argv[0] is looked up in PATH unless it has a slash
  std::vector<std::pair<std::string, std::string>> environment;  // added to this process's
  int inherited_fd = -1;    // becomes number kInheritedFd in the child; -1: none
  std::string stdout_path;  // created or truncated
  std::string stderr_path;
};

// The only descriptor besides stdin, stdout and stderr that a child gets.
inline constexpr int kInheritedFd = 3;

// Thread-safe.
class Process {
 public:
  // Starts the command: stdin from /dev/null, default signal handling, a process group of its own
  // that dies with this process (see Guard) and, the direct child, with the calling thread.
  // REQUIRES: the calling thread lives as long as the process is wanted; `guard` (may be null)
  // outlives it. `on_exit` (may be empty) is called once, from another thread, when the process has
  // ended; it must not call back. Errors: NotFound or PermissionDenied or the errno of exec when it
  // cannot be started, naming the program.
  static absl::StatusOr<std::unique_ptr<Process>> Spawn(const SpawnOptions& options, Guard* guard,
                                                        std::function<void()> on_exit = nullptr);

  // Kills the group and waits.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }

  // Waits until it has ended or `timeout` has passed; nullopt while it runs. When the leader of
  // the group has ended, what is left of the group has been killed.
  std::optional<Exit> Wait(absl::Duration timeout);

  // Ends the whole group by SIGKILL, and waits.
  Exit Kill();

 private:
  Process(pid_t pid, Guard* guard, std::function<void()> on_exit);
  void WatchUntilExit();
  void Reap();

  const pid_t pid_;
  Guard* const guard_;
  const std::function<void()> on_exit_;
  absl::Mutex mutex_;
  std::optional<Exit> exit_ ABSL_GUARDED_BY(mutex_);
  std::thread watcher_;
};

// The file that execvp() would run for `program`. Errors: NotFound, PermissionDenied.
absl::StatusOr<std::string> FindProgram(const std::string& program);

}  // namespace lockstep::ingest

#endif  // COORDINATOR_INGEST_PROCESS_H_

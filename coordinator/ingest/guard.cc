#include "coordinator/ingest/guard.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace lockstep::ingest {
namespace {

// Positive: add this group; negative: remove it.
using Message = int32_t;

void RemoveDirectory(const std::string& directory) {
  if (directory.empty()) return;
  if (DIR* dir = opendir(directory.c_str()); dir != nullptr) {
    while (const dirent* entry = readdir(dir)) {
      if (entry->d_type != DT_DIR) unlinkat(dirfd(dir), entry->d_name, 0);
    }
    closedir(dir);
  }
  rmdir(directory.c_str());
}

[[noreturn]] void GuardMain(int pipe_fd, const std::string& directory) {
  setsid();
  prctl(PR_SET_NAME, "lockstep-guard");
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, nullptr);
  const int null_fd = open("/dev/null", O_RDWR);
  for (int fd = 0; fd <= 2; ++fd) dup2(null_fd, fd);
  dup2(pipe_fd, 3);
  for (int fd = 4; fd < 1024; ++fd) close(fd);

  std::set<pid_t> groups;
  Message message = 0;
  for (;;) {
    const ssize_t n = read(3, &message, sizeof(message));
    if (n < 0 && errno == EINTR) continue;
    if (n != static_cast<ssize_t>(sizeof(message))) break;
    if (message > 0) groups.insert(message);
    if (message < 0) groups.erase(-message);
  }
  for (pid_t group : groups) kill(-group, SIGKILL);
  RemoveDirectory(directory);
  _exit(0);
}

void Send(int fd, Message message) {
  ssize_t n;
  do {
    n = write(fd, &message, sizeof(message));
  } while (n < 0 && errno == EINTR);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Guard>> Guard::Start(const std::string& directory) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC) != 0) {
    return absl::ErrnoToStatus(errno, "cannot create a pipe for the guard process");
  }
  const pid_t pid = fork();
  if (pid < 0) {
    const int error = errno;
    close(fds[0]);
    close(fds[1]);
    return absl::ErrnoToStatus(error, "cannot fork the guard process");
  }
  if (pid == 0) {
    close(fds[1]);
    GuardMain(fds[0], directory);
  }
  close(fds[0]);
  return std::unique_ptr<Guard>(new Guard(pid, fds[1]));
}

Guard::~Guard() {
  close(pipe_fd_);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void Guard::Add(pid_t group) { Send(pipe_fd_, group); }
void Guard::Remove(pid_t group) { Send(pipe_fd_, -group); }

}  // namespace lockstep::ingest

#include "coordinator/ingest/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "emulator/base/check.h"

extern char** environ;

namespace lockstep::ingest {
namespace {

// Owns a file descriptor.
class Fd {
 public:
  explicit Fd(int fd = -1) : fd_(fd) {}
  ~Fd() { Reset(); }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  int get() const { return fd_; }
  void Reset(int fd = -1) {
    if (fd_ >= 0) close(fd_);
    fd_ = fd;
  }

 private:
  int fd_;
};

// What the child needs, prepared before fork(): afterwards it may only call async-signal-safe
// functions, because this process has threads.
struct ChildPlan {
  std::string program;
  std::vector<char*> argv;
  std::vector<char*> envp;
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
  int inherited_fd = -1;
  int error_fd = -1;  // errno of a failed exec is written here
  pid_t parent = 0;
};

// Moves a descriptor out of the range 0..kInheritedFd, whose numbers are about to be reassigned.
int MoveUp(int fd) {
  if (fd < 0 || fd > kInheritedFd) return fd;
  return fcntl(fd, F_DUPFD, kInheritedFd + 1);
}

void CloseOnExecFrom(int first) {
  if (syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return;
  for (int fd = first; fd < 4096; ++fd) fcntl(fd, F_SETFD, FD_CLOEXEC);
}

[[noreturn]] void FailChild(int error_fd) {
  const int error = errno;
  [[maybe_unused]] const ssize_t n = write(error_fd, &error, sizeof(error));
  _exit(127);
}

[[noreturn]] void RunChild(const ChildPlan& plan) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != plan.parent) _exit(127);  // the parent died before the line above

  const int error_fd = MoveUp(plan.error_fd);
  const int fds[] = {MoveUp(plan.stdin_fd), MoveUp(plan.stdout_fd), MoveUp(plan.stderr_fd),
                     MoveUp(plan.inherited_fd)};
  for (int i = 0; i <= kInheritedFd; ++i) {
    if (fds[i] < 0) {
      close(i);
    } else if (dup2(fds[i], i) < 0) {  // dup2 clears FD_CLOEXEC
      FailChild(error_fd);
    }
  }
  CloseOnExecFrom(kInheritedFd + 1);

  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) sigaction(signal, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);

  execve(plan.program.c_str(), plan.argv.data(), plan.envp.data());
  FailChild(error_fd);
}

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& s : strings) pointers.push_back(s.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(
    const std::vector<std::pair<std::string, std::string>>& added) {
  std::vector<std::string> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string name(*entry, strcspn(*entry, "="));
    bool replaced = false;
    for (const auto& [key, value] : added) replaced = replaced || key == name;
    if (!replaced) environment.emplace_back(*entry);
  }
  for (const auto& [key, value] : added) environment.push_back(absl::StrCat(key, "=", value));
  return environment;
}

absl::Status OpenOutput(const std::string& path, Fd& fd) {
  fd.Reset(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (fd.get() < 0) return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", path));
  return absl::OkStatus();
}

absl::Status ExecError(int error, const std::string& program) {
  std::string message = absl::StrCat(
      "cannot start '", program,
      "': ", error == ENOENT ? "its interpreter (first line) does not exist" : strerror(error));
  return absl::Status(absl::ErrnoToStatusCode(error), message);
}

// errno of the child's exec, 0 when it succeeded (the pipe closed on exec).
int ReadExecError(int fd) {
  int error = 0;
  ssize_t n;
  do {
    n = read(fd, &error, sizeof(error));
  } while (n < 0 && errno == EINTR);
  return n == static_cast<ssize_t>(sizeof(error)) ? error : 0;
}

absl::Duration ToDuration(const timeval& t) {
  return absl::Seconds(t.tv_sec) + absl::Microseconds(t.tv_usec);
}

}  // namespace

std::string Describe(const Exit& exit) {
  std::string text = absl::StrCat("exited with status ", exit.status);
  if (exit.signal == 0) return text;
  const char* name = sigabbrev_np(exit.signal);
  return name != nullptr ? absl::StrCat(text, " (SIG", name, ")")
                         : absl::StrCat(text, " (signal ", exit.signal, ")");
}

absl::StatusOr<std::string> FindProgram(const std::string& program) {
  const auto check = [](const std::string& path) {
    struct stat info;
    if (stat(path.c_str(), &info) != 0) return errno;
    if (S_ISDIR(info.st_mode)) return EISDIR;
    return access(path.c_str(), X_OK) == 0 ? 0 : errno;
  };
  if (program.empty()) return absl::NotFoundError("cannot start '': the command is empty");
  if (program.find('/') != std::string::npos) {
    const int error = check(program);
    if (error == 0) return program;
    return absl::Status(absl::ErrnoToStatusCode(error),
                        absl::StrCat("cannot start '", program, "': ", strerror(error)));
  }
  const char* path = getenv("PATH");
  for (absl::string_view directory :
       absl::StrSplit(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin", ':')) {
    const std::string candidate = absl::StrCat(directory.empty() ? "." : directory, "/", program);
    if (check(candidate) == 0) return candidate;
  }
  return absl::NotFoundError(absl::StrCat("cannot start '", program, "': not found in PATH"));
}

absl::StatusOr<std::unique_ptr<Process>> Process::Spawn(const SpawnOptions& options, Guard* guard,
                                                        std::function<void()> on_exit) {
  LOCKSTEP_CHECK(!options.argv.empty());
  absl::StatusOr<std::string> program = FindProgram(options.argv[0]);
  if (!program.ok()) return program.status();

  Fd null_fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (null_fd.get() < 0) return absl::ErrnoToStatus(errno, "cannot open /dev/null");
  Fd stdout_fd, stderr_fd;
  if (absl::Status s = OpenOutput(options.stdout_path, stdout_fd); !s.ok()) return s;
  if (absl::Status s = OpenOutput(options.stderr_path, stderr_fd); !s.ok()) return s;
  int pipe_fds[2];
  if (pipe2(pipe_fds, O_CLOEXEC) != 0) return absl::ErrnoToStatus(errno, "cannot create a pipe");
  Fd error_read(pipe_fds[0]), error_write(pipe_fds[1]);

  std::vector<std::string> argv = options.argv;
  std::vector<std::string> environment = Environment(options.environment);
  const ChildPlan plan = {.program = *program,
                          .argv = Pointers(argv),
                          .envp = Pointers(environment),
                          .stdin_fd = null_fd.get(),
                          .stdout_fd = stdout_fd.get(),
                          .stderr_fd = stderr_fd.get(),
                          .inherited_fd = options.inherited_fd,
                          .error_fd = error_write.get(),
                          .parent = getpid()};
  const pid_t pid = fork();
  if (pid < 0) return absl::ErrnoToStatus(errno, "cannot fork");
  if (pid == 0) RunChild(plan);

  setpgid(pid, pid);  // both sides: whoever comes first; EACCES after the exec is expected
  if (guard != nullptr) guard->Add(pid);
  error_write.Reset();
  std::unique_ptr<Process> process(new Process(pid, guard, std::move(on_exit)));
  if (const int error = ReadExecError(error_read.get()); error != 0) {
    process->Kill();
    return ExecError(error, options.argv[0]);
  }
  return process;
}

Process::Process(pid_t pid, Guard* guard, std::function<void()> on_exit)
    : pid_(pid),
      guard_(guard),
      on_exit_(std::move(on_exit)),
      watcher_([this] { WatchUntilExit(); }) {}

Process::~Process() {
  Kill();
  watcher_.join();
}

void Process::WatchUntilExit() {
  // Left as a zombie at first, so that its number and its group's are not reused while the rest of
  // the group is killed.
  siginfo_t info;
  while (waitid(P_PID, pid_, &info, WEXITED | WNOWAIT) != 0) LOCKSTEP_CHECK(errno == EINTR);
  Reap();
  if (on_exit_) on_exit_();
}

void Process::Reap() {
  absl::MutexLock lock(&mutex_);
  kill(-pid_, SIGKILL);
  if (guard_ != nullptr) guard_->Remove(pid_);
  int status = 0;
  rusage usage = {};
  while (wait4(pid_, &status, 0, &usage) < 0) LOCKSTEP_CHECK(errno == EINTR);
  Exit exit;
  exit.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  exit.status = exit.signal != 0 ? 128 + exit.signal : WEXITSTATUS(status);
  exit.peak_rss_bytes = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
  exit.cpu_time = ToDuration(usage.ru_utime) + ToDuration(usage.ru_stime);
  exit_ = exit;
}

std::optional<Exit> Process::Wait(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(
                              +[](std::optional<Exit>* exit) { return exit->has_value(); }, &exit_),
                          timeout);
  return exit_;
}

Exit Process::Kill() {
  {
    absl::MutexLock lock(&mutex_);
    if (!exit_.has_value()) kill(-pid_, SIGKILL);
  }
  return *Wait(absl::InfiniteDuration());
}

}  // namespace lockstep::ingest

#include "tests/support/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "emulator/base/check.h"

namespace lockstep::testing {
namespace {

std::string TempRoot() {
  const char* dir = getenv("TEST_TMPDIR");
  return dir ? dir : "/tmp";
}

// Waits for `pid` until the deadline, then kills its process group.
int WaitWithTimeout(pid_t pid, int timeout_seconds) {
  timespec nap = {0, 5'000'000};
  for (int64_t waited_ms = 0; waited_ms < timeout_seconds * 1000LL; waited_ms += 5) {
    int status = 0;
    if (waitpid(pid, &status, WNOHANG) == pid) return status;
    nanosleep(&nap, nullptr);
  }
  kill(-pid, SIGKILL);
  int status = 0;
  waitpid(pid, &status, 0);
  return status;
}

}  // namespace

ProcessResult RunProcess(const std::vector<std::string>& argv, const std::string& input,
                         int timeout_seconds) {
  const std::string dir = MakeTempDir();
  WriteFile(dir + "/in", input);
  std::vector<char*> args;
  for (const std::string& arg : argv) args.push_back(const_cast<char*>(arg.c_str()));
  args.push_back(nullptr);

  pid_t pid = fork();
  LOCKSTEP_CHECK(pid >= 0);
  if (pid == 0) {
    setpgid(0, 0);
    int in = open((dir + "/in").c_str(), O_RDONLY);
    int out = open((dir + "/out").c_str(), O_WRONLY | O_CREAT, 0600);
    int err = open((dir + "/err").c_str(), O_WRONLY | O_CREAT, 0600);
    if (in < 0 || out < 0 || err < 0) _exit(126);
    dup2(in, 0);
    dup2(out, 1);
    dup2(err, 2);
    execvp(args[0], args.data());
    _exit(127);
  }
  setpgid(pid, pid);
  int status = WaitWithTimeout(pid, timeout_seconds);

  ProcessResult result;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = ReadFile(dir + "/out");
  result.err = ReadFile(dir + "/err");
  return result;
}

std::string Runfile(const std::string& workspace_path) {
  const char* root = getenv("TEST_SRCDIR");
  if (!root) return workspace_path;
  return std::string(root) + "/lockstep/" + workspace_path;
}

std::string MakeTempDir() {
  std::string path = TempRoot() + "/testXXXXXX";
  LOCKSTEP_CHECK(mkdtemp(path.data()) != nullptr) << path;
  return path;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  LOCKSTEP_CHECK(file.good()) << "cannot read " << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void WriteFile(const std::string& path, const std::string& contents) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << contents;
  file.flush();
  LOCKSTEP_CHECK(file.good()) << "cannot write " << path;
}

}  // namespace lockstep::testing

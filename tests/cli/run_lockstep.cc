#include "tests/cli/run_lockstep.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace lockstep::clitest {
namespace {

// A tool's path: from the environment, or where Bazel puts it.
std::string Tool(const char* variable, const char* default_path) {
  const char* path = getenv(variable);
  return std::filesystem::absolute(path != nullptr ? path : default_path).string();
}

void Redirect(const std::string& path, int fd) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(file, fd);
  close(file);
}

}  // namespace

std::string Fresh(const std::string& name) {
  static int counter = 0;
  const char* directory = getenv("TEST_TMPDIR");
  return absl::StrCat(directory != nullptr ? directory : "/tmp", "/", getpid(), ".", ++counter, ".",
                      name);
}

std::string Example(const std::string& arguments) {
  return absl::StrCat(Tool("EXAMPLE_PRODUCER", "plugins/sdk/example_producer"),
                      arguments.empty() ? "" : " ", arguments);
}

std::string SumProducer(const std::string& arguments) {
  return absl::StrCat(Tool("SUM_PRODUCER", "tests/cli/sum_producer"), arguments.empty() ? "" : " ",
                      arguments);
}

std::string JitProducer() { return Tool("JIT_PRODUCER", "tests/cli/jit_producer"); }

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

std::string LastLine(const std::string& text) {
  const std::vector<std::string> lines = Lines(text);
  return lines.empty() ? "" : lines.back();
}

Lockstep::Lockstep(const std::vector<std::string>& args,
                   const std::vector<std::string>& environment, const std::string& directory)
    : out_path_(Fresh("out")), err_path_(Fresh("err")) {
  std::vector<std::string> words = {Tool("LOCKSTEP", "coordinator/cli/lockstep")};
  words.insert(words.end(), args.begin(), args.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ != 0) return;
  Redirect(out_path_, STDOUT_FILENO);
  Redirect(err_path_, STDERR_FILENO);
  for (const std::string& entry : environment) putenv(strdup(entry.c_str()));
  if (!directory.empty() && chdir(directory.c_str()) != 0) _exit(126);
  execv(argv[0], argv.data());
  _exit(126);
}

Lockstep::~Lockstep() {
  if (waited_) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Lockstep::Signal(int number) const { kill(pid_, number); }

std::string Lockstep::err() const { return ReadFile(err_path_); }

Result Lockstep::Wait() {
  const absl::Time limit = absl::Now() + absl::Minutes(2);
  int status = 0;
  while (waitpid(pid_, &status, WNOHANG) == 0) {
    if (absl::Now() > limit) {
      ADD_FAILURE() << "lockstep does not end";
      kill(pid_, SIGKILL);
      waitpid(pid_, &status, 0);
      break;
    }
    absl::SleepFor(absl::Milliseconds(2));
  }
  waited_ = true;
  Result result;
  result.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  result.out = ReadFile(out_path_);
  result.err = err();
  return result;
}

Result RunLockstep(const std::vector<std::string>& args,
                   const std::vector<std::string>& environment) {
  return Lockstep(args, environment).Wait();
}

std::vector<pid_t> ProcessesWith(const std::string& text) {
  std::vector<pid_t> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    int pid = 0;
    if (!absl::SimpleAtoi(entry.path().filename().string(), &pid) || pid == getpid()) continue;
    const std::string stat = ReadFile(absl::StrCat("/proc/", pid, "/stat"));
    if (stat.find(") Z ") != std::string::npos) continue;  // dead, its parent has not looked yet
    if (ReadFile(absl::StrCat("/proc/", pid, "/cmdline")).find(text) != std::string::npos) {
      found.push_back(pid);
    }
  }
  return found;
}

}  // namespace lockstep::clitest

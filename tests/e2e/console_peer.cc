#include "tests/e2e/console_peer.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

#include "emulator/base/check.h"
#include "emulator/machine/console_script.h"

namespace lockstep::testing {
namespace {

using machine::ScriptStep;
using Clock = std::chrono::steady_clock;

// Walks through the script as output comes.
class ScriptRunner {
 public:
  explicit ScriptRunner(std::vector<ScriptStep> steps) : steps_(std::move(steps)) {}

  // Takes all output so far; returns what is to be sent now.
  std::string Advance(const std::string& output) {
    std::string input;
    for (; next_ < steps_.size(); ++next_) {
      const ScriptStep& step = steps_[next_];
      if (step.kind == ScriptStep::Kind::kSend) input += step.text;
      if (step.kind != ScriptStep::Kind::kExpect) continue;
      size_t found = output.find(step.text, seen_);
      if (found == std::string::npos) break;
      seen_ = found + step.text.size();
    }
    return input;
  }

 private:
  std::vector<ScriptStep> steps_;
  size_t next_ = 0;
  size_t seen_ = 0;
};

pid_t Start(const std::vector<std::string>& argv, int* to_child, int* from_child) {
  int in[2], out[2];
  LOCKSTEP_CHECK(pipe(in) == 0 && pipe(out) == 0);
  pid_t pid = fork();
  LOCKSTEP_CHECK(pid >= 0);
  if (pid == 0) {
    dup2(in[0], STDIN_FILENO);
    dup2(out[1], STDOUT_FILENO);
    for (int fd : {in[0], in[1], out[0], out[1]}) close(fd);
    std::vector<char*> words;
    for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
    words.push_back(nullptr);
    execvp(words[0], words.data());
    _exit(127);
  }
  close(in[0]);
  close(out[1]);
  *to_child = in[1];
  *from_child = out[0];
  return pid;
}

}  // namespace

ConsoleResult RunWithScript(const std::vector<std::string>& argv, const std::string& script,
                            int timeout_seconds) {
  auto steps = machine::ParseConsoleScript(script);
  LOCKSTEP_CHECK(steps.ok()) << steps.status().ToString();
  ScriptRunner runner(*std::move(steps));
  signal(SIGPIPE, SIG_IGN);
  int to_child = -1, from_child = -1;
  pid_t pid = Start(argv, &to_child, &from_child);
  Clock::time_point deadline = Clock::now() + std::chrono::seconds(timeout_seconds);
  ConsoleResult result;
  while (true) {
    std::string input = runner.Advance(result.output);
    // A child that is gone shows at the next read.
    if (!input.empty() && write(to_child, input.data(), input.size()) < 0) input.clear();
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd poll_fd = {from_child, POLLIN, 0};
    if (left.count() <= 0 || poll(&poll_fd, 1, static_cast<int>(left.count())) <= 0) {
      kill(pid, SIGKILL);
      break;
    }
    char buffer[4096];
    ssize_t got = read(from_child, buffer, sizeof(buffer));
    if (got <= 0) break;
    result.output.append(buffer, static_cast<size_t>(got));
  }
  close(to_child);
  close(from_child);
  int status = 0;
  waitpid(pid, &status, 0);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

std::vector<std::string> QemuCommand(const std::vector<std::string>& extra) {
  std::vector<std::string> argv = {"qemu-system-riscv64",
                                   "-M",
                                   "virt",
                                   "-cpu",
                                   kCommonCpu,
                                   "-icount",
                                   "shift=0,sleep=off",
                                   "-seed",
                                   "1",
                                   "-rtc",
                                   "base=2024-01-01T00:00:00,clock=vm",
                                   "-display",
                                   "none",
                                   "-monitor",
                                   "none",
                                   "-serial",
                                   "stdio"};
  argv.insert(argv.end(), extra.begin(), extra.end());
  return argv;
}

}  // namespace lockstep::testing

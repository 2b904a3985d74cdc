#include "coordinator/ingest/process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lockstep::ingest {
namespace {

using ::testing::HasSubstr;

std::string TempPath(const std::string& name) {
  const char* directory = getenv("TEST_TMPDIR");
  return absl::StrCat(directory != nullptr ? directory : "/tmp", "/", getpid(), ".", name);
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

SpawnOptions Shell(const std::string& script) {
  SpawnOptions options;
  options.argv = {"sh", "-c", script};
  options.stdout_path = TempPath("out");
  options.stderr_path = TempPath("err");
  return options;
}

Exit RunShell(const std::string& script) {
  auto process = Process::Spawn(Shell(script), nullptr);
  EXPECT_TRUE(process.ok()) << process.status();
  return *(*process)->Wait(absl::Seconds(30));
}

// True once the process is gone (a zombie of another parent counts as gone).
bool Gone(pid_t pid) {
  for (int i = 0; i < 500; ++i) {
    const std::string stat = ReadFile(absl::StrCat("/proc/", pid, "/stat"));
    if (stat.empty() || stat.find(") Z ") != std::string::npos) return true;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return false;
}

pid_t PidIn(const std::string& path) {
  int pid = 0;
  for (int i = 0; i < 500; ++i) {
    const std::string text = ReadFile(path);
    if (text.find('\n') != std::string::npos && absl::SimpleAtoi(text, &pid)) return pid;
    absl::SleepFor(absl::Milliseconds(10));
  }
  return 0;
}

TEST(Process, ReportsExitStatusAndOutput) {
  const Exit exit = RunShell("echo hello; echo sorry >&2; exit 7");
  EXPECT_EQ(exit.status, 7);
  EXPECT_EQ(exit.signal, 0);
  EXPECT_GT(exit.peak_rss_bytes, 0u);
  EXPECT_EQ(Describe(exit), "exited with status 7");
  EXPECT_EQ(ReadFile(TempPath("out")), "hello\n");
  EXPECT_EQ(ReadFile(TempPath("err")), "sorry\n");
}

TEST(Process, ReportsTheSignal) {
  const Exit exit = RunShell("kill -SEGV $$");
  EXPECT_EQ(exit.status, 139);
  EXPECT_EQ(exit.signal, SIGSEGV);
  EXPECT_EQ(Describe(exit), "exited with status 139 (SIGSEGV)");
}

TEST(Process, ReadsNothingFromStdin) { EXPECT_EQ(RunShell("read x && exit 1; exit 0").status, 0); }

TEST(Process, PassesEnvironmentAndOneDescriptor) {
  const std::string path = TempPath("fd");
  const int fd = open(path.c_str(), O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
  const int leak = open("/dev/null", O_RDONLY);  // not close-on-exec
  SpawnOptions options =
      Shell("echo written >&3; echo $LOCKSTEP_TEST; ls /proc/self/fd | tr '\\n' ' '");
  options.inherited_fd = fd;
  options.environment = {{"LOCKSTEP_TEST", "value"}};
  auto process = Process::Spawn(options, nullptr);
  ASSERT_TRUE(process.ok()) << process.status();
  EXPECT_EQ((*process)->Wait(absl::Seconds(30))->status, 0);
  EXPECT_EQ(ReadFile(path), "written\n");
  // 4 is the directory that ls reads.
  EXPECT_EQ(ReadFile(options.stdout_path), "value\n0 1 2 3 4 ");
  close(leak);
  close(fd);
}

TEST(Process, HasDefaultSignalHandling) {
  signal(SIGPIPE, SIG_IGN);
  sigset_t blocked, before;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigprocmask(SIG_BLOCK, &blocked, &before);
  RunShell("sed -nE 's/^Sig(Blk|Ign):[[:space:]]*//p' /proc/self/status");
  // The C library keeps signals 32 and 33 to itself: they stay as they were inherited.
  constexpr uint64_t kOrdinary = 0x7fffffff;
  for (const auto& line : absl::StrSplit(ReadFile(TempPath("out")), '\n', absl::SkipEmpty())) {
    EXPECT_EQ(strtoull(std::string(line).c_str(), nullptr, 16) & kOrdinary, 0u) << line;
  }
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

TEST(Process, WaitTimesOutWhileItRuns) {
  auto process = Process::Spawn(Shell("sleep 60"), nullptr);
  ASSERT_TRUE(process.ok());
  EXPECT_EQ((*process)->Wait(absl::Milliseconds(20)), std::nullopt);
  EXPECT_EQ((*process)->Kill().signal, SIGKILL);
  EXPECT_EQ((*process)->Kill().signal, SIGKILL);
}

TEST(Process, KillTakesTheWholeGroup) {
  const std::string path = TempPath("grandchild");
  unlink(path.c_str());
  auto process =
      Process::Spawn(Shell(absl::StrCat("sleep 60 & echo $! >", path, "; wait")), nullptr);
  ASSERT_TRUE(process.ok());
  const pid_t grandchild = PidIn(path);
  ASSERT_GT(grandchild, 0);
  (*process)->Kill();
  EXPECT_TRUE(Gone(grandchild));
}

TEST(Process, WhatTheLeaderLeavesIsKilled) {
  const std::string path = TempPath("orphan");
  unlink(path.c_str());
  EXPECT_EQ(RunShell(absl::StrCat("sleep 60 & echo $! >", path)).status, 0);
  EXPECT_TRUE(Gone(PidIn(path)));
}

TEST(Process, NotFound) {
  SpawnOptions options = Shell("");
  options.argv = {"no-such-program-anywhere"};
  auto process = Process::Spawn(options, nullptr);
  EXPECT_EQ(process.status().message(),
            "cannot start 'no-such-program-anywhere': not found in PATH");
  options.argv = {"/no/such/program"};
  process = Process::Spawn(options, nullptr);
  EXPECT_EQ(process.status().message(),
            "cannot start '/no/such/program': No such file or directory");
}

TEST(Process, NotExecutable) {
  const std::string path = TempPath("script");
  std::ofstream(path) << "plain text";
  SpawnOptions options = Shell("");
  options.argv = {path};
  EXPECT_THAT(std::string(Process::Spawn(options, nullptr).status().message()),
              HasSubstr("Permission denied"));
  chmod(path.c_str(), 0700);
  EXPECT_THAT(std::string(Process::Spawn(options, nullptr).status().message()),
              HasSubstr("Exec format error"));
  std::ofstream(path) << "#!/no/such/interpreter\n";
  EXPECT_THAT(std::string(Process::Spawn(options, nullptr).status().message()),
              HasSubstr("interpreter"));
  options.argv = {"/tmp"};
  EXPECT_THAT(std::string(Process::Spawn(options, nullptr).status().message()),
              HasSubstr("Is a directory"));
}

TEST(Process, UnwritableOutput) {
  SpawnOptions options = Shell("exit 0");
  options.stderr_path = "/no/such/directory/err";
  EXPECT_THAT(std::string(Process::Spawn(options, nullptr).status().message()),
              HasSubstr("cannot write /no/such/directory/err"));
}

// A process like lockstep, killed by SIGKILL: the whole tree below it and its directory go.
TEST(Guard, CleansUpAfterSigkill) {
  const std::string path = TempPath("guarded");
  const std::string directory = TempPath("dir");
  unlink(path.c_str());
  mkdir(directory.c_str(), 0700);
  std::ofstream(directory + "/file") << "x";
  const pid_t pid = fork();
  if (pid == 0) {
    auto guard = Guard::Start(directory);
    auto process = Process::Spawn(
        Shell(absl::StrCat("sh -c 'echo $$ >", path, "; exec sleep 60'; true")), guard->get());
    (*process)->Wait(absl::InfiniteDuration());
    _exit(1);
  }
  const pid_t grandchild = PidIn(path);
  ASSERT_GT(grandchild, 0);
  kill(pid, SIGKILL);
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  EXPECT_TRUE(Gone(grandchild));
  for (int i = 0; i < 500 && access(directory.c_str(), F_OK) == 0; ++i) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  EXPECT_NE(access(directory.c_str(), F_OK), 0);
}

}  // namespace
}  // namespace lockstep::ingest

#include "coordinator/qemu/probe.h"

#include <elf.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "coordinator/ingest/process.h"
#include "coordinator/qemu/command.h"

namespace lockstep::qemu {
namespace {

constexpr size_t kMaxOutput = 1 << 20;
constexpr absl::Duration kPatience = absl::Seconds(20);
// Plugins came with 4.2; what ours uses of them, with 6.0.
constexpr int kOldestMajor = 6;

// Whether an ELF program has no interpreter, and so cannot load a plugin. False for anything else.
bool IsStatic(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  Elf64_Ehdr header;
  if (!in.read(reinterpret_cast<char*>(&header), sizeof(header))) return false;
  if (!std::equal(header.e_ident, header.e_ident + SELFMAG, ELFMAG)) return false;
  if (header.e_ident[EI_CLASS] != ELFCLASS64) return false;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    in.seekg(static_cast<std::streamoff>(header.e_phoff + i * sizeof(segment)));
    if (!in.read(reinterpret_cast<char*>(&segment), sizeof(segment))) return false;
    if (segment.p_type == PT_INTERP) return false;
  }
  return true;
}

// Reads what is written into `fd` to the end, but not for ever.
std::string ReadAll(int fd) {
  std::string text;
  const absl::Time limit = absl::Now() + kPatience;
  char buffer[4096];
  while (text.size() < kMaxOutput && absl::Now() < limit) {
    pollfd waiting = {fd, POLLIN, 0};
    const int64_t left_ms = absl::ToInt64Milliseconds(limit - absl::Now());
    if (poll(&waiting, 1, static_cast<int>(std::max<int64_t>(left_ms, 0))) <= 0) break;
    const ssize_t n = read(fd, buffer, sizeof(buffer));
    if (n <= 0) break;
    text.append(buffer, static_cast<size_t>(n));
  }
  return text;
}

// What the program prints on both outputs.
absl::StatusOr<std::string> OutputOf(const std::string& path, const char* option) {
  int pipe_fds[2];
  if (pipe2(pipe_fds, O_CLOEXEC) != 0) {
    return absl::ResourceExhaustedError(absl::StrCat("cannot make a pipe: ", strerror(errno)));
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], 1);
  posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], 2);
  char* const argv[] = {const_cast<char*>(path.c_str()), const_cast<char*>(option), nullptr};
  pid_t pid = -1;
  const int error = posix_spawn(&pid, path.c_str(), &actions, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(pipe_fds[1]);
  std::string text;
  if (error == 0) {
    text = ReadAll(pipe_fds[0]);
    kill(pid, SIGKILL);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
  }
  close(pipe_fds[0]);
  if (error == 0) return text;
  return absl::Status(absl::ErrnoToStatusCode(error),
                      absl::StrCat("cannot start '", path, "': ", strerror(error)));
}

absl::Status CannotLoad(const std::string& path, const std::string& why) {
  return absl::FailedPreconditionError(absl::StrCat("'", path, "' ", why));
}

}  // namespace

absl::StatusOr<Version> ParseVersion(const std::string& text) {
  const std::string line = text.substr(0, text.find('\n'));
  constexpr absl::string_view kWord = " version ";
  const size_t at = line.find(std::string(kWord));
  Version version;
  if (absl::StrContains(line, "qemu") || absl::StrContains(line, "QEMU")) {
    if (at != std::string::npos) {
      const std::vector<std::string> numbers =
          absl::StrSplit(line.substr(at + kWord.size()), absl::ByAnyChar(". (-+"));
      if (numbers.size() >= 2 && absl::SimpleAtoi(numbers[0], &version.major) &&
          absl::SimpleAtoi(numbers[1], &version.minor)) {
        return version;
      }
    }
  }
  return absl::InvalidArgumentError(absl::StrCat("it says '", line.substr(0, 80), "'"));
}

absl::Status Probe(const std::string& program) {
  absl::StatusOr<std::string> path = ingest::FindProgram(program);
  if (!path.ok()) return path.status();
  if (IsStatic(*path)) {
    return CannotLoad(*path,
                      "is linked statically and cannot load plugins: use a QEMU that is linked "
                      "dynamically (Debian 12's qemu-user is, or one built without --static)");
  }
  absl::StatusOr<std::string> answer = OutputOf(*path, "--version");
  if (!answer.ok()) return answer.status();
  absl::StatusOr<Version> version = ParseVersion(*answer);
  if (!version.ok()) {
    return CannotLoad(*path, absl::StrCat("is named like a QEMU, but does not answer --version as "
                                          "one: ",
                                          std::string(version.status().message())));
  }
  if (version->major < kOldestMajor) {
    return CannotLoad(*path, absl::StrCat("is QEMU ", version->major, ".", version->minor,
                                          ", which is too old for the plugin: use QEMU ",
                                          kOldestMajor, ".0 or later"));
  }
  answer = OutputOf(*path, "-help");
  if (!answer.ok()) return answer.status();
  if (absl::StrContains(*answer, "-plugin")) return absl::OkStatus();
  return CannotLoad(*path,
                    "was built without plugins: use a build with --enable-plugins, as Debian's "
                    "qemu-system-* are");
}

absl::StatusOr<std::string> FindPlugin() {
  const char* given = getenv("LOCKSTEP_QEMU_PLUGIN");
  if (given != nullptr && given[0] != 0) {
    if (access(given, R_OK) == 0) return std::string(given);
    return absl::NotFoundError(
        absl::StrCat("$LOCKSTEP_QEMU_PLUGIN: cannot read '", given, "': ", strerror(errno)));
  }
  char self[4096];
  const ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
  const std::string program(self, n > 0 ? static_cast<size_t>(n) : 0);
  const std::string directory = program.substr(0, program.rfind('/') + 1);
  // Beside this program, in an installation's lib, and in the build's output.
  for (const char* place : {"", "../lib/lockstep/", "../lib/", "../../plugins/qemu/"}) {
    const std::string path = absl::StrCat(directory, place, kPluginName);
    if (access(path.c_str(), R_OK) != 0) continue;
    char* real = realpath(path.c_str(), nullptr);
    const std::string resolved = real != nullptr ? real : path;
    free(real);
    return resolved;
  }
  return absl::NotFoundError(
      absl::StrCat(kPluginName, " is not beside ", program, ": build //plugins/qemu:", kPluginName,
                   ", and name it by LOCKSTEP_QEMU_PLUGIN=PATH in the environment"));
}

}  // namespace lockstep::qemu

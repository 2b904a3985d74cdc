#include "coordinator/cli/run_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace lockstep::cli {
namespace {

absl::Status Error(absl::string_view what, absl::string_view path, int error) {
  return absl::Status(absl::ErrnoToStatusCode(error),
                      absl::StrCat(what, " '", path, "': ", strerror(error)));
}

// Writes all of it and closes `fd`; 0 or errno.
int WriteAndClose(int fd, absl::string_view content) {
  while (!content.empty()) {
    const ssize_t n = write(fd, content.data(), content.size());
    if (n < 0) {
      if (errno == EINTR) continue;
      const int error = errno;
      close(fd);
      return error;
    }
    content.remove_prefix(static_cast<size_t>(n));
  }
  return close(fd) == 0 ? 0 : errno;
}

}  // namespace

absl::StatusOr<RunDirectory> RunDirectory::Create(const std::string& path) {
  std::error_code code;
  std::filesystem::create_directories(path, code);
  if (code) return Error("cannot make the directory", path, code.value());
  RunDirectory directory(path);
  // The report is what matters: find out now, and not after an hour, whether it can be written.
  if (absl::Status s = directory.Write("report.txt", ""); !s.ok()) return s;
  for (const char* name : {"report.txt", "report.json"}) {
    unlink(directory.File(name).c_str());
  }
  return directory;
}

std::string RunDirectory::File(absl::string_view name) const {
  return absl::StrCat(path_, path_.empty() || path_.back() != '/' ? "/" : "", name);
}

absl::Status RunDirectory::Write(absl::string_view name, absl::string_view content) const {
  const std::string path = File(name);
  const std::string temporary = absl::StrCat(path, ".tmp");
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return Error("cannot write", path, errno);
  int error = WriteAndClose(fd, content);
  if (error == 0 && rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return absl::OkStatus();
  unlink(temporary.c_str());
  return Error("cannot write", path, error);
}

absl::StatusOr<std::string> MakePrivateDirectory() {
  // A unix socket's path holds at most 107 bytes.
  constexpr size_t kMaxPath = 80;
  const char* tmpdir = getenv("TMPDIR");
  std::string base = tmpdir != nullptr && *tmpdir == '/' ? tmpdir : "/tmp";
  if (base.size() > kMaxPath) base = "/tmp";
  std::string path = absl::StrCat(base, "/lockstep-XXXXXX");
  if (mkdtemp(path.data()) == nullptr) {
    return Error("cannot make a temporary directory in", base, errno);
  }
  return path;
}

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Error("cannot read", path, errno);
  std::string content;
  char buffer[65536];
  ssize_t n;
  while ((n = read(fd, buffer, sizeof(buffer))) != 0) {
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const int error = errno;
      close(fd);
      return Error("cannot read", path, error);
    }
    content.append(buffer, static_cast<size_t>(n));
    if (content.size() > max_bytes) {
      close(fd);
      return absl::InvalidArgumentError(
          absl::StrCat("cannot read '", path, "': it is larger than ", max_bytes, " bytes"));
    }
  }
  close(fd);
  return content;
}

}  // namespace lockstep::cli

#include "coordinator/net/files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lockstep::net {
namespace {

absl::Status Failed(const std::string& path, int error) {
  return absl::ErrnoToStatus(error, absl::StrCat("cannot read '", path, "'"));
}

absl::StatusOr<std::string> Read(const std::string& path, size_t max_bytes, bool secret) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Failed(path, errno);
  const absl::Cleanup closer = [fd] { close(fd); };
  struct stat info;
  if (fstat(fd, &info) != 0) return Failed(path, errno);
  if (S_ISDIR(info.st_mode)) return Failed(path, EISDIR);
  if (secret && (info.st_mode & 077) != 0) {
    return absl::PermissionDeniedError(
        absl::StrFormat("'%s' holds secrets, but its mode is %04o: other users can get at it; run "
                        "chmod 600 on it",
                        path, info.st_mode & 07777));
  }
  std::string content;
  char buffer[16384];
  for (;;) {
    const ssize_t n = read(fd, buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Failed(path, errno);
    if (n == 0) return content;
    content.append(buffer, static_cast<size_t>(n));
    if (content.size() > max_bytes) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", path, "' has more than ", max_bytes, " bytes"));
    }
  }
}

}  // namespace

absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t max_bytes) {
  return Read(path, max_bytes, /*secret=*/false);
}

absl::StatusOr<std::string> ReadSecretFile(const std::string& path, size_t max_bytes) {
  return Read(path, max_bytes, /*secret=*/true);
}

}  // namespace lockstep::net

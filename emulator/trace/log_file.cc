#include "emulator/trace/log_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace lockstep::trace {

absl::StatusOr<std::unique_ptr<LogFile>> LogFile::Open(const std::string& path) {
  if (path.empty()) return std::unique_ptr<LogFile>(new LogFile(STDERR_FILENO, false));
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot write ", path, " (", std::strerror(errno), "); give another path"));
  }
  return std::unique_ptr<LogFile>(new LogFile(fd, true));
}

LogFile::~LogFile() {
  Flush();
  if (is_ours_) close(fd_);
}

bool LogFile::Flush() {
  size_t done = 0;
  while (done < text_.size() && !is_broken_) {
    const ssize_t n = write(fd_, text_.data() + done, text_.size() - done);
    if (n >= 0) {
      done += static_cast<size_t>(n);
    } else if (errno != EINTR) {
      is_broken_ = true;
    }
  }
  text_.clear();
  return !is_broken_;
}

}  // namespace lockstep::trace

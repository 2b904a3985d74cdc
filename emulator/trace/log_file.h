// Where a trace goes: text, buffered, to a file or to stderr.
//
// Not thread-safe.
#ifndef EMULATOR_TRACE_LOG_FILE_H_
#define EMULATOR_TRACE_LOG_FILE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace lockstep::trace {

class LogFile {
 public:
  // `path` "": stderr. The file is emptied. InvalidArgument: why it cannot be written.
  static absl::StatusOr<std::unique_ptr<LogFile>> Open(const std::string& path);
  // Flushes.
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  // Text to append to; call Written() after each piece.
  std::string& text() { return text_; }
  void Written() {
    if (text_.size() >= kBufferBytes) Flush();
  }
  // False: something could not be written, now or before. What is not written is dropped.
  bool Flush();

 private:
  static constexpr size_t kBufferBytes = size_t{1} << 16;

  explicit LogFile(int fd, bool is_ours) : fd_(fd), is_ours_(is_ours) {}

  const int fd_;
  const bool is_ours_;  // to be closed
  bool is_broken_ = false;
  std::string text_;
};

}  // namespace lockstep::trace

#endif  // EMULATOR_TRACE_LOG_FILE_H_

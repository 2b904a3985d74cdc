#include "emulator/main/terminal.h"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

namespace lockstep::emu {
namespace {

constexpr char kControlA = 1;

// Settings to go back to; read by a signal handler.
termios saved_settings;
volatile int changed_fd = -1;

}  // namespace

std::string EscapeFilter::Take(const std::string& typed) {
  std::string out;
  for (char c : typed) {
    if (!escaped_) {
      if (c == kControlA) {
        escaped_ = true;
      } else {
        out += c;
      }
      continue;
    }
    escaped_ = false;
    if (c == 'x') quit_ = true;
    if (c == kControlA || c == 'a') out += kControlA;
  }
  return out;
}

StdioInput::StdioInput(int fd) : fd_(fd), is_terminal_(isatty(fd) != 0) {
  if (!is_terminal_ || tcgetattr(fd_, &saved_settings) != 0) return;
  termios raw = saved_settings;
  raw.c_iflag &=
      ~static_cast<tcflag_t>(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
  raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  changed_fd = fd_;
  tcsetattr(fd_, TCSANOW, &raw);
}

StdioInput::~StdioInput() { RestoreTerminal(); }

void RestoreTerminal() {
  int fd = changed_fd;
  if (fd < 0) return;
  changed_fd = -1;
  tcsetattr(fd, TCSANOW, &saved_settings);
}

std::string StdioInput::Take(int timeout_ms) {
  pollfd poll_fd = {fd_, POLLIN, 0};
  if (ended_ || poll(&poll_fd, 1, timeout_ms) <= 0) return "";
  char buffer[256];
  ssize_t got = read(fd_, buffer, sizeof(buffer));
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) return "";
  if (got <= 0) {
    ended_ = true;
    return "";
  }
  std::string bytes(buffer, static_cast<size_t>(got));
  return is_terminal_ ? filter_.Take(bytes) : bytes;
}

}  // namespace lockstep::emu

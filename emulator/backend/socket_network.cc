#include "emulator/backend/socket_network.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace lockstep::backend {
namespace {

constexpr size_t kLengthBytes = 4;
constexpr size_t kMaxFrameBytes = 65550;
// What is not sent yet; more is lost.
constexpr size_t kMaxOutBytes = 4 << 20;

class SocketNetwork : public NetLink {
 public:
  // Takes over the descriptors; -1 for none.
  SocketNetwork(int listener, int connection) : listener_(listener), connection_(connection) {}
  ~SocketNetwork() override {
    Disconnect();
    if (listener_ >= 0) close(listener_);
  }

  void Attach(const devices::Clock*) override {}

  void Send(std::span<const uint8_t> frame) override {
    if (connection_ < 0 || out_.size() > kMaxOutBytes) return;
    const size_t n_bytes = frame.size();
    for (int shift = 24; shift >= 0; shift -= 8) {
      out_.push_back(static_cast<uint8_t>(n_bytes >> shift));
    }
    out_.insert(out_.end(), frame.begin(), frame.end());
    Flush();
  }

  void AddPollFds(std::vector<pollfd>* fds, int*) override {
    if (connection_ >= 0) {
      short events = waiting_.size() < kMaxWaiting ? POLLIN : 0;
      if (!out_.empty()) events |= POLLOUT;
      fds->push_back({connection_, events, 0});
    } else if (listener_ >= 0) {
      fds->push_back({listener_, POLLIN, 0});
    }
  }

  void HandlePolled(std::span<const pollfd> fds) override {
    if (fds.empty() || fds[0].revents == 0) return;
    if (connection_ < 0) {
      connection_ = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (connection_ >= 0) SetNoDelay(connection_);
      return;
    }
    if ((fds[0].revents & POLLOUT) != 0) Flush();
    if (connection_ >= 0 && (fds[0].revents & (POLLIN | POLLHUP | POLLERR)) != 0) Receive();
  }

  bool MayCome() const override { return connection_ >= 0 || listener_ >= 0; }

  static void SetNoDelay(int fd) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }

 private:
  void Disconnect() {
    if (connection_ >= 0) close(connection_);
    connection_ = -1;
    in_.clear();
    out_.clear();
  }

  void Flush() {
    size_t done = 0;
    while (done < out_.size()) {
      const ssize_t n =
          send(connection_, out_.data() + done, out_.size() - done, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
      if (n <= 0) {
        Disconnect();
        return;
      }
      done += static_cast<size_t>(n);
    }
    out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(done));
  }

  void Receive() {
    std::array<uint8_t, 64 << 10> buffer;
    const ssize_t n = recv(connection_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (n <= 0) {
      Disconnect();
      return;
    }
    in_.insert(in_.end(), buffer.begin(), buffer.begin() + n);
    size_t start = 0;
    while (in_.size() - start >= kLengthBytes) {
      size_t n_bytes = 0;
      for (size_t i = 0; i < kLengthBytes; ++i) n_bytes = n_bytes << 8 | in_[start + i];
      // No frame is that long: the peer speaks something else.
      if (n_bytes > kMaxFrameBytes) {
        Disconnect();
        return;
      }
      if (in_.size() - start - kLengthBytes < n_bytes) break;
      Take(std::span(in_).subspan(start + kLengthBytes, n_bytes));
      start += kLengthBytes + n_bytes;
    }
    in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(start));
  }

  int listener_;
  int connection_;
  std::vector<uint8_t> in_;   // received, less than a frame
  std::vector<uint8_t> out_;  // not sent yet
};

absl::Status Failed(const SocketNetworkSpec& spec, const std::string& what, const char* advice) {
  return absl::InvalidArgumentError(absl::StrCat(spec.listens ? "listen=" : "connect=", spec.host,
                                                 ":", spec.port, ": ", what, advice));
}

}  // namespace

absl::StatusOr<SocketNetworkSpec> ParseSocketAddress(const std::string& text, bool listens) {
  SocketNetworkSpec spec;
  spec.listens = listens;
  const size_t colon = text.rfind(':');
  uint32_t port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(text.substr(colon + 1), &port) || port == 0 ||
      port > 65535) {
    return absl::InvalidArgumentError(
        absl::StrCat(listens ? "listen=" : "connect=", text, ": not [HOST]:PORT"));
  }
  spec.host = text.substr(0, colon);
  spec.port = static_cast<uint16_t>(port);
  return spec;
}

absl::StatusOr<std::unique_ptr<NetLink>> OpenSocketNetwork(const SocketNetworkSpec& spec) {
  addrinfo hints = {};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  if (spec.listens) hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const char* host = spec.host.empty() ? (spec.listens ? nullptr : "127.0.0.1") : spec.host.c_str();
  const int error = getaddrinfo(host, std::to_string(spec.port).c_str(), &hints, &found);
  if (error != 0) return Failed(spec, gai_strerror(error), "");
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const int result = spec.listens ? bind(fd, found->ai_addr, found->ai_addrlen)
                                  : connect(fd, found->ai_addr, found->ai_addrlen);
  const int saved_errno = errno;
  freeaddrinfo(found);
  if (result != 0 || (spec.listens && listen(fd, 1) != 0)) {
    close(fd);
    return Failed(spec, strerror(saved_errno),
                  spec.listens ? "; take another port" : "; start the machine that listens first");
  }
  fcntl(fd, F_SETFL, O_NONBLOCK);
  if (spec.listens) return std::make_unique<SocketNetwork>(fd, -1);
  SocketNetwork::SetNoDelay(fd);
  return std::make_unique<SocketNetwork>(-1, fd);
}

}  // namespace lockstep::backend

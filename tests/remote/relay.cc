#include "tests/remote/relay.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "emulator/base/check.h"

namespace lockstep::remotetest {
namespace {

constexpr int kTickMs = 1;

int Connect(const std::string& target) {
  if (absl::StartsWith(target, "unix:")) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    const std::string path = target.substr(5);
    LOCKSTEP_CHECK(path.size() < sizeof(address.sun_path));
    memcpy(address.sun_path, path.data(), path.size());
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return fd;
    close(fd);
    return -1;
  }
  const size_t colon = target.rfind(':');
  int port = 0;
  LOCKSTEP_CHECK(colon != std::string::npos && absl::SimpleAtoi(target.substr(colon + 1), &port));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  LOCKSTEP_CHECK(inet_pton(AF_INET, target.substr(0, colon).c_str(), &address.sin_addr) == 1);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return fd;
  close(fd);
  return -1;
}

bool WriteAll(int fd, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t n = send(fd, data, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

}  // namespace

Relay::Relay(const std::string& target) : target_(target) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  LOCKSTEP_CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  LOCKSTEP_CHECK(listen(listener_, 64) == 0);
  socklen_t size = sizeof(address);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Loop(); });
}

Relay::~Relay() {
  stop_ = true;
  thread_.join();
  for (Pair& pair : pairs_) Close(pair, /*reset=*/true);
  close(listener_);
}

std::string Relay::address() const { return absl::StrCat("127.0.0.1:", port_); }

void Relay::Loop() {
  while (!stop_) {
    std::vector<pollfd> fds = {{listener_, POLLIN, 0}};
    for (const Pair& pair : pairs_) {
      fds.push_back({pair.client, POLLIN, 0});
      fds.push_back({pair.server, POLLIN, 0});
    }
    if (freeze_) {
      poll(nullptr, 0, kTickMs);
    } else {
      poll(fds.data(), fds.size(), kTickMs);
      if (fds[0].revents != 0) Accept();
    }
    for (size_t i = 0; i < pairs_.size();) {
      Pair& pair = pairs_[i];
      const bool cut = pair.cuts_before != cuts_ || refuse_;
      if (!cut && (freeze_ || Pass(pair))) {
        ++i;
        continue;
      }
      const bool lost = cut || (pair.limit != 0 && pair.sent >= pair.limit);
      if (lost) ++lost_;
      Close(pair, lost);
      pairs_.erase(pairs_.begin() + static_cast<ptrdiff_t>(i));
    }
  }
}

void Relay::Accept() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  Pair pair;
  pair.client = client;
  pair.server = refuse_ ? -1 : Connect(target_);
  pair.cuts_before = cuts_;
  if (pair.server < 0) {
    Close(pair, /*reset=*/true);
    return;
  }
  if (doomed_ > 0) {
    --doomed_;
    pair.limit = cut_after_;
  }
  ++accepted_;
  pairs_.push_back(pair);
}

bool Relay::Pass(Pair& pair) {
  char buffer[65536];
  for (const bool from_client : {true, false}) {
    const int from = from_client ? pair.client : pair.server;
    size_t room = sizeof(buffer);
    if (from_client && pair.limit != 0) room = std::min<size_t>(room, pair.limit - pair.sent);
    const ssize_t n = recv(from, buffer, room, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (n <= 0) return false;
    if (!WriteAll(from_client ? pair.server : pair.client, buffer, static_cast<size_t>(n))) {
      return false;
    }
    if (!from_client) continue;
    bytes_ += static_cast<uint64_t>(n);
    pair.sent += static_cast<uint64_t>(n);
    if (pair.limit != 0 && pair.sent >= pair.limit) return false;
  }
  return true;
}

void Relay::Close(Pair& pair, bool reset) {
  for (const int fd : {pair.client, pair.server}) {
    if (fd < 0) continue;
    const linger now = {1, 0};
    if (reset) setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
    close(fd);
  }
}

}  // namespace lockstep::remotetest

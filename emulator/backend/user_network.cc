#include "emulator/backend/user_network.h"

#include <arpa/inet.h>
#include <slirp/libslirp.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "emulator/base/check.h"

namespace lockstep::backend {
namespace {

constexpr uint32_t kNetwork = 0x0a000200, kMask = 0xffffff00, kHost = 0x0a000202,
                   kNameServer = 0x0a000203, kFirstGuest = 0x0a00020f;

in_addr Address(uint32_t address) { return {.s_addr = htonl(address)}; }

class UserNetwork : public NetLink {
 public:
  explicit UserNetwork(const UserNetworkSpec& spec)
      : host_name_(spec.host_name), tftp_directory_(spec.tftp_directory) {
    SlirpConfig config = {};
    config.version = 1;
    config.restricted = spec.restricted;
    config.in_enabled = true;
    config.vnetwork = Address(kNetwork);
    config.vnetmask = Address(kMask);
    config.vhost = Address(kHost);
    config.vdhcp_start = Address(kFirstGuest);
    config.vnameserver = Address(kNameServer);
    if (!host_name_.empty()) config.vhostname = host_name_.c_str();
    if (!tftp_directory_.empty()) config.tftp_path = tftp_directory_.c_str();
    static const SlirpCb kCallbacks = MakeCallbacks();
    slirp_ = slirp_new(&config, &kCallbacks, this);
    LOCKSTEP_CHECK(slirp_ != nullptr);
  }
  ~UserNetwork() override { slirp_cleanup(slirp_); }

  absl::Status Forward(const HostForward& forward) {
    const uint32_t guest = forward.guest_address == 0 ? kFirstGuest : forward.guest_address;
    const int failed = slirp_add_hostfwd(slirp_, forward.is_udp, Address(forward.host_address),
                                         forward.host_port, Address(guest), forward.guest_port);
    if (failed == 0) {
      ++forwards_;
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(absl::StrCat("hostfwd=", forward.text,
                                                   ": cannot listen on the port (", strerror(errno),
                                                   "); take another"));
  }

  void Attach(const devices::Clock* clock) override { clock_ = clock; }
  void Send(std::span<const uint8_t> frame) override {
    slirp_input(slirp_, frame.data(), static_cast<int>(frame.size()));
  }
  void AddPollFds(std::vector<pollfd>* fds, int* wait_ms) override {
    auto timeout_ms = static_cast<uint32_t>(*wait_ms);
    first_ = fds->size();
    fds_ = fds;
    slirp_pollfds_fill(slirp_, &timeout_ms, &UserNetwork::AddPoll, this);
    n_fds_ = fds->size() - first_;
    *wait_ms = std::min(*wait_ms, static_cast<int>(timeout_ms));
  }
  void HandlePolled(std::span<const pollfd> fds) override {
    polled_ = fds;
    slirp_pollfds_poll(slirp_, /*select_error=*/0, &UserNetwork::Polled, this);
  }
  // Sockets beside the ports that are listened on, or those.
  bool MayCome() const override { return n_fds_ != 0 || forwards_ != 0; }

 private:
  struct Timer {
    SlirpTimerCb callback;
    void* argument;
  };

  static UserNetwork* Of(void* opaque) { return static_cast<UserNetwork*>(opaque); }

  static SlirpCb MakeCallbacks() {
    SlirpCb callbacks = {};
    callbacks.send_packet = [](const void* bytes, size_t n_bytes, void* opaque) {
      Of(opaque)->Take({static_cast<const uint8_t*>(bytes), n_bytes});
      return static_cast<ssize_t>(n_bytes);
    };
    callbacks.guest_error = [](const char*, void*) {};
    callbacks.clock_get_ns = [](void* opaque) {
      const devices::Clock* clock = Of(opaque)->clock_;
      return clock == nullptr ? int64_t{0} : static_cast<int64_t>(clock->NowNs());
    };
    // Timers are for IPv6's router advertisements, which are off: they never expire.
    callbacks.timer_new = [](SlirpTimerCb callback, void* argument, void*) -> void* {
      return new Timer{callback, argument};
    };
    callbacks.timer_free = [](void* timer, void*) { delete static_cast<Timer*>(timer); };
    callbacks.timer_mod = [](void*, int64_t, void*) {};
    callbacks.register_poll_fd = [](int, void*) {};
    callbacks.unregister_poll_fd = [](int, void*) {};
    callbacks.notify = [](void*) {};
    return callbacks;
  }

  static int AddPoll(int fd, int events, void* opaque) {
    UserNetwork* self = Of(opaque);
    short wanted = 0;
    if ((events & SLIRP_POLL_IN) != 0) wanted |= POLLIN;
    if ((events & SLIRP_POLL_OUT) != 0) wanted |= POLLOUT;
    if ((events & SLIRP_POLL_PRI) != 0) wanted |= POLLPRI;
    // Errors and hang-ups are told of in any case.
    self->fds_->push_back({fd, wanted, 0});
    return static_cast<int>(self->fds_->size() - self->first_ - 1);
  }
  static int Polled(int index, void* opaque) {
    const short got = Of(opaque)->polled_[static_cast<size_t>(index)].revents;
    int events = 0;
    if ((got & POLLIN) != 0) events |= SLIRP_POLL_IN;
    if ((got & POLLOUT) != 0) events |= SLIRP_POLL_OUT;
    if ((got & POLLPRI) != 0) events |= SLIRP_POLL_PRI;
    if ((got & POLLERR) != 0) events |= SLIRP_POLL_ERR;
    if ((got & POLLHUP) != 0) events |= SLIRP_POLL_HUP;
    return events;
  }

  std::string host_name_, tftp_directory_;
  const devices::Clock* clock_ = nullptr;
  Slirp* slirp_ = nullptr;
  size_t forwards_ = 0;
  // Of the poll under way.
  std::vector<pollfd>* fds_ = nullptr;
  size_t first_ = 0;
  size_t n_fds_ = 0;
  std::span<const pollfd> polled_;
};

// "[ADDRESS]:PORT"
bool ParseEnd(absl::string_view text, uint32_t* address, uint16_t* port) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return false;
  const std::string host(text.substr(0, colon));
  in_addr parsed = {};
  if (!host.empty() && inet_pton(AF_INET, host.c_str(), &parsed) != 1) return false;
  *address = ntohl(parsed.s_addr);
  uint32_t number;
  if (!absl::SimpleAtoi(text.substr(colon + 1), &number) || number > 65535) return false;
  *port = static_cast<uint16_t>(number);
  return true;
}

}  // namespace

absl::StatusOr<HostForward> ParseHostForward(const std::string& text) {
  HostForward forward;
  forward.text = text;
  const absl::Status bad = absl::InvalidArgumentError(
      absl::StrCat("hostfwd=", text, ": not tcp:[ADDRESS]:PORT-[ADDRESS]:PORT"));
  const std::pair<absl::string_view, absl::string_view> protocol =
      absl::StrSplit(text, absl::MaxSplits(':', 1));
  if (protocol.first == "udp") {
    forward.is_udp = true;
  } else if (protocol.first != "tcp" && !protocol.first.empty()) {
    return bad;
  }
  const std::pair<absl::string_view, absl::string_view> ends =
      absl::StrSplit(protocol.second, absl::MaxSplits('-', 1));
  if (!ParseEnd(ends.first, &forward.host_address, &forward.host_port) ||
      !ParseEnd(ends.second, &forward.guest_address, &forward.guest_port) ||
      forward.guest_port == 0) {
    return bad;
  }
  return forward;
}

absl::StatusOr<std::unique_ptr<NetLink>> OpenUserNetwork(const UserNetworkSpec& spec) {
  struct stat info;
  if (!spec.tftp_directory.empty() &&
      (stat(spec.tftp_directory.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))) {
    return absl::InvalidArgumentError(absl::StrCat(
        "tftp=", spec.tftp_directory, ": no such directory; give one with the files to offer"));
  }
  auto network = std::make_unique<UserNetwork>(spec);
  for (const HostForward& forward : spec.forwards) {
    absl::Status status = network->Forward(forward);
    if (!status.ok()) return status;
  }
  return network;
}

}  // namespace lockstep::backend

// -netdev user: a network of its own behind libslirp, which reaches the host's network by address
// translation.
//
// The guest is 10.0.2.15 (DHCP says so), the host 10.0.2.2, the name server 10.0.2.3; IPv4 only.
// Source: libslirp 4.7; QEMU's defaults.
#ifndef EMULATOR_BACKEND_USER_NETWORK_H_
#define EMULATOR_BACKEND_USER_NETWORK_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "emulator/backend/network.h"

namespace lockstep::backend {

// A port of the host that leads to one of the guest.
struct HostForward {
  std::string text;  // as written
  bool is_udp = false;
  uint32_t host_address = 0;  // IPv4, first byte highest; 0: any
  uint16_t host_port = 0;
  uint32_t guest_address = 0;  // 0: the first address that DHCP gives
  uint16_t guest_port = 0;
};

struct UserNetworkSpec {
  bool restricted = false;  // no way out of the guest's network
  std::string host_name;    // that DHCP gives the guest
  // Directory of the host whose files the guest may read by TFTP from 10.0.2.2; empty: none. They
  // are sent while the guest asks, so that such a transfer repeats to the instruction.
  std::string tftp_directory;
  std::vector<HostForward> forwards;
};

// "tcp:[ADDRESS]:PORT-[ADDRESS]:PORT"; "tcp" may be left out or be "udp".
absl::StatusOr<HostForward> ParseHostForward(const std::string& text);

// Errors: a port of the host cannot be listened on; tftp_directory is no directory.
absl::StatusOr<std::unique_ptr<NetLink>> OpenUserNetwork(const UserNetworkSpec& spec);

}  // namespace lockstep::backend

#endif  // EMULATOR_BACKEND_USER_NETWORK_H_

// Where a coordinator listens: "HOST:PORT" or "unix:PATH".
//
// Pure functions; nothing is resolved.
#ifndef COORDINATOR_NET_ADDRESS_H_
#define COORDINATOR_NET_ADDRESS_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockstep::net {

struct Address {
  std::string host;   // without brackets; empty for a unix socket
  uint16_t port = 0;  // 0: the system chooses, for a listener
  std::string path;   // of a unix socket

  bool is_unix() const { return host.empty(); }
  // Only processes of this machine can reach it: a unix socket, 127.0.0.0/8, ::1 or "localhost".
  bool is_local() const;
  // As the user writes it, and as gRPC takes it: "[::1]:7070", "unix:/run/s".
  std::string ToString() const;
};

// Reads "HOST:PORT", "[IPV6]:PORT", "unix:PATH" or "unix://PATH". Errors: InvalidArgument, one line
// that says what an address looks like.
absl::StatusOr<Address> ParseAddress(absl::string_view text);

}  // namespace lockstep::net

#endif  // COORDINATOR_NET_ADDRESS_H_

// -netdev socket: frames over a TCP connection to another machine, ours or QEMU's.
//
// Each frame is preceded by its length, 32 bits, highest byte first, as in QEMU. One side listens
// and takes one connection at a time, the other connects when it starts. What is sent while nobody
// is connected is lost, as on a cable that is not plugged in.
#ifndef EMULATOR_BACKEND_SOCKET_NETWORK_H_
#define EMULATOR_BACKEND_SOCKET_NETWORK_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "emulator/backend/network.h"

namespace lockstep::backend {

struct SocketNetworkSpec {
  bool listens = false;   // else it connects
  std::string host = {};  // IPv4 address or name; "": any address to listen on, 127.0.0.1 to reach
  uint16_t port = 0;
};

// "[HOST]:PORT"
absl::StatusOr<SocketNetworkSpec> ParseSocketAddress(const std::string& text, bool listens);

// Errors: the port cannot be listened on, or nobody listens there.
absl::StatusOr<std::unique_ptr<NetLink>> OpenSocketNetwork(const SocketNetworkSpec& spec);

}  // namespace lockstep::backend

#endif  // EMULATOR_BACKEND_SOCKET_NETWORK_H_

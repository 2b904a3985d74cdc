// Sees every call of a stand-alone server: counts how they end, and keeps those of the standard
// services (reflection, channelz) from callers without a token where tokens are demanded.
#ifndef COORDINATOR_SERVER_CALL_WATCH_H_
#define COORDINATOR_SERVER_CALL_WATCH_H_

#include <grpcpp/support/server_interceptor.h>

#include <array>
#include <atomic>
#include <cstdint>

#include "coordinator/server/access.h"

namespace lockstep::server {

// Calls that have ended, by status code. Thread-safe.
class CallCounts {
 public:
  static constexpr size_t kCodes = 17;  // gRPC's codes, 0 to 16
  void Count(grpc::StatusCode code);
  uint64_t of(size_t code) const { return counts_[code]; }

 private:
  std::array<std::atomic<uint64_t>, kCodes> counts_{};
};

// The name of a code as in gRPC's documents: "NOT_FOUND". REQUIRES: code < CallCounts::kCodes.
const char* CodeName(size_t code);

// Makes the interceptor of each call. `counts` and `access` outlive the server.
class CallWatch final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  CallWatch(CallCounts* counts, const Access* access) : counts_(counts), access_(access) {}
  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* info) override;

 private:
  CallCounts* const counts_;
  const Access* const access_;
};

}  // namespace lockstep::server

#endif  // COORDINATOR_SERVER_CALL_WATCH_H_

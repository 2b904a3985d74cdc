#include "coordinator/server/server.h"

#include <chrono>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace lockstep::server {
namespace {

// Batches are 1 MiB of ring slots at most; encoded, with their block infos, hardly more.
constexpr int kMaxReceiveBytes = 8 << 20;
constexpr std::chrono::milliseconds kShutdownGrace(200);
// A peer that is silent for so long is asked whether it is there, and has as long to answer.
constexpr int kKeepaliveMs = 10000;
// What a peer does not read is merged in our queues, which cost nothing, not queued in gRPC's.
constexpr int kWriteBufferBytes = 4096;
// Peers may ask as often as this.
constexpr int kMinPingMs = 5000;

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const std::string& address,
                                                      const store::SymbolSource* symbols,
                                                      const RegistryOptions& options) {
  std::unique_ptr<Server> server(new Server(symbols, options));
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&server->service_);
  builder.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  // Two coordinators on one address would share its instances at random.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_WRITE_BUFFER_SIZE, kWriteBufferBytes);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingMs);
  server->server_ = builder.BuildAndStart();
  if (server->server_ == nullptr) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", address));
  }
  return server;
}

Server::~Server() {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now() + kShutdownGrace);
  server_->Wait();
}

}  // namespace lockstep::server

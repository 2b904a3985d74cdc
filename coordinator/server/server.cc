#include "coordinator/server/server.h"

#include <chrono>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace lockstep::server {
namespace {

// Batches are 1 MiB of ring slots at most; encoded, with their block infos, hardly more.
constexpr int kMaxReceiveBytes = 8 << 20;
constexpr std::chrono::milliseconds kShutdownGrace(200);

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const std::string& address,
                                                      const store::SymbolSource* symbols) {
  std::unique_ptr<Server> server(new Server(symbols));
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&server->service_);
  builder.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  // Two coordinators on one address would share its instances at random.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
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

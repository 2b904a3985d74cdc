#include "coordinator/server/server.h"

#include <grpcpp/ext/channelz_service_plugin.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

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
constexpr absl::Duration kLookAround = absl::Milliseconds(10);
// A connection carries the streams of all instances of one agent process.
constexpr int kMaxStreamsPerConnection = 256;

// Whether somebody answers on this socket: to listen there would take its clients away.
bool IsInUse(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return false;
  memcpy(address.sun_path, path.data(), path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool answers =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(fd);
  return answers;
}

void SetLimits(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  // Two coordinators on one address would share its instances at random.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_WRITE_BUFFER_SIZE, kWriteBufferBytes);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingMs);
}

std::shared_ptr<grpc::ServerCredentials> Credentials(const net::TlsIdentity& tls) {
  if (tls.cert_pem.empty()) return grpc::InsecureServerCredentials();
  grpc::SslServerCredentialsOptions ssl(
      tls.ca_pem.empty() ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                         : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  ssl.pem_root_certs = tls.ca_pem;
  ssl.pem_key_cert_pairs.push_back({tls.key_pem, tls.cert_pem});
  return grpc::SslServerCredentials(ssl);
}

std::chrono::system_clock::time_point Deadline(absl::Duration limit) {
  return absl::ToChronoTime(absl::Now() + limit);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const std::string& address,
                                                      const store::SymbolSource* symbols,
                                                      const RegistryOptions& limits) {
  std::unique_ptr<Server> server(new Server(symbols, limits));
  grpc::ServerBuilder builder;
  SetLimits(builder);
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  if (!server->Build(builder)) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", address));
  }
  return server;
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                      const TokenTable* tokens,
                                                      const store::SymbolSource* symbols) {
  const std::string where = options.address.ToString();
  if (options.address.is_unix() && IsInUse(options.address.path)) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", where, ": another process listens there"));
  }
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::channelz::experimental::InitChannelzService();
  std::unique_ptr<Server> server(new Server(symbols, options.limits));
  server->address_ = options.address;
  if (tokens != nullptr) server->access_.SetTokens(*tokens);
  if (absl::Status s = server->StartKeeping(options); !s.ok()) return s;
  grpc::ServerBuilder builder;
  SetLimits(builder);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsPerConnection);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> watches;
  watches.push_back(std::make_unique<CallWatch>(&server->calls_, &server->access_));
  builder.experimental().SetInterceptorCreators(std::move(watches));
  int port = 0;
  builder.AddListeningPort(where, Credentials(options.tls), &port);
  if (!server->Build(builder) || port == 0) {
    return absl::UnavailableError(absl::StrCat(
        "cannot listen on ", where, ": is the address this machine's, and the port free?"));
  }
  if (!options.address.is_unix()) server->address_.port = static_cast<uint16_t>(port);
  server->server_->GetHealthCheckService()->SetServingStatus("lockstep.v1.Coordinator", true);
  return server;
}

absl::Status Server::StartKeeping(const ServerOptions& options) {
  std::unique_ptr<RunStore> store;
  if (!options.state_dir.empty()) {
    absl::StatusOr<std::unique_ptr<RunStore>> opened = RunStore::Open(options.state_dir);
    if (!opened.ok()) return opened.status();
    store = *std::move(opened);
    const auto warn = [&](const std::string& line) {
      if (options.listeners.warn) options.listeners.warn(line);
    };
    for (std::shared_ptr<Run>& run : store->Load(warn)) registry_.Restore(std::move(run));
  }
  keeper_ = std::make_unique<Keeper>(&registry_, std::move(store), options.listeners);
  if (!options.metrics.has_value()) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<MetricsServer>> metrics =
      MetricsServer::Start(*options.metrics, &registry_, &calls_);
  if (!metrics.ok()) return metrics.status();
  metrics_ = *std::move(metrics);
  return absl::OkStatus();
}

bool Server::Build(grpc::ServerBuilder& builder) {
  builder.RegisterService(&service_);
  server_ = builder.BuildAndStart();
  return server_ != nullptr;
}

Server::~Server() {
  if (server_ != nullptr) {
    server_->Shutdown(std::chrono::system_clock::now() + kShutdownGrace);
    server_->Wait();
  }
  if (keeper_ != nullptr) keeper_->Finish();
}

void Server::Drain(const std::string& reason, absl::Duration limit) {
  const absl::Time end = absl::Now() + limit;
  if (auto* health = server_->GetHealthCheckService(); health != nullptr) {
    health->SetServingStatus(false);
  }
  registry_.Close(reason);
  for (;;) {
    const Population now = registry_.population();
    if (now.waiting + now.comparing == 0 || absl::Now() >= end) break;
    absl::SleepFor(kLookAround);
  }
  if (keeper_ != nullptr) keeper_->Finish();
  server_->Shutdown(Deadline(std::max(end - absl::Now(), absl::Milliseconds(200))));
  server_->Wait();
  server_.reset();
}

}  // namespace lockstep::server

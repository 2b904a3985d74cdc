// A coordinator that listens: the gRPC server around CoordinatorService.
#ifndef COORDINATOR_SERVER_SERVER_H_
#define COORDINATOR_SERVER_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "coordinator/net/address.h"
#include "coordinator/net/certificate.h"
#include "coordinator/server/access.h"
#include "coordinator/server/call_watch.h"
#include "coordinator/server/keeper.h"
#include "coordinator/server/metrics.h"
#include "coordinator/server/registry.h"
#include "coordinator/server/service.h"
#include "coordinator/store/symbol_source.h"

namespace lockstep::server {

// Of a coordinator of its own.
struct ServerOptions {
  net::Address address;  // port 0: the system chooses
  net::TlsIdentity tls;  // without a certificate: no TLS; with a ca, clients must have one of it
  RegistryOptions limits;
  std::optional<net::Address> metrics;  // where Prometheus is answered
  std::string state_dir;                // where journals are kept; empty: nowhere
  Keeper::Listeners listeners;
};

class Server {
 public:
  // Listens on `address`, a gRPC address: "unix:/path/of/socket". There is no encryption and no
  // authentication: whoever can open the socket may take part. `symbols` outlives the server.
  // Errors: Unavailable when it cannot listen there.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const std::string& address,
                                                       const store::SymbolSource* symbols,
                                                       const RegistryOptions& limits = {});

  // A server of its own, with the standard services (health, reflection, channelz). Errors:
  // Unavailable when it cannot listen there; as RunStore::Open().
  // `tokens` are demanded from the first call on; null: none are.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       const TokenTable* tokens,
                                                       const store::SymbolSource* symbols);

  // Cancels what still runs, and waits.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Where it listens, with the port that was chosen.
  const net::Address& address() const { return address_; }
  const MetricsServer* metrics() const { return metrics_.get(); }  // null: none
  Access* access() { return &access_; }

  // Ends all runs with `reason`; returns when they have their reports and whoever was connected
  // has them too, or after `limit`. No new runs and calls from then on.
  void Drain(const std::string& reason, absl::Duration limit);

 private:
  Server(const store::SymbolSource* symbols, const RegistryOptions& limits)
      : registry_(symbols, limits), service_(&registry_, &access_) {}

  // The threads beside the calls: keeper and metrics. Errors: as RunStore::Open(), MetricsServer.
  absl::Status StartKeeping(const ServerOptions& options);
  // Listens where the builder says. False if that cannot be.
  bool Build(grpc::ServerBuilder& builder);

  Access access_;
  CallCounts calls_;
  // Null: embedded in a run. Outlives the runs, which tell it when they end.
  std::unique_ptr<Keeper> keeper_;
  Registry registry_;
  CoordinatorService service_;
  std::unique_ptr<MetricsServer> metrics_;
  net::Address address_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace lockstep::server

#endif  // COORDINATOR_SERVER_SERVER_H_

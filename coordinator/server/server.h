// A coordinator that listens: the gRPC server around CoordinatorService.
#ifndef COORDINATOR_SERVER_SERVER_H_
#define COORDINATOR_SERVER_SERVER_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "coordinator/server/access.h"
#include "coordinator/server/registry.h"
#include "coordinator/server/service.h"
#include "coordinator/store/symbol_source.h"

namespace lockstep::server {

class Server {
 public:
  // Listens on `address`, a gRPC address: "unix:/path/of/socket". There is no encryption and no
  // authentication: whoever can open the socket may take part. `symbols` outlives the server.
  // Errors: Unavailable when it cannot listen there.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const std::string& address,
                                                       const store::SymbolSource* symbols,
                                                       const RegistryOptions& options = {});

  // Cancels what still runs, and waits.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

 private:
  Server(const store::SymbolSource* symbols, const RegistryOptions& options)
      : registry_(symbols, options), service_(&registry_, &access_) {}

  Access access_;
  Registry registry_;
  CoordinatorService service_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace lockstep::server

#endif  // COORDINATOR_SERVER_SERVER_H_

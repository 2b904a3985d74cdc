// The gRPC service of lockstep.v1.Coordinator (proto/lockstep/v1/session.proto), by reactors.
//
// Translates between messages and runs; what the messages mean is decided in run.h. Every value
// from the wire is checked by the converters before it is used.
#ifndef COORDINATOR_SERVER_SERVICE_H_
#define COORDINATOR_SERVER_SERVICE_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/status/status.h"
#include "coordinator/server/access.h"
#include "coordinator/server/registry.h"
#include "proto/lockstep/v1/session.grpc.pb.h"

namespace lockstep::server {

// Thread-safe.
class CoordinatorService final : public lockstep::v1::Coordinator::CallbackService {
 public:
  // `registry` and `access` outlive the service.
  CoordinatorService(Registry* registry, const Access* access)
      : registry_(registry), access_(access) {}

  grpc::ServerUnaryReactor* CreateRun(grpc::CallbackServerContext* context,
                                      const lockstep::v1::CreateRunRequest* request,
                                      lockstep::v1::Run* response) override;
  grpc::ServerBidiReactor<lockstep::v1::ProducerMessage, lockstep::v1::CoordinatorMessage>* Stream(
      grpc::CallbackServerContext* context) override;
  grpc::ServerWriteReactor<lockstep::v1::RunProgress>* WatchRun(
      grpc::CallbackServerContext* context, const lockstep::v1::WatchRunRequest* request) override;
  grpc::ServerUnaryReactor* GetReport(grpc::CallbackServerContext* context,
                                      const lockstep::v1::GetReportRequest* request,
                                      lockstep::v1::Report* response) override;
  grpc::ServerUnaryReactor* GetRun(grpc::CallbackServerContext* context,
                                   const lockstep::v1::GetRunRequest* request,
                                   lockstep::v1::Run* response) override;
  grpc::ServerUnaryReactor* ListRuns(grpc::CallbackServerContext* context,
                                     const lockstep::v1::ListRunsRequest* request,
                                     lockstep::v1::ListRunsResponse* response) override;
  grpc::ServerUnaryReactor* CancelRun(grpc::CallbackServerContext* context,
                                      const lockstep::v1::CancelRunRequest* request,
                                      lockstep::v1::Run* response) override;

 private:
  // The run, if the caller's token is for it. Errors: as Access::Check(), NotFound.
  absl::StatusOr<std::shared_ptr<Run>> FindFor(const grpc::CallbackServerContext& context,
                                               Action action, const std::string& run_id) const;

  Registry* const registry_;
  const Access* const access_;
};

// The same code and text; the two libraries number the codes alike.
grpc::Status ToGrpc(const absl::Status& status);

}  // namespace lockstep::server

#endif  // COORDINATOR_SERVER_SERVICE_H_

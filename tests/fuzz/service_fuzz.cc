// What hostile clients may ask of a coordinator: CreateRun, GetRun, ListRuns, CancelRun, GetReport
// in any order. Each call is answered, and what is answered is what a client accepts.
//
// Input: frames (frames.h). `what` modulo 5: the call, in the order above; the payload is its
// request.
#include <grpcpp/grpcpp.h>
#include <grpcpp/test/default_reactor_test_peer.h>

#include <cstddef>
#include <cstdint>

#include "coordinator/ingest/run_info.h"
#include "coordinator/server/service.h"
#include "coordinator/store/symbol_source.h"
#include "emulator/base/check.h"
#include "tests/fuzz/frames.h"

namespace {

namespace v1 = lockstep::v1;
using lockstep::server::CoordinatorService;

class Client {
 public:
  Client() : registry_(&symbols_, Few()), service_(&registry_, &access_) {}

  void Take(const lockstep::fuzz::Frame& frame) {
    v1::Run run;
    v1::ListRunsResponse runs;
    v1::Report report;
    switch (frame.what % 5) {
      case 0:
        if (Call<v1::CreateRunRequest>(frame, &CoordinatorService::CreateRun, &run)) Check(run);
        break;
      case 1:
        if (Call<v1::GetRunRequest>(frame, &CoordinatorService::GetRun, &run)) Check(run);
        break;
      case 2:
        if (Call<v1::ListRunsRequest>(frame, &CoordinatorService::ListRuns, &runs)) {
          LOCKSTEP_CHECK(lockstep::ingest::PageFrom(runs).ok());
        }
        break;
      case 3:
        if (Call<v1::CancelRunRequest>(frame, &CoordinatorService::CancelRun, &run)) Check(run);
        break;
      default:
        Call<v1::GetReportRequest>(frame, &CoordinatorService::GetReport, &report);
    }
  }

 private:
  static lockstep::server::RegistryOptions Few() {
    lockstep::server::RegistryOptions options;
    options.max_active = 4;
    options.max_ended = 4;
    return options;
  }

  static void Check(const v1::Run& run) {
    const absl::StatusOr<lockstep::ingest::RunInfo> info = lockstep::ingest::InfoFrom(run);
    LOCKSTEP_CHECK(info.ok()) << info.status();
  }

  // True if it was answered with a response.
  template <typename Request, typename Response>
  bool Call(const lockstep::fuzz::Frame& frame,
            grpc::ServerUnaryReactor* (CoordinatorService::*method)(grpc::CallbackServerContext*,
                                                                    const Request*, Response*),
            Response* response) {
    Request request;
    if (!request.ParseFromArray(frame.data, static_cast<int>(frame.size))) return false;
    grpc::CallbackServerContext context;
    grpc::testing::DefaultReactorTestPeer peer(&context);
    (service_.*method)(&context, &request, response);
    LOCKSTEP_CHECK(peer.test_status_set());
    const grpc::Status status = peer.test_status();
    LOCKSTEP_CHECK(status.error_message().find('\n') == std::string::npos);
    return status.ok();
  }

  const lockstep::store::NoSymbols symbols_;
  lockstep::server::Registry registry_;
  const lockstep::server::Access access_;
  CoordinatorService service_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Client client;
  lockstep::fuzz::Frames frames(data, size);
  lockstep::fuzz::Frame frame;
  while (frames.Next(&frame)) client.Take(frame);
  return 0;
}

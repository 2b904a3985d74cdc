// The client's side of the coordinator's service, but for Stream (stream_sink.h).
#ifndef COORDINATOR_INGEST_COORDINATOR_CLIENT_H_
#define COORDINATOR_INGEST_COORDINATOR_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "coordinator/ingest/request.h"
#include "coordinator/ingest/run_info.h"
#include "proto/cc/report.h"
#include "proto/lockstep/v1/session.grpc.pb.h"

namespace lockstep::ingest {

// A run to be made.
struct NewRun : RunSettings {
  std::string id;  // empty: the coordinator chooses
  std::vector<std::string> instances;
  bool narrow = true;  // after a divergence, if the coordinator does that
};

// Calls have a deadline of ten seconds. Errors are the coordinator's, or Unavailable; Internal when
// it answers what no coordinator may. Thread-safe.
class CoordinatorClient {
 public:
  // `address` is a gRPC address that needs no credentials: "unix:/path/of/socket". Connects with
  // the first call.
  explicit CoordinatorClient(const std::string& address);
  // Over a channel of OpenChannel() (channel.h).
  explicit CoordinatorClient(const std::shared_ptr<grpc::Channel>& channel);

  // Makes a run; returns its id.
  absl::StatusOr<std::string> CreateRun(const std::vector<std::string>& instances,
                                        const RunSettings& settings);
  absl::StatusOr<std::string> CreateRun(const NewRun& run);
  absl::StatusOr<RunInfo> GetRun(const std::string& run_id);
  // One page of the list. `token` is the `next` of the page before, or empty.
  absl::StatusOr<RunPage> ListRuns(const std::string& token);
  absl::Status CancelRun(const std::string& run_id, const std::string& reason);
  absl::StatusOr<report::Report> GetReport(const std::string& run_id);

  lockstep::v1::Coordinator::StubInterface* stub() const { return stub_.get(); }

 private:
  std::unique_ptr<lockstep::v1::Coordinator::Stub> stub_;
};

// Follows one run until its verdict. Thread-safe.
class RunWatcher final : private grpc::ClientReadReactor<lockstep::v1::RunProgress> {
 public:
  // `client` outlives the watcher.
  RunWatcher(CoordinatorClient* client, const std::string& run_id, absl::Duration interval);
  // Breaks the call off if it has not ended.
  ~RunWatcher() override;

  // Waits until the call has ended, with the report or an error, or the timeout is over. True if
  // it has ended.
  bool Wait(absl::Duration timeout);

  // Messages that have come: 0 until the coordinator has answered.
  uint64_t messages() const;

  // The newest.
  RunProgress progress() const;

  // Why the call ended: OK after the report. REQUIRES: Wait() has answered true.
  absl::Status status() const;

  // The report with which the call ended. Errors: Unavailable when it ended without.
  // REQUIRES: Wait() has answered true.
  absl::StatusOr<report::Report> Report() const;

 private:
  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  grpc::ClientContext context_;
  lockstep::v1::WatchRunRequest request_;
  lockstep::v1::RunProgress incoming_;  // between StartRead and OnReadDone: gRPC's
  mutable absl::Mutex mutex_;
  RunProgress progress_ ABSL_GUARDED_BY(mutex_);
  uint64_t messages_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<absl::StatusOr<report::Report>> report_ ABSL_GUARDED_BY(mutex_);
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lockstep::ingest

#endif  // COORDINATOR_INGEST_COORDINATOR_CLIENT_H_

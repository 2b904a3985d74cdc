// Everything that `lockstep run` keeps alive during a run: the guard, the embedded coordinator,
// and one agent per instance.
#ifndef COORDINATOR_CLI_SESSION_H_
#define COORDINATOR_CLI_SESSION_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "coordinator/cli/options.h"
#include "coordinator/cli/progress.h"
#include "coordinator/cli/run_directory.h"
#include "coordinator/ingest/agent.h"
#include "coordinator/ingest/coordinator_client.h"
#include "coordinator/ingest/guard.h"
#include "coordinator/ingest/request.h"
#include "coordinator/ingest/stream_sink.h"
#include "coordinator/server/server.h"
#include "coordinator/store/symbol_source.h"
#include "proto/cc/policy.h"
#include "proto/cc/report.h"
#include "proto/cc/state.h"

namespace lockstep::cli {

// Not thread-safe: used from the main thread, which lives longest.
class Session {
 public:
  // How the wait for a verdict ended.
  struct Outcome {
    absl::StatusOr<report::Report> report;
    int interrupt = 0;  // the signal that ended the run before its verdict
  };

  // `symbols` outlives the session. Starts the guard and the coordinator, and makes the run.
  // Errors: one line. REQUIRES: the process has one thread.
  static absl::StatusOr<std::unique_ptr<Session>> Open(const RunOptions& options,
                                                       const policy::Policy& policy,
                                                       const store::SymbolSource* symbols);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const std::string& run_id() const { return run_id_; }
  const std::string& temporary_directory() const { return temporary_; }
  ingest::Guard* guard() const { return guard_.get(); }

  // Starts the instances; those that cannot be started are the run's trouble.
  void StartInstances(const RunDirectory& directory);

  // Waits for the verdict, the options' timeout or an interrupt, and tells `printer` meanwhile.
  Outcome WaitForVerdict(ProgressPrinter* printer);

  // How the process of an instance ended.
  struct InstanceEnd {
    ingest::Exit exit;
    bool by_us = false;  // it was told to, or killed
  };

  // Ends the instances: at once, or when they exit by themselves soon because their streams have
  // ended (`in_order`). One end per instance, absent for one that could not be started.
  std::vector<std::optional<InstanceEnd>> StopInstances(bool in_order);

 private:
  Session(const RunOptions& options, std::string temporary)
      : options_(options), temporary_(std::move(temporary)), start_(absl::Now()) {}

  const RunOptions& options_;
  const std::string temporary_;
  const absl::Time start_;
  ingest::RunSettings settings_;
  std::string run_id_;
  std::unique_ptr<ingest::Guard> guard_;
  std::unique_ptr<server::Server> server_;
  std::unique_ptr<ingest::CoordinatorClient> client_;
  std::unique_ptr<ingest::RunWatcher> watcher_;
  std::vector<std::unique_ptr<ingest::StreamSink>> sinks_;
  std::vector<std::unique_ptr<ingest::Agent>> agents_;  // null: not started
};

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_SESSION_H_

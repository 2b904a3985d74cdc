// Everything that `lockstep run` keeps alive during a run: the guard, the embedded coordinator,
// and one agent per instance; and a second run in its place (second_run.h).
#ifndef COORDINATOR_CLI_SESSION_H_
#define COORDINATOR_CLI_SESSION_H_

#include <cstdint>
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
    // It was ended for another reason: the limit, or that nothing went on.
    bool cut = false;
    absl::Duration still{};  // how long nothing had gone on then
    bool stalled = false;    // `cut` because of that
  };

  // `symbols` outlives the session. Starts the guard and the coordinator, and makes the run.
  // Errors: one line. REQUIRES: the process has one thread.
  static absl::StatusOr<std::unique_ptr<Session>> Open(const RunOptions& options,
                                                       const policy::Policy& policy,
                                                       const store::SymbolSource* symbols);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const std::string& run_id() const { return run_id_; }  // of the newest run
  // Stretches may be told of by sums alone: what goes wrong is to be looked at in a second run.
  bool sums() const { return settings_.sums; }
  const std::string& temporary_directory() const { return temporary_; }
  ingest::Guard* guard() const { return guard_.get(); }

  // Starts the instances; those that cannot be started are the run's trouble.
  void StartInstances(const RunDirectory& directory);

  // Waits for the verdict, the options' timeout (over at `limit`) or an interrupt, and tells
  // `printer` meanwhile. When sums() were asked for also until nothing has gone on for some
  // seconds, if blocks are told of so or none is: what instances that hang have done in their last
  // window is for a second run to say.
  Outcome WaitForVerdict(absl::Time limit, ProgressPrinter* printer);

  // How the process of an instance ended.
  struct InstanceEnd {
    ingest::Exit exit;
    bool by_us = false;  // it was told to, or killed
  };

  // Ends the instances: at once, or when they exit by themselves soon because their streams have
  // ended (`in_order`). One end per instance, absent for one that could not be started.
  std::vector<std::optional<InstanceEnd>> StopInstances(bool in_order);

  // Makes another run of the same instances, to be started anew: without sums, and compared from
  // `start_icount` on. Errors: one line. REQUIRES: StopInstances() was called.
  absl::Status MakeSecondRun(uint64_t start_icount);

 private:
  absl::Status CreateRun();

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

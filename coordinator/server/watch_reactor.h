// The server's side of Coordinator.WatchRun: sends a run's progress, and its report at the end.
#ifndef COORDINATOR_SERVER_WATCH_REACTOR_H_
#define COORDINATOR_SERVER_WATCH_REACTOR_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/time/time.h"
#include "coordinator/server/run.h"
#include "proto/lockstep/v1/session.grpc.pb.h"

namespace lockstep::server {

// Starts to serve a call; the reactor deletes itself at the call's end. `interval` is the least
// time between two messages.
grpc::ServerWriteReactor<lockstep::v1::RunProgress>* NewWatchReactor(std::shared_ptr<Run> run,
                                                                     absl::Duration interval);

// The wire's state of a run.
lockstep::v1::RunState StateOf(Phase phase);

}  // namespace lockstep::server

#endif  // COORDINATOR_SERVER_WATCH_REACTOR_H_

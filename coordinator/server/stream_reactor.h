// The server's side of Coordinator.Stream: one call, one instance.
#ifndef COORDINATOR_SERVER_STREAM_REACTOR_H_
#define COORDINATOR_SERVER_STREAM_REACTOR_H_

#include <grpcpp/grpcpp.h>

#include "coordinator/server/registry.h"
#include "coordinator/server/stream_input.h"
#include "proto/lockstep/v1/session.grpc.pb.h"

namespace lockstep::server {

// Starts to serve a call; the reactor deletes itself at the call's end. `registry` outlives it, and
// what `check` needs; `context` is the call's.
grpc::ServerBidiReactor<lockstep::v1::ProducerMessage, lockstep::v1::CoordinatorMessage>*
NewStreamReactor(Registry* registry, grpc::CallbackServerContext* context, JoinCheck check);

}  // namespace lockstep::server

#endif  // COORDINATOR_SERVER_STREAM_REACTOR_H_

// A connection to a coordinator, with the credentials that it asks for.
//
// One place for everything that `join` and `watch` need to know: address, TLS, token.
#ifndef COORDINATOR_INGEST_CHANNEL_H_
#define COORDINATOR_INGEST_CHANNEL_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/status/statusor.h"
#include "coordinator/ingest/channel_options.h"

namespace lockstep::ingest {

// A channel that sends "authorization: Bearer TOKEN" with every call, if there is a token. Connects
// with the first call; keeps the connection alive; no proxy of the environment is used.
//
// Errors, one line each: InvalidArgument for a bad address, for certificates as net::LoadTls(), for
// a token in the clear to another machine, for TLS on a unix socket; for the token file as
// net::ReadSecretFile().
absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(const ChannelOptions& options);

}  // namespace lockstep::ingest

#endif  // COORDINATOR_INGEST_CHANNEL_H_

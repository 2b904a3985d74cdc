// The log of the gRPC library.
#ifndef COORDINATOR_CLI_QUIET_GRPC_H_
#define COORDINATOR_CLI_QUIET_GRPC_H_

namespace lockstep::cli {

// What goes wrong on the way to the coordinator is reported once, by us; the library's own log, of
// several lines each, is for those who ask for it (GRPC_VERBOSITY).
void QuietGrpc();

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_QUIET_GRPC_H_

// The gRPC library: its log, and how long it lives.
#ifndef COORDINATOR_CLI_QUIET_GRPC_H_
#define COORDINATOR_CLI_QUIET_GRPC_H_

namespace lockstep::cli {

// What goes wrong on the way to the coordinator is reported once, by us; the library's own log, of
// several lines each, is for those who ask for it (GRPC_VERBOSITY).
void QuietGrpc();

// Keeps the library's own threads until the process ends. When its last object goes, it joins them,
// and one of them may be in a poll of ten seconds, now and then several times over. It has threads
// from here on: whoever forks does so before. May be called again.
void KeepGrpc();

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_QUIET_GRPC_H_

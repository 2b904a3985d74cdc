// `lockstep serve`: the coordinator of runs whose instances are on several machines.
#ifndef COORDINATOR_CLI_SERVE_COMMAND_H_
#define COORDINATOR_CLI_SERVE_COMMAND_H_

#include "coordinator/cli/options.h"

namespace lockstep::cli {

// Serves until a signal ends it. Returns the exit status: 0 after a signal, 2 when it cannot begin.
// REQUIRES: the process has one thread.
int ServeCommand(const ServeOptions& options);

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_SERVE_COMMAND_H_

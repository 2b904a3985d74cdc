// `lockstep join`: one instance of a run of a coordinator elsewhere.
#ifndef COORDINATOR_CLI_JOIN_COMMAND_H_
#define COORDINATOR_CLI_JOIN_COMMAND_H_

#include "coordinator/cli/options.h"

namespace lockstep::cli {

// Returns the exit status. REQUIRES: the process has one thread.
int JoinCommand(const JoinOptions& options);

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_JOIN_COMMAND_H_

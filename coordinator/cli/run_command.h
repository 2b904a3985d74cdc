// `lockstep run`: starts the instances, has them compared, and reports.
#ifndef COORDINATOR_CLI_RUN_COMMAND_H_
#define COORDINATOR_CLI_RUN_COMMAND_H_

#include "coordinator/cli/options.h"

namespace lockstep::cli {

// Returns the exit status of the command line contract. REQUIRES: the process has one thread.
int RunCommand(const RunOptions& options);

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_RUN_COMMAND_H_

// `lockstep show`: prints the report of a run again, from its report.json alone.
#ifndef COORDINATOR_CLI_SHOW_COMMAND_H_
#define COORDINATOR_CLI_SHOW_COMMAND_H_

#include "coordinator/cli/options.h"

namespace lockstep::cli {

// Returns the exit status: that of the run which the report is of, or 2.
int ShowCommand(const ShowOptions& options);

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_SHOW_COMMAND_H_

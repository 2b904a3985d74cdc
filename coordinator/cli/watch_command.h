// `lockstep watch`: follows, lists, makes and cancels the runs of a coordinator elsewhere.
#ifndef COORDINATOR_CLI_WATCH_COMMAND_H_
#define COORDINATOR_CLI_WATCH_COMMAND_H_

#include "coordinator/cli/options.h"

namespace lockstep::cli {

// Returns the exit status: of a run that was followed, that of its verdict; 2 for trouble on the
// way; 128 + signal if interrupted, and the run goes on. REQUIRES: the process has one thread.
int WatchCommand(const WatchOptions& options);

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_WATCH_COMMAND_H_

// `lockstep canon`: one memory image from which every emulator starts alike.
#ifndef COORDINATOR_CLI_CANON_COMMAND_H_
#define COORDINATOR_CLI_CANON_COMMAND_H_

#include "coordinator/cli/options.h"

namespace lockstep::cli {

// Returns the exit status of the command line contract: 0, or 2 with one line on stderr.
int CanonCommand(const CanonOptions& options);

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_CANON_COMMAND_H_

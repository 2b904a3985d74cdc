// The instances of a run that are QEMUs: gives them the plugin, and says what keeps them from
// repeating themselves.
#ifndef COORDINATOR_CLI_QEMU_INSTANCES_H_
#define COORDINATOR_CLI_QEMU_INSTANCES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/cli/images.h"
#include "coordinator/cli/options.h"

namespace lockstep::cli {

// Changes the commands of `options` that run a QEMU so that they can take part; every QEMU is asked
// what it is. Returns lines for the user, each about one instance: options that are missing, or (if
// `options.verbose`) what was added. Errors: one line that names the instance.
absl::StatusOr<std::vector<std::string>> PrepareQemus(const LazySymbols& symbols,
                                                      RunOptions& options);

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_QEMU_INSTANCES_H_

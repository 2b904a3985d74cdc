// The file that --policy names.
#ifndef COORDINATOR_CLI_POLICY_FILE_H_
#define COORDINATOR_CLI_POLICY_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "proto/cc/policy.h"

namespace lockstep::cli {

// The default policy when `path` is empty. Errors: one line that names the file, and the line in
// it.
absl::StatusOr<policy::Policy> LoadPolicy(const std::string& path);

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_POLICY_FILE_H_

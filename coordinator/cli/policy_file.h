// The policy that --policy names: a file, or a preset that the binary carries.
#ifndef COORDINATOR_CLI_POLICY_FILE_H_
#define COORDINATOR_CLI_POLICY_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "proto/cc/policy.h"

namespace lockstep::cli {

// `name` is the path of a textproto or, where there is no such file, a preset's name: "default",
// "qemu", "strict". Empty: the default policy.
// Errors: one line that begins with `name`; of a bad policy with place and field.
absl::StatusOr<policy::Policy> LoadPolicy(const std::string& name);

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_POLICY_FILE_H_

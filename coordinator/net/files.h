// Small files that the user names: certificates, keys, tokens.
#ifndef COORDINATOR_NET_FILES_H_
#define COORDINATOR_NET_FILES_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"

namespace lockstep::net {

// The content of a file of at most `max_bytes`. Errors: one line that names it.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path, size_t max_bytes);

// The same for a file that holds secrets: PermissionDenied when its group or others may read or
// write it, as ssh(1) treats private keys.
absl::StatusOr<std::string> ReadSecretFile(const std::string& path, size_t max_bytes);

}  // namespace lockstep::net

#endif  // COORDINATOR_NET_FILES_H_

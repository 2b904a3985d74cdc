#include "coordinator/cli/policy_file.h"

#include "coordinator/cli/run_directory.h"
#include "proto/cc/policy_convert.h"

namespace lockstep::cli {
namespace {

constexpr size_t kMaxPolicyBytes = 1 << 20;

}  // namespace

absl::StatusOr<policy::Policy> LoadPolicy(const std::string& path) {
  if (path.empty()) return policy::Policy();
  absl::StatusOr<std::string> text = ReadFile(path, kMaxPolicyBytes);
  if (!text.ok()) return text.status();
  return wire::ParsePolicy(*text, path);
}

}  // namespace lockstep::cli

#include "coordinator/cli/policy_file.h"

#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "coordinator/cli/presets.h"
#include "coordinator/cli/run_directory.h"
#include "coordinator/detect/checker.h"
#include "proto/cc/policy_convert.h"

namespace lockstep::cli {
namespace {

constexpr size_t kMaxPolicyBytes = 1 << 20;

bool Exists(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0;
}

absl::StatusOr<std::string> TextOf(const std::string& name) {
  if (Exists(name)) return ReadFile(name, kMaxPolicyBytes);
  std::string names;
  for (const Preset& preset : kPresets) {
    if (name == preset.name) return std::string(preset.text);
    absl::StrAppend(&names, names.empty() ? "" : ", ", preset.name);
  }
  return absl::NotFoundError(
      absl::StrCat(name, ": there is no such file, and no such preset: those are ", names));
}

}  // namespace

absl::StatusOr<policy::Policy> LoadPolicy(const std::string& name) {
  if (name.empty()) return policy::Policy();
  absl::StatusOr<std::string> text = TextOf(name);
  if (!text.ok()) return text.status();
  absl::StatusOr<policy::Policy> policy = wire::ParsePolicy(*text, name);
  if (!policy.ok()) return policy;
  if (absl::Status s = detect::CheckPolicy(*policy); !s.ok()) {
    return absl::Status(s.code(), absl::StrCat(name, ": ", std::string(s.message())));
  }
  return policy;
}

}  // namespace lockstep::cli

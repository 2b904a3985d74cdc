// What a user may give as --policy: an error of one line, or a policy whose text means the same.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "emulator/base/check.h"
#include "proto/cc/policy_convert.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<lockstep::policy::Policy> policy =
      lockstep::wire::ParsePolicy(text, "p.txtpb");
  if (!policy.ok()) {
    LOCKSTEP_CHECK(policy.status().message().find('\n') == absl::string_view::npos)
        << policy.status();
    return 0;
  }
  const std::string once = lockstep::wire::PolicyToText(*policy);
  const absl::StatusOr<lockstep::policy::Policy> again =
      lockstep::wire::ParsePolicy(once, "p.txtpb");
  LOCKSTEP_CHECK(again.ok()) << again.status() << "\n" << once;
  LOCKSTEP_CHECK(lockstep::wire::PolicyToText(*again) == once) << once;
  return 0;
}

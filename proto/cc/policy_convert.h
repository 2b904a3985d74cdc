// Converters between the domain type of proto/cc/policy.h, lockstep.v1/policy.proto, and text.
//
// Pure functions. This header needs no generated code.
#ifndef PROTO_CC_POLICY_CONVERT_H_
#define PROTO_CC_POLICY_CONVERT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "proto/cc/policy.h"

namespace lockstep::v1 {
class Policy;
}  // namespace lockstep::v1

namespace lockstep::wire {

// Reads a textproto of lockstep.v1.Policy; what is left out has its default.
// Errors: InvalidArgument, one line: "FILE:LINE:COLUMN: what is wrong; what to do".
absl::StatusOr<policy::Policy> ParsePolicy(absl::string_view text, absl::string_view filename);

// A textproto that ParsePolicy() reads, every field with its value.
std::string PolicyToText(const policy::Policy& policy);

void ToProto(const policy::Policy& policy, v1::Policy* proto);
v1::Policy ToProto(const policy::Policy& policy);
// Errors: InvalidArgument, which names the field.
absl::StatusOr<policy::Policy> FromProto(const v1::Policy& proto);

}  // namespace lockstep::wire

#endif  // PROTO_CC_POLICY_CONVERT_H_

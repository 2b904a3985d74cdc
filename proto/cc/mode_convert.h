// Converters between the enums of proto/cc/mode.h and lockstep.v1/state.proto. Pure functions.
#ifndef PROTO_CC_MODE_CONVERT_H_
#define PROTO_CC_MODE_CONVERT_H_

#include "absl/status/statusor.h"
#include "proto/cc/mode.h"
#include "proto/lockstep/v1/state.pb.h"

namespace lockstep::wire {

// UNSPECIFIED means the default: kBlock, kAuto. InvalidArgument for unknown values.
v1::DigestAt ToProto(state::DigestAt digest_at);
absl::StatusOr<state::DigestAt> FromProto(v1::DigestAt digest_at);
v1::StreamMode ToProto(state::StreamMode mode);
absl::StatusOr<state::StreamMode> FromProto(v1::StreamMode mode);

}  // namespace lockstep::wire

#endif  // PROTO_CC_MODE_CONVERT_H_

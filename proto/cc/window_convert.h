// Converters between the domain types of proto/cc/window.h and lockstep.v1/window.proto.
//
// Pure functions. ToProto() trusts its argument; FromProto() trusts nothing: every length is
// checked, and InvalidArgument names the field and what is wrong. What needs more than one batch
// (numbers without gaps, where windows end) is the receiver's to check.
#ifndef PROTO_CC_WINDOW_CONVERT_H_
#define PROTO_CC_WINDOW_CONVERT_H_

#include "absl/status/statusor.h"
#include "proto/cc/window.h"
#include "proto/lockstep/v1/window.pb.h"

namespace lockstep::wire {

// Most windows of one batch.
inline constexpr uint32_t kMaxWindowRows = 65536;

// Replaces the contents of `proto`, whose memory is used again. REQUIRES: 1 to kMaxWindowRows rows.
void ToProto(const state::WindowBatch& batch, v1::WindowBatch* proto);
absl::StatusOr<state::WindowBatch> FromProto(const v1::WindowBatch& proto);

void ToProto(const state::WindowCredit& credit, v1::WindowCredit* proto);
absl::StatusOr<state::WindowCredit> FromProto(const v1::WindowCredit& proto);

}  // namespace lockstep::wire

#endif  // PROTO_CC_WINDOW_CONVERT_H_

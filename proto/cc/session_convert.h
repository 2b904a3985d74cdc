// Converters between the domain types of proto/cc/window.h and second_pass.h and the messages of
// lockstep.v1/session.proto that carry them.
//
// Pure functions. ToProto() trusts its argument; FromProto() trusts nothing, and InvalidArgument
// names the field and what is wrong.
#ifndef PROTO_CC_SESSION_CONVERT_H_
#define PROTO_CC_SESSION_CONVERT_H_

#include "absl/status/statusor.h"
#include "proto/cc/second_pass.h"
#include "proto/cc/window.h"
#include "proto/lockstep/v1/session.pb.h"

namespace lockstep::wire {

// Most batches of one DetailReply.
inline constexpr int kMaxDetailBatches = 64;

// Sets the fields of Welcome that are of the terms; FromProto() looks at no others.
void ToProto(const state::StreamTerms& terms, v1::Welcome* proto);
absl::StatusOr<state::StreamTerms> FromProto(const v1::Welcome& proto);

// Replaces the contents of `proto`.
void ToProto(const state::DetailRequest& request, v1::DetailRequest* proto);
absl::StatusOr<state::DetailRequest> FromProto(const v1::DetailRequest& proto);

// Replaces the contents of `proto`. REQUIRES: at most kMaxDetailBatches batches.
void ToProto(const state::DetailReply& reply, v1::DetailReply* proto);
absl::StatusOr<state::DetailReply> FromProto(const v1::DetailReply& proto);

// Replaces the contents of `proto`.
void ToProto(const state::Rerun& rerun, v1::Rerun* proto);
absl::StatusOr<state::Rerun> FromProto(const v1::Rerun& proto);

}  // namespace lockstep::wire

#endif  // PROTO_CC_SESSION_CONVERT_H_

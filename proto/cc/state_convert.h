// Converters between the domain types of proto/cc/state.h and lockstep.v1/state.proto.
//
// Pure functions. ToProto() trusts its argument; FromProto() trusts nothing: every length, index
// and enum is checked, and InvalidArgument names the field and what is wrong. What needs more than
// one batch (sequence numbers, ids that were described, icount that goes on) is the receiver's to
// check.
#ifndef PROTO_CC_STATE_CONVERT_H_
#define PROTO_CC_STATE_CONVERT_H_

#include "absl/status/statusor.h"
#include "proto/cc/state.h"
#include "proto/lockstep/v1/state.pb.h"

namespace lockstep::wire {

// Replaces the contents of `proto`, whose memory is used again.
void ToProto(const state::Batch& batch, v1::BlockBatch* proto);
absl::StatusOr<state::Batch> FromProto(const v1::BlockBatch& proto);

void ToProto(const state::ProducerIdentity& identity, v1::ProducerIdentity* proto);
v1::ProducerIdentity ToProto(const state::ProducerIdentity& identity);
absl::StatusOr<state::ProducerIdentity> FromProto(const v1::ProducerIdentity& proto);

void ToProto(const state::Event& event, v1::Event* proto);
absl::StatusOr<state::Event> FromProto(const v1::Event& proto);

void ToProto(const state::BlockInfo& info, v1::BlockInfo* proto);
absl::StatusOr<state::BlockInfo> FromProto(const v1::BlockInfo& proto);

// A mask as a list, and back. Each value may come twice; an unknown one is an error.
void GroupsToProto(state::GroupMask groups, google::protobuf::RepeatedField<int>* proto);
absl::StatusOr<state::GroupMask> GroupsFromProto(const google::protobuf::RepeatedField<int>& proto);

// Number of fields of an event of this kind, 0 for an unknown kind.
uint32_t EventFieldCount(state::EventKind kind);

}  // namespace lockstep::wire

#endif  // PROTO_CC_STATE_CONVERT_H_

#include "proto/cc/session_convert.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/cc/state_convert.h"

namespace lockstep::wire {
namespace {

constexpr uint32_t kMaxVcpus = 64;
// Of the first run, and what is appended to it.
constexpr size_t kMaxRunIdBytes = 80;

}  // namespace

void ToProto(const state::StreamTerms& terms, v1::Welcome* proto) {
  GroupsToProto(terms.groups, proto->mutable_groups());
  proto->set_window_insns(terms.window_insns);
  proto->set_block_digests(terms.block_digests);
  proto->set_compare_tlb_fills(terms.compare_tlb_fills);
}

absl::StatusOr<state::StreamTerms> FromProto(const v1::Welcome& proto) {
  const absl::StatusOr<state::GroupMask> groups = GroupsFromProto(proto.groups());
  if (!groups.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("welcome.", std::string(groups.status().message())));
  }
  return state::StreamTerms{.groups = *groups,
                            .window_insns = proto.window_insns(),
                            .block_digests = proto.block_digests(),
                            .compare_tlb_fills = proto.compare_tlb_fills()};
}

void ToProto(const state::DetailRequest& request, v1::DetailRequest* proto) {
  proto->Clear();
  proto->set_request_id(request.request_id);
  proto->set_vcpu(request.vcpu);
  proto->set_first_icount(request.first_icount);
  proto->set_end_icount(request.end_icount);
}

absl::StatusOr<state::DetailRequest> FromProto(const v1::DetailRequest& proto) {
  if (proto.vcpu() >= kMaxVcpus) {
    return absl::InvalidArgumentError(
        absl::StrCat("detail_request.vcpu: there is no vCPU ", proto.vcpu()));
  }
  if (proto.end_icount() < proto.first_icount()) {
    return absl::InvalidArgumentError(
        absl::StrCat("detail_request.end_icount: ", proto.end_icount(), " is before first_icount, ",
                     proto.first_icount()));
  }
  return state::DetailRequest{.request_id = proto.request_id(),
                              .vcpu = proto.vcpu(),
                              .first_icount = proto.first_icount(),
                              .end_icount = proto.end_icount()};
}

void ToProto(const state::DetailReply& reply, v1::DetailReply* proto) {
  proto->Clear();
  proto->set_request_id(reply.request_id);
  for (const state::Batch& batch : reply.batches) ToProto(batch, proto->add_batches());
  proto->set_more(reply.more);
}

absl::StatusOr<state::DetailReply> FromProto(const v1::DetailReply& proto) {
  if (proto.batches_size() > kMaxDetailBatches) {
    return absl::InvalidArgumentError(absl::StrCat("detail.batches: ", proto.batches_size(),
                                                   " are more than ", kMaxDetailBatches));
  }
  state::DetailReply reply;
  reply.request_id = proto.request_id();
  reply.more = proto.more();
  for (const v1::BlockBatch& batch : proto.batches()) {
    absl::StatusOr<state::Batch> converted = FromProto(batch);
    if (!converted.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("detail.batches.", std::string(converted.status().message())));
    }
    reply.batches.push_back(*std::move(converted));
  }
  return reply;
}

void ToProto(const state::Rerun& rerun, v1::Rerun* proto) {
  proto->Clear();
  proto->set_run_id(rerun.run_id);
  proto->set_vcpu(rerun.pass.vcpu);
  proto->set_silent_until_icount(rerun.pass.silent_until_icount);
  proto->set_stop_at_icount(rerun.pass.stop_at_icount);
  GroupsToProto(rerun.pass.groups, proto->mutable_groups());
  for (int kind = v1::EventKind_MIN + 1; kind <= v1::EventKind_MAX; ++kind) {
    if ((rerun.pass.events >> kind & 1) != 0) proto->add_events(static_cast<v1::EventKind>(kind));
  }
}

absl::StatusOr<state::Rerun> FromProto(const v1::Rerun& proto) {
  if (proto.run_id().empty() || proto.run_id().size() > kMaxRunIdBytes) {
    return absl::InvalidArgumentError(absl::StrCat("stop.rerun.run_id: ", proto.run_id().size(),
                                                   " bytes, not 1 to ", kMaxRunIdBytes));
  }
  if (proto.stop_at_icount() <= proto.silent_until_icount()) {
    return absl::InvalidArgumentError(
        absl::StrCat("stop.rerun.stop_at_icount: ", proto.stop_at_icount(),
                     " is not after silent_until_icount, ", proto.silent_until_icount()));
  }
  if (proto.vcpu() >= kMaxVcpus) {
    return absl::InvalidArgumentError(
        absl::StrCat("stop.rerun.vcpu: ", proto.vcpu(), " is not below ", kMaxVcpus));
  }
  const absl::StatusOr<state::GroupMask> groups = GroupsFromProto(proto.groups());
  if (!groups.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("stop.rerun.", std::string(groups.status().message())));
  }
  state::Rerun rerun;
  rerun.run_id = proto.run_id();
  rerun.pass.vcpu = proto.vcpu();
  rerun.pass.silent_until_icount = proto.silent_until_icount();
  rerun.pass.stop_at_icount = proto.stop_at_icount();
  rerun.pass.groups = *groups;
  for (const int kind : proto.events()) {
    // One that a newer coordinator knows is not missed.
    if (kind > v1::EventKind_MIN && kind <= v1::EventKind_MAX) rerun.pass.events |= 1u << kind;
  }
  return rerun;
}

}  // namespace lockstep::wire

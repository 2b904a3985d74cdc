#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "proto/cc/state_convert.h"

namespace lockstep::wire {
namespace {

constexpr uint32_t kMaxVcpus = 64;
constexpr size_t kMaxProducerBytes = 63;
constexpr size_t kMaxArchBytes = 15;
constexpr int kAbilities = 10;

absl::Status CheckName(absl::string_view field, absl::string_view text, size_t max_bytes) {
  bool printable = !text.empty() && text.size() <= max_bytes;
  for (char c : text) printable = printable && c >= ' ' && c <= '~';
  if (printable) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("identity.", field, ": must be 1 to ", max_bytes, " printable characters"));
}

}  // namespace

void GroupsToProto(state::GroupMask groups, google::protobuf::RepeatedField<int>* proto) {
  proto->Clear();
  for (int g = 0; g < state::kGroups; ++g) {
    if ((groups & 1u << g) != 0) proto->Add(g + 1);
  }
}

absl::StatusOr<state::GroupMask> GroupsFromProto(
    const google::protobuf::RepeatedField<int>& proto) {
  state::GroupMask groups = 0;
  for (int value : proto) {
    if (value < 1 || value > state::kGroups) {
      return absl::InvalidArgumentError(absl::StrCat("groups: unknown digest group ", value));
    }
    groups |= 1u << (value - 1);
  }
  return groups;
}

void ToProto(const state::ProducerIdentity& identity, v1::ProducerIdentity* proto) {
  proto->Clear();
  proto->set_producer(identity.producer);
  proto->set_guest_arch(identity.guest_arch);
  proto->set_vcpus(identity.vcpus);
  GroupsToProto(identity.groups, proto->mutable_groups());
  for (int a = 0; a < kAbilities; ++a) {
    if ((identity.abilities & 1u << a) != 0) proto->add_abilities(static_cast<v1::Ability>(a + 1));
  }
  proto->set_engine(static_cast<v1::Engine>(identity.engine));
}

v1::ProducerIdentity ToProto(const state::ProducerIdentity& identity) {
  v1::ProducerIdentity proto;
  ToProto(identity, &proto);
  return proto;
}

absl::StatusOr<state::ProducerIdentity> FromProto(const v1::ProducerIdentity& proto) {
  absl::Status status = CheckName("producer", proto.producer(), kMaxProducerBytes);
  if (!status.ok()) return status;
  status = CheckName("guest_arch", proto.guest_arch(), kMaxArchBytes);
  if (!status.ok()) return status;
  if (proto.vcpus() == 0 || proto.vcpus() > kMaxVcpus) {
    return absl::InvalidArgumentError(
        absl::StrCat("identity.vcpus: ", proto.vcpus(), " is not in 1..", kMaxVcpus));
  }
  const absl::StatusOr<state::GroupMask> groups = GroupsFromProto(proto.groups());
  if (!groups.ok()) return groups.status();
  state::ProducerIdentity identity;
  identity.producer = proto.producer();
  identity.guest_arch = proto.guest_arch();
  identity.vcpus = proto.vcpus();
  identity.groups = *groups;
  for (int ability : proto.abilities()) {
    if (ability < 1 || ability > kAbilities) {
      return absl::InvalidArgumentError(
          absl::StrCat("identity.abilities: unknown ability ", ability));
    }
    identity.abilities |= 1u << (ability - 1);
  }
  if (!v1::Engine_IsValid(proto.engine())) {
    return absl::InvalidArgumentError(
        absl::StrCat("identity.engine: unknown engine ", static_cast<int>(proto.engine())));
  }
  identity.engine = static_cast<state::Engine>(proto.engine());
  return identity;
}

}  // namespace lockstep::wire

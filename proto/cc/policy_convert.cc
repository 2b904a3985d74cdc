#include "proto/cc/policy_convert.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <climits>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "proto/cc/state_convert.h"
#include "proto/cc/utf8.h"
#include "proto/lockstep/v1/policy.pb.h"

namespace lockstep::wire {
namespace {

constexpr size_t kMaxTextBytes = 1 << 20;
constexpr char kAdvice[] = "; the fields of a policy are in proto/lockstep/v1/policy.proto";

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat("policy.", args...));
}

// Keeps the first error, whose place is the one to look at.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (!message_.empty()) return;
    line_ = std::max(line, 0) + 1;
    column_ = std::max(column, 0) + 1;
    message_ = absl::StrReplaceAll(message, {{"\n", " "}});
    while (!message_.empty() && message_.back() == '.') message_.pop_back();
  }
  std::string Line(absl::string_view filename) const {
    return absl::StrCat(filename, ":", line_, ":", column_, ": ", message_, kAdvice);
  }

 private:
  int line_ = 1;
  int column_ = 1;
  std::string message_;
};

// ":LINE:COLUMN" of the field that a message of FromProto() begins with: "policy.NAME[INDEX]...".
std::string Place(const google::protobuf::TextFormat::ParseInfoTree& tree,
                  absl::string_view message) {
  absl::ConsumePrefix(&message, "policy.");
  const absl::string_view name = message.substr(0, message.find_first_of("[.:"));
  message.remove_prefix(name.size());
  const auto* field =
      v1::Policy::descriptor()->FindFieldByName(std::string(name.data(), name.size()));
  if (field == nullptr) return "";
  int index = field->is_repeated() ? 0 : -1;
  if (absl::ConsumePrefix(&message, "[") &&
      !absl::SimpleAtoi(message.substr(0, message.find(']')), &index)) {
    return "";
  }
  const auto place = tree.GetLocation(field, index);
  if (place.line < 0) return "";
  return absl::StrCat(":", place.line + 1, ":", place.column + 1);
}

}  // namespace

void ToProto(const policy::Policy& policy, v1::Policy* proto) {
  proto->Clear();
  GroupsToProto(policy.groups, proto->mutable_groups());
  for (const policy::CsrMask& mask : policy.csr_masks) {
    v1::CsrMask* out = proto->add_csr_masks();
    out->set_csr(ValidUtf8(mask.csr));
    out->set_ignored_bits(mask.bits);
  }
  for (const policy::Range& range : policy.volatile_ranges) {
    v1::MemoryRange* out = proto->add_volatile_ranges();
    out->set_base(range.base);
    out->set_size_bytes(range.bytes);
  }
  proto->set_tlb_fills(policy.tlb_fills == policy::TlbFills::kCompare ? v1::TLB_FILLS_COMPARE
                                                                      : v1::TLB_FILLS_REPORT);
  proto->set_max_split_insns(policy.max_split_insns);
  proto->set_async_skew_insns(policy.async_skew_insns);
  proto->set_on_divergence(policy.on_divergence == policy::OnDivergence::kDropOutliers
                               ? v1::ON_DIVERGENCE_DROP_OUTLIERS
                               : v1::ON_DIVERGENCE_STOP);
}

v1::Policy ToProto(const policy::Policy& policy) {
  v1::Policy proto;
  ToProto(policy, &proto);
  return proto;
}

absl::StatusOr<policy::Policy> FromProto(const v1::Policy& proto) {
  policy::Policy policy;
  const absl::StatusOr<state::GroupMask> groups = GroupsFromProto(proto.groups());
  if (!groups.ok()) return Invalid(groups.status().message());
  policy.groups = *groups;
  for (int i = 0; i < proto.csr_masks_size(); ++i) {
    const v1::CsrMask& mask = proto.csr_masks(i);
    if (mask.csr().empty()) {
      return Invalid("csr_masks[", i, "].csr: empty; give a register's name");
    }
    if (mask.ignored_bits() == 0) {
      return Invalid("csr_masks[", i, "].ignored_bits: 0 for ", mask.csr(),
                     " ignores nothing; give bits");
    }
    policy.csr_masks.push_back({mask.csr(), mask.ignored_bits()});
  }
  for (int i = 0; i < proto.volatile_ranges_size(); ++i) {
    const v1::MemoryRange& range = proto.volatile_ranges(i);
    if (range.size_bytes() == 0) {
      return Invalid("volatile_ranges[", i, "].size_bytes: 0; give a length");
    }
    if (range.base() + (range.size_bytes() - 1) < range.base()) {
      return Invalid("volatile_ranges[", i,
                     "]: it passes the end of the address space; give a shorter one");
    }
    policy.volatile_ranges.push_back({range.base(), range.size_bytes()});
  }
  switch (proto.tlb_fills()) {
    case v1::TLB_FILLS_UNSPECIFIED:
    case v1::TLB_FILLS_REPORT:
      policy.tlb_fills = policy::TlbFills::kReport;
      break;
    case v1::TLB_FILLS_COMPARE:
      policy.tlb_fills = policy::TlbFills::kCompare;
      break;
    default:
      return Invalid("tlb_fills: unknown value ", static_cast<int>(proto.tlb_fills()));
  }
  if (proto.has_max_split_insns()) policy.max_split_insns = proto.max_split_insns();
  if (policy.max_split_insns == 0) {
    return Invalid("max_split_insns: 0 allows no block; leave it out for 65536");
  }
  policy.async_skew_insns = proto.async_skew_insns();
  switch (proto.on_divergence()) {
    case v1::ON_DIVERGENCE_UNSPECIFIED:
    case v1::ON_DIVERGENCE_STOP:
      policy.on_divergence = policy::OnDivergence::kStop;
      break;
    case v1::ON_DIVERGENCE_DROP_OUTLIERS:
      policy.on_divergence = policy::OnDivergence::kDropOutliers;
      break;
    default:
      return Invalid("on_divergence: unknown value ", static_cast<int>(proto.on_divergence()));
  }
  return policy;
}

absl::StatusOr<policy::Policy> ParsePolicy(absl::string_view text, absl::string_view filename) {
  if (text.size() > kMaxTextBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        filename, ": ", text.size(), " bytes are no policy; give a textproto of at most ",
        kMaxTextBytes, " bytes"));
  }
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  google::protobuf::TextFormat::ParseInfoTree tree;
  parser.WriteLocationsTo(&tree);
  google::protobuf::io::ArrayInputStream input(text.data(), static_cast<int>(text.size()));
  v1::Policy proto;
  if (!parser.Parse(&input, &proto)) return absl::InvalidArgumentError(error.Line(filename));
  absl::StatusOr<policy::Policy> policy = FromProto(proto);
  if (!policy.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(filename, Place(tree, policy.status().message()),
                                                   ": ", policy.status().message()));
  }
  return policy;
}

std::string PolicyToText(const policy::Policy& policy) {
  std::string text;
  google::protobuf::TextFormat::PrintToString(ToProto(policy), &text);
  return text;
}

}  // namespace lockstep::wire

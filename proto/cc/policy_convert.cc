#include "proto/cc/policy_convert.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <climits>
#include <set>
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

// "name[i]", the place where there are more of a list than `max`.
absl::Status TooMany(absl::string_view name, size_t max, const char* advice) {
  return Invalid(name, "[", max, "]: there can be ", max, " at most; ", advice);
}

// `seen` holds the names before. `field` is for the message: "csr_masks[0].csr".
absl::Status CheckCsrName(const std::string& field, const std::string& name,
                          std::set<std::string>* seen) {
  if (name.empty()) return Invalid(field, ": empty; give a register's name");
  const bool printable =
      std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (!printable || name.size() > policy::kMaxCsrNameBytes) {
    return Invalid(field, ": no register has such a name; give 1 to ", policy::kMaxCsrNameBytes,
                   " printable characters");
  }
  if (!seen->insert(name).second) return Invalid(field, ": ", name, " comes twice; give it once");
  return absl::OkStatus();
}

absl::Status RegistersFromProto(const v1::Policy& proto, policy::Policy* policy) {
  std::set<std::string> masked, extra;
  for (int i = 0; i < proto.csr_masks_size(); ++i) {
    const v1::CsrMask& mask = proto.csr_masks(i);
    const std::string place = absl::StrCat("csr_masks[", i, "]");
    if (static_cast<size_t>(i) == policy::kMaxCsrMasks) {
      return TooMany("csr_masks", policy::kMaxCsrMasks, "remove some");
    }
    absl::Status named = CheckCsrName(absl::StrCat(place, ".csr"), mask.csr(), &masked);
    if (!named.ok()) return named;
    if (mask.ignored_bits() == 0) {
      return Invalid(place, ".ignored_bits: 0 for ", mask.csr(), " ignores nothing; give bits");
    }
    policy->csr_masks.push_back({mask.csr(), mask.ignored_bits()});
  }
  for (int i = 0; i < proto.extra_csrs_size(); ++i) {
    if (static_cast<size_t>(i) == policy::kMaxExtraCsrs) {
      return TooMany("extra_csrs", policy::kMaxExtraCsrs, "remove some");
    }
    absl::Status named =
        CheckCsrName(absl::StrCat("extra_csrs[", i, "]"), proto.extra_csrs(i), &extra);
    if (!named.ok()) return named;
    policy->extra_csrs.push_back(proto.extra_csrs(i));
  }
  if (!extra.empty() && policy->groups != 0 &&
      (policy->groups & state::MaskOf(state::Group::kCsr)) == 0) {
    return Invalid("extra_csrs[0]: groups leaves DIGEST_GROUP_CSR out, so that ", *extra.begin(),
                   " would not be compared; add the group or remove extra_csrs");
  }
  return absl::OkStatus();
}

absl::Status RangesFromProto(const v1::Policy& proto, policy::Policy* policy) {
  for (int i = 0; i < proto.volatile_ranges_size(); ++i) {
    const v1::MemoryRange& range = proto.volatile_ranges(i);
    if (static_cast<size_t>(i) == policy::kMaxRanges) {
      return TooMany("volatile_ranges", policy::kMaxRanges, "join some");
    }
    if (range.size_bytes() == 0) {
      return Invalid("volatile_ranges[", i, "].size_bytes: 0; give a length");
    }
    if (range.base() + (range.size_bytes() - 1) < range.base()) {
      return Invalid("volatile_ranges[", i,
                     "]: it passes the end of the address space; give a shorter one");
    }
    policy->volatile_ranges.push_back({range.base(), range.size_bytes()});
  }
  return absl::OkStatus();
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
  for (const std::string& csr : policy.extra_csrs) proto->add_extra_csrs(ValidUtf8(csr));
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
  if (absl::Status s = RegistersFromProto(proto, &policy); !s.ok()) return s;
  if (absl::Status s = RangesFromProto(proto, &policy); !s.ok()) return s;
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

#include "proto/cc/report_convert.h"

#include <google/protobuf/util/json_util.h>

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "proto/cc/mode_convert.h"
#include "proto/cc/report_evidence.h"
#include "proto/cc/state_convert.h"
#include "proto/cc/utf8.h"
#include "proto/lockstep/v1/verdict.pb.h"

namespace lockstep::wire {
namespace {

constexpr uint32_t kFormatVersion = 1;
constexpr uint32_t kMaxVcpus = 64;

template <typename... Args>
absl::Status Invalid(const Args&... args) {
  return absl::InvalidArgumentError(absl::StrCat("report.", args...));
}

void ToProto(const report::Instance& instance, v1::Instance* proto) {
  proto->set_name(ValidUtf8(instance.name));
  proto->set_command(ValidUtf8(instance.command));
  wire::ToProto(instance.identity, proto->mutable_identity());
  proto->set_outlier(instance.outlier);
  proto->set_record_count(instance.records);
  proto->set_block_count(instance.blocks);
  proto->set_end(ValidUtf8(instance.end));
}

template <typename List>
void CausesToProto(const report::SplitCauses& causes, List* list) {
  for (int c = 0; c < report::kSplitCauses; ++c) {
    if (causes[c] == 0) continue;
    v1::SplitCauseCount* out = list->Add();
    out->set_cause(static_cast<v1::SplitCause>(c + 1));
    out->set_count(causes[c]);
  }
}

template <typename List>
absl::StatusOr<report::SplitCauses> CausesFrom(const List& list) {
  report::SplitCauses causes{};
  for (const v1::SplitCauseCount& count : list) {
    const int c = static_cast<int>(count.cause()) - 1;
    if (c < 0 || c >= report::kSplitCauses) {
      return Invalid("compared: unknown cause of splits ", c + 1);
    }
    if (causes[c] != 0) return Invalid("compared: cause of splits ", c + 1, " is given twice");
    causes[c] = count.count();
  }
  return causes;
}

void ToProto(const report::Skew& skew, v1::Skew* proto) {
  proto->set_vcpu(skew.vcpu);
  proto->set_cause(skew.cause);
  proto->set_distance_insns(skew.distance_insns);
  for (const std::optional<uint64_t>& icount : skew.icounts) {
    v1::SkewCell* cell = proto->add_cells();
    if (icount) cell->set_icount(*icount);
  }
}

report::Skew SkewFrom(const v1::Skew& proto) {
  report::Skew skew{proto.vcpu(), proto.cause(), proto.distance_insns(), {}};
  for (const v1::SkewCell& cell : proto.cells()) {
    skew.icounts.push_back(cell.has_icount() ? std::optional<uint64_t>(cell.icount())
                                             : std::nullopt);
  }
  return skew;
}

void ToProto(const report::Compared& compared, v1::Compared* proto) {
  GroupsToProto(compared.groups, proto->mutable_groups());
  proto->set_insns(compared.insns);
  proto->set_blocks(compared.blocks);
  proto->set_records(compared.records);
  proto->set_splits(compared.splits);
  proto->set_skews(compared.skews);
  for (const report::SplitCount& count : compared.split_counts) {
    v1::SplitCount* out = proto->add_split_counts();
    out->set_instance(ValidUtf8(count.instance));
    out->set_splits(count.splits);
    CausesToProto(count.causes, out->mutable_causes());
  }
  proto->set_windows(compared.windows);
  proto->set_detailed_windows(compared.detailed_windows);
  if (compared.digest_at) proto->set_digest_at(wire::ToProto(*compared.digest_at));
  if (compared.stream_mode) proto->set_stream_mode(wire::ToProto(*compared.stream_mode));
  CausesToProto(compared.split_causes, proto->mutable_split_causes());
  for (const report::Skew& skew : compared.skew_list) ToProto(skew, proto->add_skew_list());
  proto->set_max_skew_insns(compared.max_skew_insns);
  proto->mutable_vcpu_insns()->Add(compared.vcpu_insns.begin(), compared.vcpu_insns.end());
  proto->set_sums(compared.sums);
}

absl::StatusOr<report::Instance> InstanceFrom(const v1::Instance& proto) {
  report::Instance instance;
  instance.name = proto.name();
  instance.command = proto.command();
  // Of an instance that never joined nothing is known.
  if (!proto.identity().producer().empty()) {
    absl::StatusOr<state::ProducerIdentity> identity = FromProto(proto.identity());
    if (!identity.ok()) return Invalid("instances.", identity.status().message());
    instance.identity = *std::move(identity);
  }
  instance.outlier = proto.outlier();
  instance.records = proto.record_count();
  instance.blocks = proto.block_count();
  instance.end = proto.end();
  return instance;
}

absl::StatusOr<report::Compared> ComparedFrom(const v1::Compared& proto) {
  const absl::StatusOr<state::GroupMask> groups = GroupsFromProto(proto.groups());
  if (!groups.ok()) return Invalid("compared.", groups.status().message());
  report::Compared compared;
  compared.groups = *groups;
  compared.insns = proto.insns();
  compared.blocks = proto.blocks();
  compared.records = proto.records();
  compared.splits = proto.splits();
  compared.skews = proto.skews();
  for (const v1::SplitCount& count : proto.split_counts()) {
    const absl::StatusOr<report::SplitCauses> causes = CausesFrom(count.causes());
    if (!causes.ok()) return causes.status();
    compared.split_counts.push_back({count.instance(), count.splits(), *causes});
  }
  compared.windows = proto.windows();
  compared.detailed_windows = proto.detailed_windows();
  compared.sums = proto.sums();
  if (proto.digest_at() != v1::DIGEST_AT_UNSPECIFIED) {
    const absl::StatusOr<state::DigestAt> digest_at = wire::FromProto(proto.digest_at());
    if (!digest_at.ok()) return Invalid("compared.", digest_at.status().message());
    compared.digest_at = *digest_at;
  }
  if (proto.stream_mode() != v1::STREAM_MODE_UNSPECIFIED) {
    const absl::StatusOr<state::StreamMode> mode = wire::FromProto(proto.stream_mode());
    if (!mode.ok()) return Invalid("compared.", mode.status().message());
    compared.stream_mode = *mode;
  }
  const absl::StatusOr<report::SplitCauses> causes = CausesFrom(proto.split_causes());
  if (!causes.ok()) return causes.status();
  compared.split_causes = *causes;
  for (const v1::Skew& skew : proto.skew_list()) compared.skew_list.push_back(SkewFrom(skew));
  compared.max_skew_insns = proto.max_skew_insns();
  compared.vcpu_insns.assign(proto.vcpu_insns().begin(), proto.vcpu_insns().end());
  return compared;
}

// protobuf's messages may have several lines.
std::string OneLine(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"\n", " "}, {"\r", " "}});
}

}  // namespace

v1::Outcome ToProto(report::Outcome outcome) {
  return static_cast<v1::Outcome>(static_cast<int>(outcome) + 1);
}

absl::StatusOr<report::Outcome> FromProto(v1::Outcome outcome) {
  if (outcome < v1::OUTCOME_IDENTICAL || outcome > v1::OUTCOME_TROUBLE) {
    return Invalid("outcome: unknown value ", static_cast<int>(outcome));
  }
  return static_cast<report::Outcome>(outcome - 1);
}

void ToProto(const report::Report& report, v1::Report* proto) {
  proto->Clear();
  proto->set_format_version(report.format_version);
  proto->set_run_id(ValidUtf8(report.run_id));
  proto->set_outcome(ToProto(report.outcome));
  ToProto(report.compared, proto->mutable_compared());
  proto->set_vcpus(report.vcpus);
  for (const report::Instance& instance : report.instances) {
    ToProto(instance, proto->add_instances());
  }
  if (report.divergence.has_value()) ToProto(*report.divergence, proto->mutable_divergence());
  if (report.trouble.has_value()) {
    proto->mutable_trouble()->set_instance(ValidUtf8(report.trouble->instance));
    proto->mutable_trouble()->set_reason(ValidUtf8(report.trouble->reason));
    proto->mutable_trouble()->set_nothing_proved(report.trouble->nothing_proved);
  }
  for (const std::string& note : report.notes) proto->add_notes(ValidUtf8(note));
  for (const std::string& command : report.next_commands) {
    proto->add_next_commands(ValidUtf8(command));
  }
  proto->set_elapsed_seconds(report.elapsed_seconds);
}

v1::Report ToProto(const report::Report& report) {
  v1::Report proto;
  ToProto(report, &proto);
  return proto;
}

size_t EncodedBytes(const report::Report& report) { return ToProto(report).ByteSizeLong(); }

absl::StatusOr<report::Report> FromProto(const v1::Report& proto) {
  if (proto.format_version() != kFormatVersion) {
    return Invalid("format_version: ", proto.format_version(), " is unknown; this program reads ",
                   kFormatVersion, ": use the version of lockstep that wrote the report");
  }
  const absl::StatusOr<report::Outcome> outcome = FromProto(proto.outcome());
  if (!outcome.ok()) return outcome.status();
  if (proto.has_divergence() != (*outcome == report::Outcome::kDiverged)) {
    return Invalid("divergence: must be there if and only if the outcome is DIVERGED");
  }
  if (proto.has_trouble() != (*outcome == report::Outcome::kTrouble)) {
    return Invalid("trouble: must be there if and only if the outcome is TROUBLE");
  }
  if (proto.vcpus() == 0 || proto.vcpus() > kMaxVcpus) {
    return Invalid("vcpus: ", proto.vcpus(), " is not in 1..", kMaxVcpus);
  }
  report::Report report;
  report.run_id = proto.run_id();
  report.outcome = *outcome;
  report.vcpus = proto.vcpus();
  absl::StatusOr<report::Compared> compared = ComparedFrom(proto.compared());
  if (!compared.ok()) return compared.status();
  report.compared = *std::move(compared);
  for (const v1::Instance& instance : proto.instances()) {
    absl::StatusOr<report::Instance> value = InstanceFrom(instance);
    if (!value.ok()) return value.status();
    report.instances.push_back(*std::move(value));
  }
  if (proto.has_divergence()) {
    absl::StatusOr<report::Divergence> divergence =
        FromProto(proto.divergence(), report.instances.size());
    if (!divergence.ok()) return Invalid(divergence.status().message());
    report.divergence = *std::move(divergence);
  }
  if (proto.has_trouble()) {
    report.trouble = report::Trouble{proto.trouble().instance(), proto.trouble().reason(),
                                     proto.trouble().nothing_proved()};
  }
  report.notes.assign(proto.notes().begin(), proto.notes().end());
  report.next_commands.assign(proto.next_commands().begin(), proto.next_commands().end());
  report.elapsed_seconds = proto.elapsed_seconds();
  return report;
}

absl::StatusOr<std::string> ReportToJson(const report::Report& report, bool pretty) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = pretty;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(ToProto(report), &json, options);
  if (!status.ok()) {
    return absl::InternalError(
        absl::StrCat("cannot write the report as JSON: ", OneLine(status.ToString())));
  }
  while (!json.empty() && json.back() == '\n') json.pop_back();
  return json;
}

absl::StatusOr<report::Report> ReportFromJson(absl::string_view json) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  v1::Report proto;
  const auto status = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(json.data(), json.size()), &proto, options);
  if (!status.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("not a Lockstep report: ", OneLine(std::string(status.message()))));
  }
  return FromProto(proto);
}

}  // namespace lockstep::wire

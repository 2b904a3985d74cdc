#include "emulator/main/trace_options.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace lockstep::emu {

std::optional<std::string> TraceHelpText(const RawTrace& raw) {
  if (raw.items == "help" || raw.items == "?") return trace::LogHelp();
  if (raw.kinds == "help") return trace::TraceHelp();
  return std::nullopt;
}

absl::StatusOr<trace::Spec> ParseTrace(const RawTrace& raw) {
  trace::Spec spec;
  const auto error = [](absl::string_view option, const absl::Status& status) {
    return absl::InvalidArgumentError(absl::StrCat(option, ": ", status.message()));
  };
  if (!raw.items.empty()) {
    const absl::Status status = trace::AddLogItems(raw.items, &spec);
    if (!status.ok()) return error("-d", status);
  }
  if (!raw.kinds.empty()) {
    const absl::Status status = trace::AddTraceKinds(raw.kinds, &spec);
    if (!status.ok()) return error("--trace", status);
  }
  if (!raw.icount.empty()) {
    absl::StatusOr<trace::Ranges> ranges = trace::ParseRanges(raw.icount);
    if (!ranges.ok()) return error("--trace-icount", ranges.status());
    spec.icount = *std::move(ranges);
  }
  if (!raw.address.empty()) {
    absl::StatusOr<trace::Ranges> ranges = trace::ParseRanges(raw.address);
    if (!ranges.ok()) return error("--trace-address", ranges.status());
    spec.address = *std::move(ranges);
  }
  spec.path = raw.path;
  const bool has_filter = !raw.icount.empty() || !raw.address.empty();
  if (!spec.wants_anything() && raw.items.empty() && (has_filter || !raw.path.empty())) {
    return absl::InvalidArgumentError(
        "-D, --trace-icount and --trace-address say where a trace goes and what of it is wanted; "
        "say with -d or --trace which");
  }
  return spec;
}

absl::StatusOr<StatsOptions> ParseStats(absl::string_view text) {
  StatsOptions stats;
  absl::string_view form = text.substr(0, text.find(','));
  absl::string_view rest = text.substr(form.size());
  if (form == "text" || form.empty()) {
    stats.form = StatsOptions::Form::kText;
  } else if (form == "brief") {
    stats.form = StatsOptions::Form::kBrief;
  } else if (form == "json") {
    stats.form = StatsOptions::Form::kJson;
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("'", form, "' is none of text, brief, json, each with ,file=PATH"));
  }
  if (rest.empty()) return stats;
  if (!absl::ConsumePrefix(&rest, ",file=") || rest.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("'", rest, "' is not ,file=PATH"));
  }
  stats.path = std::string(rest);
  return stats;
}

}  // namespace lockstep::emu

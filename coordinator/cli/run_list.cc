#include "coordinator/cli/run_list.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "coordinator/cli/quantity.h"

namespace lockstep::cli {
namespace {

const char* OutcomeName(report::Outcome outcome) {
  switch (outcome) {
    case report::Outcome::kIdentical:
      return "IDENTICAL";
    case report::Outcome::kDiverged:
      return "DIVERGED";
    case report::Outcome::kTrouble:
      break;
  }
  return "TROUBLE";
}

const char* StateName(ingest::RunInfo::State state) {
  switch (state) {
    case ingest::RunInfo::State::kWaiting:
      return "WAITING";
    case ingest::RunInfo::State::kRunning:
      return "RUNNING";
    case ingest::RunInfo::State::kEnded:
      break;
  }
  return "ENDED";
}

std::string Verdict(const ingest::RunInfo& run) {
  if (run.state == ingest::RunInfo::State::kEnded && run.outcome.has_value()) {
    return OutcomeName(*run.outcome);
  }
  return run.state == ingest::RunInfo::State::kWaiting ? "waiting" : "running";
}

// "A B (C)": those in parentheses have not joined.
std::string Instances(const ingest::RunInfo& run) {
  return absl::StrJoin(run.instances, " ", [&](std::string* out, const std::string& name) {
    const bool joined = std::find(run.joined.begin(), run.joined.end(), name) != run.joined.end();
    absl::StrAppend(out, joined ? "" : "(", name, joined ? "" : ")");
  });
}

// For a terminal.
std::string Harmless(std::string text) {
  for (char& c : text) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = ' ';
  }
  return text;
}

// Names have letters, digits, '-', '_' and '.' on every server that keeps the rules; others' are
// made harmless.
std::string Quoted(const std::string& text) {
  std::string quoted = "\"";
  for (char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u < 0x20 || u >= 0x7f || c == '"' || c == '\\') {
      absl::StrAppend(&quoted, absl::StrFormat("\\u%04x", u));
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

std::string QuotedList(const std::vector<std::string>& texts) {
  return absl::StrCat("[",
                      absl::StrJoin(texts, ", ",
                                    [](std::string* out, const std::string& text) {
                                      absl::StrAppend(out, Quoted(text));
                                    }),
                      "]");
}

}  // namespace

std::string FormatRunList(const std::vector<ingest::RunInfo>& runs, absl::Time now) {
  if (runs.empty()) return "no runs\n";
  size_t width = 3;
  for (const ingest::RunInfo& run : runs) width = std::max(width, run.id.size());
  std::string text = absl::StrFormat("%-*s  %-9s  %9s  %10s  %s\n", width, "RUN", "STATE", "AGE",
                                     "VERIFIED", "INSTANCES (not joined)");
  for (const ingest::RunInfo& run : runs) {
    const std::string age = run.create_time == absl::InfinitePast()
                                ? "?"
                                : FormatClock(std::max(now - run.create_time, absl::Duration()));
    absl::StrAppend(
        &text, absl::StrFormat("%-*s  %-9s  %9s  %10s  %s\n", width, Harmless(run.id), Verdict(run),
                               age, FormatCount(static_cast<double>(run.verified_insns)),
                               Harmless(Instances(run))));
  }
  return text;
}

std::string RunListJson(const std::vector<ingest::RunInfo>& runs) {
  std::string text = "{\"runs\": [";
  for (size_t i = 0; i < runs.size(); ++i) {
    const ingest::RunInfo& run = runs[i];
    absl::StrAppend(&text, i == 0 ? "\n" : ",\n", "  {\"run_id\": ", Quoted(run.id),
                    ", \"state\": \"RUN_STATE_", StateName(run.state), "\"",
                    ", \"instances\": ", QuotedList(run.instances),
                    ", \"joined\": ", QuotedList(run.joined));
    if (run.outcome.has_value()) {
      absl::StrAppend(&text, ", \"outcome\": \"OUTCOME_", OutcomeName(*run.outcome), "\"");
    }
    absl::StrAppend(&text, ", \"verified_insns\": \"", run.verified_insns, "\"");
    if (run.create_time != absl::InfinitePast()) {
      absl::StrAppend(
          &text, ", \"create_time\": \"",
          absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", run.create_time, absl::UTCTimeZone()), "\"");
    }
    text += "}";
  }
  return absl::StrCat(text, runs.empty() ? "" : "\n", "]}");
}

}  // namespace lockstep::cli

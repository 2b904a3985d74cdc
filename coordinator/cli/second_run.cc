#include "coordinator/cli/second_run.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "coordinator/narrow/narrow.h"
#include "proto/cc/mode.h"
#include "proto/cc/state.h"

namespace lockstep::cli {
namespace {

using report::Outcome;
using report::Report;

bool NothingProved(const Report& report) {
  return report.trouble.has_value() && report.trouble->nothing_proved;
}

// The first run's divergence stands, though the second did not show it.
Report NotRepeated(Report first, const Report& second, uint64_t second_start) {
  if (second.outcome == Outcome::kIdentical || NothingProved(second)) {
    first.divergence->narrowing_note = absl::StrFormat(
        "a second run, with blocks from icount %d on, did not repeat it: the instances agree to "
        "their end; is there a source of non-determinism in one of them?",
        second_start);
    return first;
  }
  const report::Trouble trouble = second.trouble.value_or(report::Trouble());
  narrow::NoteNotNarrowed(
      absl::StrCat("in a second run, with blocks, ",
                   trouble.instance.empty() ? "" : trouble.instance + ": ", trouble.reason),
      &first);
  return first;
}

Report Adopt(const Report& first, Report second, uint64_t second_start) {
  second.run_id = first.run_id;
  second.compared.windows += second_start / state::kWindowInsns;
  second.compared.sums = second.compared.sums || second_start != 0;
  if (!first.divergence.has_value()) return second;
  if (first.divergence->tentative) {
    if (second.outcome == Outcome::kDiverged) return second;
    second.notes.push_back(
        absl::StrFormat("compared block by block from icount %d on, where the sums of the "
                        "instances began to differ: "
                        "they cut blocks differently, unless one of them does not repeat itself",
                        second_start));
  } else if (second.divergence.has_value() &&
             second.divergence->icount > first.divergence->icount) {
    second.notes.push_back(absl::StrFormat(
        "a first run, without blocks, differed between icount %d and %d already: is there a source "
        "of non-determinism in one of the instances?",
        first.divergence->last_agreed_icount, first.divergence->icount));
  }
  return second;
}

// Of states that were summed up on every block, and looked at on hardly a window's end: it is not
// known which groups have changed.
bool IsShort(const Report& first) {
  return first.compared.sums && first.compared.digest_at == state::DigestAt::kBlock &&
         first.compared.windows < 2 * uint64_t{first.vcpus};
}

}  // namespace

bool NeedsSecondRun(const Report& first) {
  if (first.outcome == Outcome::kIdentical) return IsShort(first);
  if (first.compared.stream_mode != state::StreamMode::kSparse) return false;
  if (first.compared.sums) return true;
  // Of what was not asked for, TLB fills are missing in the report.
  return !NothingProved(first) &&
         std::any_of(first.instances.begin(), first.instances.end(),
                     [](const report::Instance& instance) {
                       return (instance.identity.abilities & state::kAbilityTlbEvents) != 0;
                     });
}

uint64_t StartOfSecondRun(const Report& first) {
  const bool able = std::all_of(first.instances.begin(), first.instances.end(),
                                [](const report::Instance& instance) {
                                  return (instance.identity.abilities & state::kAbilityStep) != 0;
                                });
  if (!able || first.vcpus > 1 || NothingProved(first)) return 0;
  if (first.outcome == Outcome::kIdentical) return 0;
  const uint64_t agreed =
      first.divergence.has_value() ? first.divergence->last_agreed_icount : first.compared.insns;
  return agreed - agreed % state::kWindowInsns;
}

bool IsTentative(const Report& report) {
  return report.divergence.has_value() && report.divergence->tentative;
}

Report Undecided(Report first, const std::string& reason) {
  first.outcome = Outcome::kTrouble;
  first.divergence.reset();
  for (report::Instance& instance : first.instances) instance.outlier = false;
  first.trouble =
      report::Trouble{"", absl::StrFormat("%s; verified to %d", reason, first.compared.insns)};
  return first;
}

absl::Duration TimeToComeBack(absl::Duration first) { return absl::Seconds(5) + 1.5 * first; }

Report VerdictOfBoth(Ended first, Ended second, uint64_t second_start) {
  Report& before = first.report;
  if (second.report.outcome == Outcome::kDiverged || before.outcome == Outcome::kIdentical ||
      IsTentative(before)) {
    return Adopt(before, std::move(second.report), second_start);
  }
  if (before.outcome == Outcome::kDiverged) {
    return NotRepeated(std::move(before), second.report, second_start);
  }
  // The first one is in trouble.
  bool adopt = true;
  if (second.report.outcome == Outcome::kIdentical) {
    adopt = first.cut || NothingProved(before);
  } else if (NothingProved(second.report)) {
    adopt = NothingProved(before);
  } else if (second.cut) {
    adopt = first.cut;
  }
  return adopt ? Adopt(before, std::move(second.report), second_start) : std::move(before);
}

}  // namespace lockstep::cli

// A run by sums that is not plainly green is run a second time, with blocks: when, from where, and
// which of the two has the verdict.
//
// Pure functions. Source: docs/design/sparse.md, "A run by sums".
#ifndef COORDINATOR_CLI_SECOND_RUN_H_
#define COORDINATOR_CLI_SECOND_RUN_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "proto/cc/report.h"

namespace lockstep::cli {

// One of the two.
struct Ended {
  report::Report report;
  bool cut = false;  // it is in trouble because it was not waited for any longer
};

// Whether the first run leaves something open. Not when it never came to compare, nor when all of
// its blocks are known and so is all else that a report holds. One that is green does when states
// on every block are to be compared and it was too short to show which groups have changed.
bool NeedsSecondRun(const report::Report& first);

// Where the second run begins to compare: the end of the last window that the first one agreed on,
// or 0 where the instances cannot begin there or nothing would be proved by the rest.
uint64_t StartOfSecondRun(const report::Report& first);

// A divergence that takes a second run to be one.
bool IsTentative(const report::Report& report);

// What is left of a run whose divergence is tentative, when there was no second one for this
// reason.
report::Report Undecided(report::Report first, const std::string& reason);

// How long the second run may take to come to where the first one, after so long, stood still.
absl::Duration TimeToComeBack(absl::Duration first);

// The report of both. The second run's verdict holds, but where it does not show what the first one
// has shown: then that stands, and a divergence has a note.
report::Report VerdictOfBoth(Ended first, Ended second, uint64_t second_start);

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_SECOND_RUN_H_

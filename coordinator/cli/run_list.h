// The runs of a coordinator as text and as JSON. Pure functions.
#ifndef COORDINATOR_CLI_RUN_LIST_H_
#define COORDINATOR_CLI_RUN_LIST_H_

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "coordinator/ingest/run_info.h"

namespace lockstep::cli {

// A table with a heading; a line that says so when there are no runs. Ends with a newline. Control
// characters in names become blanks.
std::string FormatRunList(const std::vector<ingest::RunInfo>& runs, absl::Time now);

// {"runs": [{"run_id": ..., "state": "RUN_STATE_WAITING", ...}]}: fields as in lockstep.v1.Run,
// 64-bit numbers as strings. Ends without a newline.
std::string RunListJson(const std::vector<ingest::RunInfo>& runs);

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_RUN_LIST_H_

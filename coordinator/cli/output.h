// Prints reports as the command line contract wants them.
#ifndef COORDINATOR_CLI_OUTPUT_H_
#define COORDINATOR_CLI_OUTPUT_H_

#include <string>

#include "absl/status/status.h"
#include "coordinator/cli/options.h"
#include "proto/cc/report.h"

namespace lockstep::cli {

inline constexpr int kExitIdentical = 0;
inline constexpr int kExitDiverged = 1;
inline constexpr int kExitTrouble = 2;
inline constexpr int kExitBisectSkip = 125;

// 0, 1 or 2; with `bisect` 125 in place of 2.
int StatusOf(report::Outcome outcome, bool bisect);

// "lockstep: message\n" on stderr, on one line whatever the message.
void PrintError(const std::string& message);

// Whether the text on stdout is coloured: NO_COLOR, TERM and the kind of stdout decide for kAuto.
bool UseColor(ColorMode mode);

// The report on stdout: as text, or as one JSON object. Errors: Internal when it cannot be encoded,
// Unavailable when stdout cannot be written.
absl::Status PrintReport(const report::Report& report, bool json, ColorMode color,
                         uint32_t history);

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_OUTPUT_H_

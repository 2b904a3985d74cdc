// Durations and counts of the command line, read and written. Pure functions.
#ifndef COORDINATOR_CLI_QUANTITY_H_
#define COORDINATOR_CLI_QUANTITY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace lockstep::cli {

// "30s", "5m", "1h30m", "250ms", "1.5h"; a bare number is seconds, as with timeout(1).
// Errors: InvalidArgument unless it is finite and greater than zero.
absl::StatusOr<absl::Duration> ParsePositiveDuration(absl::string_view text);

// A count greater than zero: decimal digits, or 0x and hexadecimal digits, or decimal digits and
// one of the decimal multipliers k, M, G, T. Errors: InvalidArgument.
absl::StatusOr<uint64_t> ParsePositiveCount(absl::string_view text);

// Three significant digits and a decimal multiplier: "0", "999", "1.23 k", "81.2 M", "5.00 G".
std::string FormatCount(double count);

// "0:07", "12:34", "1:02:03".
std::string FormatClock(absl::Duration elapsed);

// "512 KiB", "12.3 MiB", "1.50 GiB".
std::string FormatBytes(uint64_t bytes);

}  // namespace lockstep::cli

#endif  // COORDINATOR_CLI_QUANTITY_H_

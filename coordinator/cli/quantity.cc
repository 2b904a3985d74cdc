#include "coordinator/cli/quantity.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace lockstep::cli {
namespace {

// `value` with three significant digits.
std::string ThreeDigits(double value) {
  if (value < 9.995) return absl::StrFormat("%.2f", value);
  if (value < 99.95) return absl::StrFormat("%.1f", value);
  return absl::StrFormat("%.0f", value);
}

uint64_t Multiplier(char suffix) {
  switch (suffix) {
    case 'k':
    case 'K':
      return 1'000;
    case 'M':
      return 1'000'000;
    case 'G':
      return 1'000'000'000;
    case 'T':
      return 1'000'000'000'000;
    default:
      return 0;
  }
}

}  // namespace

absl::StatusOr<absl::Duration> ParsePositiveDuration(absl::string_view text) {
  absl::Duration duration;
  double seconds = 0;
  const bool bare = !text.empty() &&
                    text.find_first_not_of("0123456789.") == absl::string_view::npos &&
                    absl::SimpleAtod(text, &seconds);
  if (bare) {
    duration = absl::Seconds(seconds);
  } else if (!absl::ParseDuration(std::string(text), &duration)) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is not a duration such as 30s, 5m or 1h30m"));
  }
  if (duration <= absl::ZeroDuration() || duration == absl::InfiniteDuration()) {
    return absl::InvalidArgumentError(
        absl::StrCat("duration '", text, "' must be finite and greater than zero"));
  }
  return duration;
}

absl::StatusOr<uint64_t> ParsePositiveCount(absl::string_view text) {
  const absl::Status malformed = absl::InvalidArgumentError(
      absl::StrCat("'", text, "' is not a count greater than zero such as 1000000, 5M or 0x1000"));
  absl::string_view digits = text;
  int base = 10;
  uint64_t multiplier = 1;
  if (digits.size() > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
    base = 16;
    digits.remove_prefix(2);
  } else if (!digits.empty() && Multiplier(digits.back()) != 0) {
    multiplier = Multiplier(digits.back());
    digits.remove_suffix(1);
  }
  uint64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [parsed, error] = std::from_chars(digits.data(), end, value, base);
  if (error != std::errc() || parsed != end || value == 0) return malformed;
  if (value > std::numeric_limits<uint64_t>::max() / multiplier) {
    return absl::InvalidArgumentError(absl::StrCat("count '", text, "' is larger than 2^64 - 1"));
  }
  return value * multiplier;
}

std::string FormatCount(double count) {
  if (count < 999.5) return absl::StrFormat("%.0f", std::max(count, 0.0));
  constexpr absl::string_view kSuffixes = "kMGTPE";
  double scaled = count / 1000;
  size_t i = 0;
  while (scaled >= 999.5 && i + 1 < kSuffixes.size()) {
    scaled /= 1000;
    ++i;
  }
  return absl::StrCat(ThreeDigits(scaled), " ", kSuffixes.substr(i, 1));
}

std::string FormatClock(absl::Duration elapsed) {
  const int64_t seconds = std::max<int64_t>(absl::ToInt64Seconds(elapsed), 0);
  const int64_t hours = seconds / 3600;
  if (hours > 0) {
    return absl::StrFormat("%d:%02d:%02d", hours, seconds / 60 % 60, seconds % 60);
  }
  return absl::StrFormat("%d:%02d", seconds / 60, seconds % 60);
}

std::string FormatBytes(uint64_t bytes) {
  const double kib = static_cast<double>(bytes) / 1024;
  if (kib < 1023.5) return absl::StrFormat("%.0f KiB", kib);
  if (kib / 1024 < 1023.5) return absl::StrCat(ThreeDigits(kib / 1024), " MiB");
  return absl::StrCat(ThreeDigits(kib / 1024 / 1024), " GiB");
}

}  // namespace lockstep::cli

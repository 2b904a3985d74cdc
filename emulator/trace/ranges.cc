#include "emulator/trace/ranges.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace lockstep::trace {
namespace {

std::optional<uint64_t> Number(absl::string_view text) {
  uint64_t value = 0;
  const bool is_hex = absl::StartsWith(text, "0x") || absl::StartsWith(text, "0X");
  const bool ok = is_hex ? absl::SimpleHexAtoi(text, &value) : absl::SimpleAtoi(text, &value);
  // They take blanks and signs at the ends.
  if (!ok || !absl::ascii_isdigit(static_cast<unsigned char>(text.front())) ||
      !absl::ascii_isxdigit(static_cast<unsigned char>(text.back()))) {
    return std::nullopt;
  }
  return value;
}

std::optional<Range> Parse(absl::string_view text) {
  Range range;
  if (const size_t dots = text.find(".."); dots != absl::string_view::npos) {
    const absl::string_view first = text.substr(0, dots), last = text.substr(dots + 2);
    if (first.empty() && last.empty()) return std::nullopt;
    const std::optional<uint64_t> low = first.empty() ? range.first : Number(first);
    const std::optional<uint64_t> high = last.empty() ? range.last : Number(last);
    if (!low.has_value() || !high.has_value() || *low > *high) return std::nullopt;
    return Range{*low, *high};
  }
  const size_t sign = text.find_first_of("+-");
  const std::optional<uint64_t> start = Number(text.substr(0, sign));
  if (!start.has_value()) return std::nullopt;
  if (sign == absl::string_view::npos) return Range{*start, *start};
  const std::optional<uint64_t> count = Number(text.substr(sign + 1));
  if (!count.has_value() || *count == 0) return std::nullopt;
  if (text[sign] == '+') {
    if (*count - 1 > UINT64_MAX - *start) return std::nullopt;
    return Range{*start, *start + (*count - 1)};
  }
  if (*count - 1 > *start) return std::nullopt;
  return Range{*start - (*count - 1), *start};
}

}  // namespace

absl::StatusOr<Ranges> ParseRanges(absl::string_view text) {
  std::vector<Range> ranges;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    const std::optional<Range> range = Parse(part);
    if (!range.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "'", part, "' is not a range: A..B, A.., ..B, A+N, A-N or A, A not above B"));
    }
    ranges.push_back(*range);
  }
  return Ranges(std::move(ranges));
}

}  // namespace lockstep::trace

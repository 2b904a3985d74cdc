// Sets of numbers as ranges: what of a trace is wanted.
#ifndef EMULATOR_TRACE_RANGES_H_
#define EMULATOR_TRACE_RANGES_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockstep::trace {

struct Range {
  uint64_t first = 0;
  uint64_t last = UINT64_MAX;  // inclusive
  friend bool operator==(const Range&, const Range&) = default;
};

// Without ranges: everything.
class Ranges {
 public:
  Ranges() = default;
  explicit Ranges(std::vector<Range> ranges) : ranges_(std::move(ranges)) {}

  const std::vector<Range>& ranges() const { return ranges_; }
  bool is_everything() const { return ranges_.empty(); }
  bool Contains(uint64_t number) const { return Overlaps(number, number); }
  // Whether any number from first to last (inclusive) is in the set.
  bool Overlaps(uint64_t first, uint64_t last) const {
    if (ranges_.empty()) return true;
    for (const Range& range : ranges_) {
      if (first <= range.last && range.first <= last) return true;
    }
    return false;
  }

 private:
  std::vector<Range> ranges_;
};

// A comma list of A..B (both ends included, one may be left out), A+N (N numbers from A on), A-N
// (N numbers up to A) and A; numbers are decimal or 0x. As QEMU's -dfilter.
// Errors: InvalidArgument says what is wrong, without an option's name.
absl::StatusOr<Ranges> ParseRanges(absl::string_view text);

}  // namespace lockstep::trace

#endif  // EMULATOR_TRACE_RANGES_H_

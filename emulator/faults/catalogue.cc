#include "emulator/faults/catalogue.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace lockstep::faults {
namespace {

constexpr FaultInfo kCatalogue[] = {
#define LOCKSTEP_FAULT(id, name, fault_class, instruction, summary) \
  {Fault::id, name, fault_class, instruction, summary},
#include "emulator/faults/catalogue.def"
#include "emulator/faults/catalogue_jit.def"
#undef LOCKSTEP_FAULT
};

// Levenshtein distance: single characters inserted, deleted or replaced.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

// The catalogue's names most like `name`, at most three.
std::vector<std::string> NearNames(std::string_view name) {
  std::vector<std::pair<size_t, std::string>> ranked;
  for (const FaultInfo& info : kCatalogue) {
    ranked.emplace_back(Distance(name, info.name), std::string(info.name));
  }
  std::sort(ranked.begin(), ranked.end());
  ranked.resize(std::min<size_t>(ranked.size(), 3));
  std::vector<std::string> names;
  for (auto& [distance, near_name] : ranked) names.push_back(std::move(near_name));
  return names;
}

}  // namespace

std::span<const FaultInfo> Catalogue() { return kCatalogue; }

absl::StatusOr<Injection> ParseInjection(std::string_view text) {
  constexpr std::string_view kHart = ",hart=";
  const std::string_view whole = text;
  Injection injection;
  if (const size_t comma = text.find(kHart); comma != std::string_view::npos) {
    const std::string_view number = text.substr(comma + kHart.size());
    uint32_t hart = 0;
    if (!absl::SimpleAtoi(absl::string_view(number.data(), number.size()), &hart)) {
      return absl::InvalidArgumentError(absl::StrCat("--inject ", std::string(whole), ": '",
                                                     std::string(number), "' is not a hart"));
    }
    injection.hart = hart;
    text = text.substr(0, comma);
  }
  const size_t at = text.find('@');
  const std::string_view name = text.substr(0, at);
  for (const FaultInfo& info : kCatalogue) {
    if (info.name == name) injection.fault = info.id;
  }
  if (injection.fault == Fault::kNone) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--inject ", std::string(whole), ": no fault is named '", std::string(name),
        "'; nearest: ", absl::StrJoin(NearNames(name), ", "), " (--list-faults shows all)"));
  }
  if (at != std::string_view::npos) {
    const std::string_view count = text.substr(at + 1);
    const bool is_decimal = !count.empty() && std::all_of(count.begin(), count.end(), [](char c) {
      return c >= '0' && c <= '9';
    });
    if (!is_decimal ||
        !absl::SimpleAtoi(absl::string_view(count.data(), count.size()), &injection.from_icount)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--inject ", std::string(whole), ": '", std::string(count),
                       "' is not an instruction count; write NAME@ICOUNT, for example ",
                       std::string(name), "@1000000"));
    }
  }
  return injection;
}

}  // namespace lockstep::faults

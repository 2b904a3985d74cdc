#include "tests/asm/expectations.h"

#include <optional>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "emulator/isa/inst.h"

namespace lockstep::testing {
namespace {

std::optional<uint64_t> ParseNumber(absl::string_view text) {
  uint64_t value;
  if (absl::ConsumePrefix(&text, "0x")) {
    if (absl::SimpleHexAtoi(text, &value)) return value;
  } else if (absl::SimpleAtoi(text, &value)) {
    return value;
  }
  return std::nullopt;
}

bool IsRegister(const std::string& name) {
  static const std::set<std::string>* const kNames = [] {
    auto* names = new std::set<std::string>{"fcsr"};
    for (int i = 0; i < 32; ++i) {
      names->emplace(isa::IntRegisterName(i));
      names->emplace(isa::FloatRegisterName(i));
    }
    return names;
  }();
  return kNames->count(name) != 0;
}

}  // namespace

absl::StatusOr<NamedValues> ParseExpectations(absl::string_view source) {
  NamedValues values;
  for (absl::string_view line : absl::StrSplit(source, '\n')) {
    if (!absl::ConsumePrefix(&line, "# expect:")) continue;
    for (absl::string_view word : absl::StrSplit(line, ' ', absl::SkipWhitespace())) {
      const std::pair<absl::string_view, absl::string_view> parts =
          absl::StrSplit(word, absl::MaxSplits('=', 1));
      const std::optional<uint64_t> value = ParseNumber(parts.second);
      if (parts.first.empty() || !value.has_value()) {
        return absl::InvalidArgumentError(
            absl::StrCat("expected name=number in an expect line, found '", word, "'"));
      }
      if (!values.emplace(std::string(parts.first), *value).second) {
        return absl::InvalidArgumentError(absl::StrCat("'", parts.first, "' is expected twice"));
      }
    }
  }
  if (values.empty()) {
    return absl::InvalidArgumentError("no '# expect: name=value' line: say what the test leaves");
  }
  return values;
}

std::vector<std::string> Differences(const NamedValues& expected, absl::string_view console) {
  std::vector<std::string> differences;
  NamedValues printed;
  for (absl::string_view line : absl::StrSplit(console, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (line.empty()) continue;
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits('=', 1));
    const std::optional<uint64_t> value = ParseNumber(parts.second);
    if (!value.has_value()) {
      differences.push_back(absl::StrCat("printed: ", line));
    } else if (!printed.emplace(std::string(parts.first), *value).second) {
      differences.push_back(absl::StrCat(parts.first, ": printed twice"));
    } else if (expected.count(std::string(parts.first)) == 0 &&
               !IsRegister(std::string(parts.first))) {
      differences.push_back(absl::StrFormat("%s: not expected, got %#x", parts.first, *value));
    }
  }
  for (const auto& [name, value] : expected) {
    const auto found = printed.find(name);
    if (found == printed.end()) {
      differences.push_back(absl::StrFormat("%s: expected %#x, not printed", name, value));
    } else if (found->second != value) {
      differences.push_back(
          absl::StrFormat("%s: expected %#x, got %#x", name, value, found->second));
    }
  }
  return differences;
}

std::string CpuOf(absl::string_view source) {
  std::string cpu = "rv64,h=off,sstc=off,marchid=0,mimpid=0";
  for (absl::string_view line : absl::StrSplit(source, '\n')) {
    if (absl::ConsumePrefix(&line, "# cpu: ")) absl::StrAppend(&cpu, ",", line);
  }
  return cpu;
}

}  // namespace lockstep::testing

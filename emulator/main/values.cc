#include "emulator/main/values.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "emulator/cpu/hart.h"

namespace lockstep::emu {
namespace {

absl::Status Bad(absl::string_view what) { return absl::InvalidArgumentError(what); }

}  // namespace

absl::StatusOr<uint64_t> ParseMemorySize(absl::string_view text) {
  absl::string_view number = text;
  absl::ConsumePrefix(&number, "size=");
  unsigned shift = 20;
  if (!number.empty() && absl::ascii_isalpha(static_cast<unsigned char>(number.back()))) {
    switch (absl::ascii_tolower(static_cast<unsigned char>(number.back()))) {
      case 'b':
        shift = 0;
        break;
      case 'k':
        shift = 10;
        break;
      case 'm':
        shift = 20;
        break;
      case 'g':
        shift = 30;
        break;
      case 't':
        shift = 40;
        break;
      default:
        return Bad(absl::StrCat("'", text, "' has an unknown suffix; k, M, G, T are known"));
    }
    number.remove_suffix(1);
  }
  uint64_t value = 0;
  if (!absl::SimpleAtoi(number, &value) || value > (UINT64_MAX >> shift)) {
    return Bad(absl::StrCat("'", text, "' is not a size; give for example 128M"));
  }
  return value << shift;
}

absl::StatusOr<unsigned> ParseIcount(absl::string_view text) {
  unsigned shift = 0;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    if (part == "sleep=off") continue;
    if (part == "sleep=on") {
      return Bad("sleep=on follows the host's clock; only sleep=off is available");
    }
    absl::ConsumePrefix(&part, "shift=");
    if (!absl::SimpleAtoi(part, &shift) || shift > 10) {
      return Bad(absl::StrCat("'", part, "' is not shift=0..10 or sleep=off"));
    }
  }
  return shift;
}

absl::StatusOr<uint64_t> ParseRtc(absl::string_view text) {
  uint64_t seconds = 0;
  bool has_base = false;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    if (part == "clock=vm") continue;
    if (!absl::ConsumePrefix(&part, "base=")) {
      return Bad(absl::StrCat("'", part, "' is not base=DATE or clock=vm"));
    }
    absl::Time time;
    std::string error;
    bool ok = absl::ParseTime("%Y-%m-%dT%H:%M:%S", part, absl::UTCTimeZone(), &time, &error) ||
              absl::ParseTime("%Y-%m-%d", part, absl::UTCTimeZone(), &time, &error);
    if (!ok || time < absl::UnixEpoch() || absl::ToUnixSeconds(time) > INT32_MAX) {
      return Bad(absl::StrCat("'", part,
                              "' is not a date like 2024-01-01T00:00:00 (a run must not depend on "
                              "the host's clock)"));
    }
    seconds = static_cast<uint64_t>(absl::ToUnixSeconds(time));
    has_base = true;
  }
  if (!has_base) return Bad("base=DATE is needed");
  return seconds;
}

absl::StatusOr<unsigned> ParseSmp(absl::string_view text) {
  unsigned harts = 1;
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    absl::string_view number = part;
    if (!absl::ConsumePrefix(&number, "cpus=")) absl::ConsumePrefix(&number, "maxcpus=");
    unsigned value = 0;
    if (!absl::SimpleAtoi(number, &value) || value == 0) {
      return Bad(absl::StrCat("'", part, "' is not a number of harts"));
    }
    harts = std::max(harts, value);
  }
  if (harts > cpu::Hart::kMaxGroup) {
    return Bad(
        absl::StrCat(harts, " harts are not available; 1 to ", cpu::Hart::kMaxGroup, " are"));
  }
  return harts;
}

absl::StatusOr<SerialSpec> ParseSerial(absl::string_view text) {
  SerialSpec spec;
  if (text == "stdio" || text == "mon:stdio") return spec;
  if (text == "null" || text == "none") {
    spec.kind = SerialSpec::Kind::kNull;
    return spec;
  }
  absl::string_view rest = text;
  if (absl::ConsumePrefix(&rest, "file:") && !rest.empty()) {
    spec.kind = SerialSpec::Kind::kFile;
    spec.path = std::string(rest);
    return spec;
  }
  rest = text;
  if (absl::ConsumePrefix(&rest, "script:") && !rest.empty()) {
    spec.kind = SerialSpec::Kind::kScript;
    std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(rest, absl::MaxSplits(",out=", 1));
    spec.path = std::string(parts.first);
    spec.out_path = std::string(parts.second);
    if (!spec.path.empty()) return spec;
  }
  return Bad(absl::StrCat("'", text, "' is not stdio, null, file:PATH or script:PATH[,out=PATH]"));
}

}  // namespace lockstep::emu

#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "emulator/machine/boot_image.h"

namespace lockstep::machine {
namespace {

absl::Status Bad(absl::string_view text, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("-device ", text, ": ", what));
}

// Splits at single commas; ",," stands for a comma in a value.
std::vector<std::string> SplitOptions(absl::string_view text) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != ',') {
      parts.back() += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == ',') {
      parts.back() += ',';
      ++i;
    } else {
      parts.emplace_back();
    }
  }
  return parts;
}

bool ParseNumber(const std::string& text, uint64_t* value) {
  if (text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
    return absl::SimpleHexAtoi(text, value);
  }
  return absl::SimpleAtoi(text, value);
}

bool ParseSwitch(const std::string& text, bool* value) {
  if (text == "on" || text == "true" || text == "yes" || text == "y") {
    *value = true;
  } else if (text == "off" || text == "false" || text == "no" || text == "n") {
    *value = false;
  } else {
    return false;
  }
  return true;
}

uint64_t ReverseBytes(uint64_t value, unsigned size_bytes) {
  uint64_t reversed = 0;
  for (unsigned i = 0; i < size_bytes; ++i) reversed = reversed << 8 | (value >> (8 * i) & 0xff);
  return reversed;
}

// What the combination of keys must satisfy; rules of QEMU's generic loader.
absl::Status CheckCombination(const LoaderSpec& spec) {
  if (spec.data.has_value()) {
    if (!spec.file.empty()) return Bad(spec.text, "data and file exclude each other");
    if (!spec.addr.has_value()) return Bad(spec.text, "data needs addr=");
    if (spec.data_bytes < 1 || spec.data_bytes > 8) {
      return Bad(spec.text, "data needs data-len=1..8");
    }
    return absl::OkStatus();
  }
  if (spec.data_bytes != 0) return Bad(spec.text, "data-len needs data=");
  if (!spec.file.empty()) {
    if (spec.force_raw && !spec.addr.has_value()) return Bad(spec.text, "force-raw=on needs addr=");
    return absl::OkStatus();
  }
  if (!spec.addr.has_value()) return Bad(spec.text, "nothing to load; give file=, data= or addr=");
  if (!spec.cpu_num.has_value()) {
    return Bad(spec.text, "addr= alone sets a start address and needs cpu-num=");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LoaderSpec> ParseLoader(absl::string_view text) {
  LoaderSpec spec;
  spec.text = std::string(text);
  std::vector<std::string> parts = SplitOptions(text);
  if (parts[0] != "loader") {
    return Bad(text, absl::StrCat("device '", parts[0], "' is not known; only 'loader' is"));
  }
  bool big_endian = false;
  for (size_t i = 1; i < parts.size(); ++i) {
    size_t equals = parts[i].find('=');
    if (equals == std::string::npos) {
      return Bad(text, absl::StrCat("'", parts[i], "' has no value"));
    }
    std::string key = parts[i].substr(0, equals);
    std::string value = parts[i].substr(equals + 1);
    uint64_t number = 0;
    bool ok = true;
    if (key == "file") {
      spec.file = value;
      ok = !value.empty();
    } else if (key == "addr") {
      ok = ParseNumber(value, &number);
      spec.addr = number;
    } else if (key == "force-raw") {
      ok = ParseSwitch(value, &spec.force_raw);
    } else if (key == "cpu-num") {
      ok = ParseNumber(value, &number) && number < UINT32_MAX;
      spec.cpu_num = static_cast<uint32_t>(number);
    } else if (key == "data") {
      ok = ParseNumber(value, &number);
      spec.data = number;
    } else if (key == "data-len") {
      ok = ParseNumber(value, &number) && number >= 1 && number <= 8;
      spec.data_bytes = static_cast<unsigned>(number);
    } else if (key == "data-be") {
      ok = ParseSwitch(value, &big_endian);
    } else {
      return Bad(text, absl::StrCat("unknown property '", key, "'"));
    }
    if (!ok) return Bad(text, absl::StrCat("bad value '", value, "' of ", key));
  }
  absl::Status status = CheckCombination(spec);
  if (!status.ok()) return status;
  if (spec.data.has_value() && big_endian) {
    spec.data = ReverseBytes(*spec.data, spec.data_bytes);
  }
  return spec;
}

}  // namespace lockstep::machine

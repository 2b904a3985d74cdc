#include "emulator/main/property_list.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace lockstep::emu {
namespace {

// Splits at single commas.
std::vector<std::string> Split(absl::string_view text) {
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

}  // namespace

absl::StatusOr<PropertyList> PropertyList::Parse(const std::string& option, const std::string& text,
                                                 bool takes_kind) {
  PropertyList list;
  list.option_ = option;
  list.text_ = text;
  bool is_first = true;
  for (const std::string& part : Split(text)) {
    const size_t equals = part.find('=');
    if (is_first && takes_kind && equals == std::string::npos) {
      list.kind_ = part;
    } else if (equals == std::string::npos || equals == 0) {
      return list.Bad(absl::StrCat("'", part, "' is not property=value"));
    } else {
      list.properties_.emplace_back(part.substr(0, equals), part.substr(equals + 1));
    }
    is_first = false;
  }
  return list;
}

std::vector<std::string> PropertyList::TakeAll(absl::string_view key) {
  std::vector<std::string> values;
  std::erase_if(properties_, [&](const auto& property) {
    if (property.first != std::string(key)) return false;
    values.push_back(property.second);
    return true;
  });
  return values;
}

std::optional<std::string> PropertyList::Take(absl::string_view key) {
  const std::vector<std::string> values = TakeAll(key);
  if (values.empty()) return std::nullopt;
  return values.back();  // as in QEMU the last one counts
}

absl::Status PropertyList::TakeSwitch(absl::string_view key, bool* value) {
  const std::optional<std::string> text = Take(key);
  if (!text.has_value()) return absl::OkStatus();
  for (const char* word : {"on", "yes", "true", "y"}) {
    if (*text == word) {
      *value = true;
      return absl::OkStatus();
    }
  }
  for (const char* word : {"off", "no", "false", "n"}) {
    if (*text == word) {
      *value = false;
      return absl::OkStatus();
    }
  }
  return Bad(absl::StrCat(key, "=", *text, ": neither on nor off"));
}

absl::Status PropertyList::TakeNumber(absl::string_view key, uint64_t low, uint64_t high,
                                      uint64_t* value) {
  const std::optional<std::string> text = Take(key);
  if (!text.has_value()) return absl::OkStatus();
  uint64_t number;
  if (!absl::SimpleAtoi(*text, &number) || number < low || number > high) {
    return Bad(absl::StrCat(key, "=", *text, ": not a number from ", low, " to ", high));
  }
  *value = number;
  return absl::OkStatus();
}

absl::Status PropertyList::TakeNeeded(absl::string_view key, std::string* value) {
  const std::optional<std::string> text = Take(key);
  if (!text.has_value() || text->empty()) return Bad(absl::StrCat(key, "= is needed"));
  *value = *text;
  return absl::OkStatus();
}

absl::Status PropertyList::Finish() const {
  if (properties_.empty()) return absl::OkStatus();
  return Bad(absl::StrCat("unknown property '", properties_[0].first, "'"));
}

absl::Status PropertyList::Bad(absl::string_view what) const {
  return absl::InvalidArgumentError(absl::StrCat(option_, " ", text_, ": ", what));
}

}  // namespace lockstep::emu

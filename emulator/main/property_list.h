// QEMU's lists of properties: "virtio-blk-device,drive=d,bus=virtio-mmio-bus.0".
//
// A comma in a value is doubled. The first part may be a word without "=": the kind, or with its
// key implied. Each property is taken once; what is left over at the end is unknown, and an error.
#ifndef EMULATOR_MAIN_PROPERTY_LIST_H_
#define EMULATOR_MAIN_PROPERTY_LIST_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockstep::emu {

class PropertyList {
 public:
  // Of `option` ("-drive"), whose errors begin with it and the text. `takes_kind`: the first part
  // is a bare word.
  static absl::StatusOr<PropertyList> Parse(const std::string& option, const std::string& text,
                                            bool takes_kind);

  const std::string& kind() const { return kind_; }

  // The property's value, once; nullopt when it is not there.
  std::optional<std::string> Take(absl::string_view key);
  // All values of a property that may come several times.
  std::vector<std::string> TakeAll(absl::string_view key);
  // As Take(), with an error for values other than on, off, yes, no, true, false, y, n.
  absl::Status TakeSwitch(absl::string_view key, bool* value);
  // As Take(), for a number from `low` to `high`.
  absl::Status TakeNumber(absl::string_view key, uint64_t low, uint64_t high, uint64_t* value);
  // Error when the property is not there or empty.
  absl::Status TakeNeeded(absl::string_view key, std::string* value);

  // Error when something has not been taken.
  absl::Status Finish() const;
  absl::Status Bad(absl::string_view what) const;

 private:
  std::string option_;
  std::string text_;
  std::string kind_;
  std::vector<std::pair<std::string, std::string>> properties_;
};

}  // namespace lockstep::emu

#endif  // EMULATOR_MAIN_PROPERTY_LIST_H_

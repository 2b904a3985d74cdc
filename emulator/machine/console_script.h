// Console scripts: what is typed into the guest's serial port, and after which output.
//
// The format is described in docs/formats/console-script.md. Parsing is pure; running is driven by
// the console (console.h) in virtual time only.
#ifndef EMULATOR_MACHINE_CONSOLE_SCRIPT_H_
#define EMULATOR_MACHINE_CONSOLE_SCRIPT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lockstep::machine {

struct ScriptStep {
  enum class Kind { kExpect, kSend, kDelay };
  Kind kind = Kind::kSend;
  std::string text;          // of kExpect and kSend, escapes resolved, not empty
  uint64_t delay_insns = 0;  // of kDelay
  unsigned line = 0;         // in the script, from 1
};

// InvalidArgument: "line N: what is wrong".
absl::StatusOr<std::vector<ScriptStep>> ParseConsoleScript(absl::string_view script);

}  // namespace lockstep::machine

#endif  // EMULATOR_MACHINE_CONSOLE_SCRIPT_H_

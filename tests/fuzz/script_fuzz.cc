// A console script, as a user may have written it: an error of one line with its number, or steps
// that can be taken.
#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "emulator/base/check.h"
#include "emulator/machine/console_script.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using lockstep::machine::ScriptStep;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto steps = lockstep::machine::ParseConsoleScript(text);
  if (!steps.ok()) {
    LOCKSTEP_CHECK(steps.status().message().find('\n') == absl::string_view::npos)
        << steps.status();
    LOCKSTEP_CHECK(steps.status().message().substr(0, 5) == "line ") << steps.status();
    return 0;
  }
  unsigned line = 0;
  for (const ScriptStep& step : *steps) {
    LOCKSTEP_CHECK(step.kind == ScriptStep::Kind::kDelay || !step.text.empty());
    LOCKSTEP_CHECK(step.line > line);
    line = step.line;
  }
  return 0;
}

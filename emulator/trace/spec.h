// What to trace, as the user asks for it: -d ITEMS and --trace=KINDS.
#ifndef EMULATOR_TRACE_SPEC_H_
#define EMULATOR_TRACE_SPEC_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "emulator/trace/ranges.h"

namespace lockstep::trace {

struct Spec {
  // QEMU's log items, in QEMU's words.
  bool log_int = false;
  bool log_mmu = false;
  bool log_in_asm = false;
  bool log_exec = false;
  // Our own lines.
  bool tlb = false;
  bool mmio = false;
  bool trap = false;
  bool block = false;
  // What is left out of all of them.
  Ranges icount;
  Ranges address;
  std::string path;  // "": stderr

  bool wants_blocks() const { return log_in_asm || log_exec || block; }
  bool wants_anything() const {
    return wants_blocks() || log_int || log_mmu || tlb || mmio || trap;
  }
};

// Adds what a comma list names. Errors: InvalidArgument, without an option's name.
absl::Status AddLogItems(absl::string_view text, Spec* spec);
absl::Status AddTraceKinds(absl::string_view text, Spec* spec);

// What `-d help` and `--trace=help` print.
std::string LogHelp();
std::string TraceHelp();

}  // namespace lockstep::trace

#endif  // EMULATOR_TRACE_SPEC_H_

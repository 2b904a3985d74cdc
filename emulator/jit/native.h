// The JIT as the interpreter's run loop sees it: translates hot blocks, runs and connects them.
//
// Not thread-safe. Source: docs/design/jit.md.
#ifndef EMULATOR_JIT_NATIVE_H_
#define EMULATOR_JIT_NATIVE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "emulator/cpu/hart_state.h"
#include "emulator/interp/native.h"
#include "emulator/jit/options.h"

namespace lockstep::jit {

// OK, or why this host cannot run translated code, in one line.
absl::Status CheckHost();

// `hart` outlives the result, with its configuration set; its stats are counted in hart->stats.jit.
absl::StatusOr<std::unique_ptr<interp::NativeCode>> MakeNative(cpu::HartState* hart,
                                                               const Options& options);

}  // namespace lockstep::jit

#endif  // EMULATOR_JIT_NATIVE_H_

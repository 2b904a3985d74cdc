// The few pieces of code that all translations share.
#ifndef EMULATOR_JIT_X64_THUNKS_H_
#define EMULATOR_JIT_X64_THUNKS_H_

#include <cstdint>

#include "emulator/jit/x64/arena.h"
#include "emulator/jit/x64/layout.h"

namespace lockstep::jit::x64 {

// Carries out one guest instruction: (state, site, budget) -> 0 to go on. Else the budget in the
// state is set, and host code is left.
using InterpretFunction = uint64_t (*)(void* state, uint64_t site, uint64_t budget);

struct Thunks {
  // Runs host code from `entry` with the budget in the state; returns kLeft, kIndirect,
  // kNeedsInterpreter or the Link* through which it was left.
  uint64_t (*enter)(void* state, const uint8_t* entry) = nullptr;
  // To jump to, with what enter() shall return in rax.
  const uint8_t* exit = nullptr;
  // To call with a site in rax: kNoLive registers survive but the stack and the pinned ones, which
  // are as the guest instruction left them.
  const uint8_t* interpret = nullptr;
};

// Bytes of stack that a translation may use for its values.
inline constexpr int kSpillSlots = 64;

Thunks MakeThunks(const StateLayout& layout, InterpretFunction interpret, CodeArena* arena);

}  // namespace lockstep::jit::x64

#endif  // EMULATOR_JIT_X64_THUNKS_H_

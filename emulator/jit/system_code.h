// Host code for the two commonest changes of privilege: ecall from U to S mode, and sret back.
//
// It does what the interpreter's handler, cpu::EnterException or cpu::ReturnFromSupervisor and
// Native::NextBlock() do together when nothing out of the ordinary is the case, and leaves the
// instruction to them when something is. Source: docs/design/jit.md, "Traps, returns and CSRs".
#ifndef EMULATOR_JIT_SYSTEM_CODE_H_
#define EMULATOR_JIT_SYSTEM_CODE_H_

#include "emulator/cpu/hart_state.h"
#include "emulator/jit/x64/arena.h"
#include "emulator/jit/x64/thunks.h"

namespace lockstep::jit {

// Fills in thunks->special by SystemWay. Nobody may be watching the hart when they run, and it has
// no planted fault. Of `hart` only addresses are taken.
void MakeSystemCode(const cpu::HartState& hart, x64::CodeArena* arena, x64::Thunks* thunks);

}  // namespace lockstep::jit

#endif  // EMULATOR_JIT_SYSTEM_CODE_H_

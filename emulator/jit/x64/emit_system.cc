// Words of the state, and what goes out of line when it is not the common case.

#include "emulator/jit/x64/emitter.h"

namespace lockstep::jit::x64 {

namespace x86 = asmjit::x86;
using ir::Inst;
using ir::Ref;

void Emitter::EmitGetWord(const Inst& inst) {
  const Gp d = Define();
  a_.mov(d, State(static_cast<int32_t>(inst.imm), 8));
}

void Emitter::EmitSetWord(const Inst& inst) {
  const Ref v = inst.args[0];
  const x86::Mem word = State(static_cast<int32_t>(inst.imm), 8);
  const int64_t value = IsConst(v) ? static_cast<int64_t>(ConstOf(v)) : 0;
  if (IsConst(v) && value == static_cast<int32_t>(value)) {
    a_.mov(word, asmjit::imm(value));
  } else {
    a_.mov(word, InGp(v));
  }
}

void Emitter::EmitGuard(const Inst& inst) {
  const Ref v = inst.args[0];
  if (IsConst(v)) {
    if (ConstOf(v) != 0) a_.jmp(SlowPath());
    return;
  }
  const Gp value = InGp(v);
  a_.test(value, value);
  a_.jnz(SlowPath());
}

}  // namespace lockstep::jit::x64

// Environment calls, trap returns, wfi and the fences that end a block.
// Source: Unprivileged ISA, sections 2.8 and 3; Privileged ISA, sections 3.3 and 4.2.

#include "emulator/cpu/csr.h"
#include "emulator/cpu/memory.h"
#include "emulator/cpu/trap.h"
#include "emulator/interp/slot.h"

namespace lockstep::interp {
namespace {

using isa::Op;

Flow Ecall(HartState& h, const Slot&) {
  return Raise(h, static_cast<uint8_t>(cpu::kCauseEcallU + h.privilege), 0, Flow::kTrap);
}

// mtval stays 0, as on QEMU 7.2.
Flow Ebreak(HartState& h, const Slot&) { return Raise(h, cpu::kCauseBreakpoint, 0, Flow::kTrap); }

template <bool (*kReturn)(HartState&)>
Flow TrapReturn(HartState& h, const Slot& s) {
  h.inflight = s.index + 1u;
  const bool is_legal = kReturn(h);
  h.inflight = 0;
  return is_legal ? Flow::kNext : Illegal(h, s, Flow::kFault);
}

Flow Wfi(HartState& h, const Slot& s) {
  const bool forbidden = h.privilege == cpu::kUser ||
                         (h.privilege == cpu::kSupervisor && (h.csr.mstatus & cpu::kMstatusTw));
  if (forbidden) return Illegal(h, s, Flow::kFault);
  h.pc = NextPc(h, s);
  h.waiting = true;
  h.attention |= cpu::kAttendWait;
  return Flow::kNext;
}

Flow SfenceVma(HartState& h, const Slot& s) {
  const bool forbidden = h.privilege == cpu::kUser ||
                         (h.privilege == cpu::kSupervisor && (h.csr.mstatus & cpu::kMstatusTvm));
  if (forbidden) return Illegal(h, s, Flow::kFault);
  const unsigned scope = (s.rs1 != 0 ? 1u : 0u) | (s.rs2 != 0 ? 2u : 0u);
  h.inflight = s.index + 1u;
  cpu::FlushTlb(h, static_cast<cpu::FlushScope>(scope), s.rs1 != 0 ? h.x[s.rs1] : 0,
                s.rs2 != 0 ? h.x[s.rs2] & 0xffff : 0);
  h.inflight = 0;
  h.pc = NextPc(h, s);
  return Flow::kNext;
}

// Svinval, as QEMU 7.2 has it: mtval of a forbidden invalidation is 0, and the two fences are legal
// in U mode too. An invalidation is done at once, so there is nothing to order.
Flow SinvalVma(HartState& h, const Slot& s) {
  const Flow flow = SfenceVma(h, s);
  if (flow == Flow::kFault) h.trap.tval = 0;
  return flow;
}

void SfenceInval(HartState& h, const Slot& s) { h.pc = NextPc(h, s); }

// Stores are seen by fetches at once, so there is nothing to do but to end the block.
void FenceI(HartState& h, const Slot& s) { h.pc = NextPc(h, s); }

}  // namespace

void AddHandlersSystem(HandlerTable* t) {
  t->Set(Op::kEcall, Last<Ecall>);
  t->Set(Op::kEbreak, Last<Ebreak>);
  t->Set(Op::kMret, Last<TrapReturn<cpu::ReturnFromMachine>>);
  t->Set(Op::kSret, Last<TrapReturn<cpu::ReturnFromSupervisor>>);
  t->Set(Op::kWfi, Last<Wfi>);
  t->Set(Op::kSfenceVma, Last<SfenceVma>);
  t->Set(Op::kSinvalVma, Last<SinvalVma>);
  t->Set(Op::kSfenceWInval, Jump<SfenceInval>);
  t->Set(Op::kSfenceInvalIr, Jump<SfenceInval>);
  t->Set(Op::kFenceI, Jump<FenceI>);
}

}  // namespace lockstep::interp

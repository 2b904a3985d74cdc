// Zicsr: the six CSR instructions. Source: Unprivileged ISA, chapter 9.

#include "emulator/cpu/csr.h"
#include "emulator/interp/slot.h"

namespace lockstep::interp {
namespace {

using isa::Op;

// Carries out an access and goes on at the next instruction. The CSR may depend on the number of
// instructions begun, this one included.
Flow Access(HartState& h, const Slot& s, const cpu::CsrAccess& access) {
  uint64_t old = 0;
  h.inflight = s.index + 1u;
  const bool ok = cpu::AccessCsr(h, access, &old);
  h.inflight = 0;
  if (!ok) return Illegal(h, s, Flow::kFault);
  if (access.is_read) h.x[s.rd] = old;
  h.pc = NextPc(h, s);
  return Flow::kNext;
}

// csrrw and csrrwi read only when there is a destination.
Flow Write(HartState& h, const Slot& s, uint64_t value) {
  return Access(h, s,
                {.number = s.csr,
                 .is_read = s.rd != HartState::kSink,
                 .is_write = true,
                 .value = value,
                 .write_mask = ~uint64_t{0}});
}

// The others write only when the source is not x0, or the immediate not zero.
Flow Change(HartState& h, const Slot& s, uint64_t bits, uint64_t value) {
  return Access(h, s,
                {.number = s.csr,
                 .is_read = true,
                 .is_write = s.rs1 != 0,
                 .value = value,
                 .write_mask = bits});
}

constexpr uint64_t kOnes = ~uint64_t{0};

Flow Csrrw(HartState& h, const Slot& s) { return Write(h, s, h.x[s.rs1]); }
Flow Csrrs(HartState& h, const Slot& s) { return Change(h, s, h.x[s.rs1], kOnes); }
Flow Csrrc(HartState& h, const Slot& s) { return Change(h, s, h.x[s.rs1], 0); }
Flow Csrrwi(HartState& h, const Slot& s) { return Write(h, s, s.rs1); }
Flow Csrrsi(HartState& h, const Slot& s) { return Change(h, s, s.rs1, kOnes); }
Flow Csrrci(HartState& h, const Slot& s) { return Change(h, s, s.rs1, 0); }

}  // namespace

void AddHandlersZicsr(HandlerTable* t) {
  t->Set(Op::kCsrrw, Last<Csrrw>);
  t->Set(Op::kCsrrs, Last<Csrrs>);
  t->Set(Op::kCsrrc, Last<Csrrc>);
  t->Set(Op::kCsrrwi, Last<Csrrwi>);
  t->Set(Op::kCsrrsi, Last<Csrrsi>);
  t->Set(Op::kCsrrci, Last<Csrrci>);
}

}  // namespace lockstep::interp

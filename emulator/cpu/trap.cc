#include "emulator/cpu/trap.h"

#include <bit>

#include "emulator/cpu/csr.h"
#include "emulator/cpu/hart_state.h"

namespace lockstep::cpu {
namespace {

// Stacks the interrupt enable and the privilege mode, and jumps to the handler.
void Enter(HartState& hart, uint8_t cause, uint64_t tval, bool is_interrupt) {
  CsrValues& csr = hart.csr;
  const uint8_t from = hart.privilege;
  const uint64_t epc = hart.pc;
  const uint64_t delegated = is_interrupt ? csr.mideleg : csr.medeleg;
  const bool to_supervisor = from <= kSupervisor && (delegated >> cause & 1);
  const uint64_t cause_value = uint64_t{is_interrupt} << 63 | cause;
  uint64_t vector;
  if (to_supervisor) {
    const bool sie = csr.mstatus & kMstatusSie;
    csr.mstatus &= ~(kMstatusSie | kMstatusSpie | kMstatusSpp);
    csr.mstatus |= (sie ? kMstatusSpie : 0) | (from == kSupervisor ? kMstatusSpp : 0);
    csr.scause = cause_value;
    csr.sepc = epc;
    csr.stval = tval;
    vector = csr.stvec;
    hart.privilege = kSupervisor;
  } else {
    const bool mie = csr.mstatus & kMstatusMie;
    csr.mstatus &= ~(kMstatusMie | kMstatusMpie | kMstatusMpp);
    csr.mstatus |= (mie ? kMstatusMpie : 0) | uint64_t{from} << kMppShift;
    csr.mcause = cause_value;
    csr.mepc = epc;
    csr.mtval = tval;
    vector = csr.mtvec;
    hart.privilege = kMachine;
  }
  hart.pc = (vector & ~uint64_t{3}) + (is_interrupt && (vector & 3) == 1 ? 4 * cause : 0);
  hart.waiting = false;
  hart.reserved_va = HartState::kNoReservation;
  UpdateDerivedState(hart);
  if (hart.observer != nullptr) {
    const uint64_t fields[] = {cause, epc, tval, from, hart.privilege, hart.pc};
    hart.observer->Event(
        hart.config.hart_id,
        is_interrupt ? observe::EventKind::kInterrupt : observe::EventKind::kException,
        hart.Begun(), fields);
  }
}

void TellReturn(const HartState& hart, uint8_t from) {
  if (hart.observer == nullptr) return;
  hart.observer->TrapReturned(hart.config.hart_id, hart.Begun(), from, hart.privilege);
}

}  // namespace

int TakeableInterrupt(const HartState& hart) {
  const uint64_t pending = hart.mip() & hart.csr.mie;
  if (pending == 0) return -1;
  const bool machine_enabled = hart.privilege < kMachine || (hart.csr.mstatus & kMstatusMie) != 0;
  const uint64_t for_machine = machine_enabled ? pending & ~hart.csr.mideleg : 0;
  if (for_machine != 0) return std::countr_zero(for_machine);
  const bool supervisor_enabled =
      hart.privilege < kSupervisor ||
      (hart.privilege == kSupervisor && (hart.csr.mstatus & kMstatusSie) != 0);
  const uint64_t for_supervisor = supervisor_enabled ? pending & hart.csr.mideleg : 0;
  return for_supervisor != 0 ? std::countr_zero(for_supervisor) : -1;
}

void EnterException(HartState& hart, uint8_t cause, uint64_t tval) {
  ++hart.stats.exceptions;
  Enter(hart, cause, tval, /*is_interrupt=*/false);
}

void EnterInterrupt(HartState& hart, uint8_t cause) {
  ++hart.stats.interrupts;
  Enter(hart, cause, 0, /*is_interrupt=*/true);
}

bool ReturnFromMachine(HartState& hart) {
  if (hart.privilege != kMachine) return false;
  CsrValues& csr = hart.csr;
  uint8_t target = csr.mstatus >> kMppShift & 3;
  // Without PMP rules nothing could be fetched there; QEMU refuses the mret.
  if (target != kMachine && !hart.pmp.AnyActive()) return false;
  const bool mpie = csr.mstatus & kMstatusMpie;
  csr.mstatus &= ~(kMstatusMie | kMstatusMpp);
  csr.mstatus |= (mpie ? kMstatusMie : 0) | kMstatusMpie;
  if (target == 2) target = kUser;  // the reserved encoding
  hart.privilege = target;
  hart.pc = csr.mepc;
  hart.reserved_va = HartState::kNoReservation;
  UpdateDerivedState(hart);
  TellReturn(hart, kMachine);
  return true;
}

bool ReturnFromSupervisor(HartState& hart) {
  CsrValues& csr = hart.csr;
  if (hart.privilege < kSupervisor) return false;
  if (hart.privilege == kSupervisor && (csr.mstatus & kMstatusTsr)) return false;
  const bool spie = csr.mstatus & kMstatusSpie;
  const uint8_t target = csr.mstatus & kMstatusSpp ? kSupervisor : kUser;
  csr.mstatus &= ~(kMstatusSie | kMstatusSpp);
  csr.mstatus |= (spie ? kMstatusSie : 0) | kMstatusSpie;
  const uint8_t from = hart.privilege;
  hart.privilege = target;
  hart.pc = csr.sepc;
  hart.reserved_va = HartState::kNoReservation;
  UpdateDerivedState(hart);
  TellReturn(hart, from);
  return true;
}

}  // namespace lockstep::cpu

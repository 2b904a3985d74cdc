// Traps: exceptions, interrupts and the returns from them.
//
// Source: Privileged ISA 1.12, sections 3.1.6 to 3.1.9, 3.3.2, 4.1; interrupt priority among
// pending ones is QEMU 7.2's without AIA: the lowest number first. Not thread-safe.
#ifndef EMULATOR_CPU_TRAP_H_
#define EMULATOR_CPU_TRAP_H_

#include <cstdint>

namespace lockstep::cpu {

struct HartState;

// Number of the interrupt to take now, or -1.
int TakeableInterrupt(const HartState& hart);

// Enters the handler. hart.pc is the interrupted or faulting instruction.
void EnterException(HartState& hart, uint8_t cause, uint64_t tval);
void EnterInterrupt(HartState& hart, uint8_t cause);

// mret and sret: set privilege, status and pc. False: illegal instruction, nothing changed. A
// reservation does not survive any change of the privilege mode, nor a trap.
bool ReturnFromMachine(HartState& hart);
bool ReturnFromSupervisor(HartState& hart);

}  // namespace lockstep::cpu

#endif  // EMULATOR_CPU_TRAP_H_

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

// mret and sret: set privilege, status and pc. False: illegal instruction; hart unchanged except
// for a trap with another cause, which is then in `*cause`.
bool ReturnFromMachine(HartState& hart, uint8_t* cause);
bool ReturnFromSupervisor(HartState& hart, uint8_t* cause);

}  // namespace lockstep::cpu

#endif  // EMULATOR_CPU_TRAP_H_

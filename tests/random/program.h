// Seeded random programs that run long: functions on pages of their own with inner loops, called in
// turn for ever; integer, floating-point, atomic and CSR instructions, loads and stores at any
// alignment in a window of RAM, environment calls, and code that writes code.
//
// Programs are for cpu::testing::FlatMachine. Pure functions of the seed.
#ifndef TESTS_RANDOM_PROGRAM_H_
#define TESTS_RANDOM_PROGRAM_H_

#include <cstdint>

#include "emulator/cpu/testing/flat_machine.h"

namespace lockstep::testing {

// Puts program number `seed` into the machine and resets it there: loads, stores, atomics, floating
// point, branches, calls, CSRs and traps, code that is rewritten. With `paged` it runs in S mode
// under Sv39 with pages that come and go, else in M mode. It never ends.
void LoadRandomProgram(uint64_t seed, bool paged, cpu::testing::FlatMachine* machine);

}  // namespace lockstep::testing

#endif  // TESTS_RANDOM_PROGRAM_H_

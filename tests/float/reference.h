// What each floating-point instruction gives, from the host's arithmetic: an independent definition
// for tests, which shares nothing with emulator/fp.
//
// Rounding to nearest-even, to zero, down and up, and the flags, are those of the host's SSE and
// FMA instructions under MXCSR. To nearest with ties to the larger magnitude, which x86 has not, is
// nearest-even but for ties, and these are found in 113-bit arithmetic, where a tie is exact.
// Conversions of integers are done in 113 bits, which hold them. NaNs, comparisons, signs, boxing
// and saturation follow the text of the manual (Unprivileged ISA, chapters 11 and 12). Pure
// functions; they leave MXCSR as it is by default.
#ifndef TESTS_FLOAT_REFERENCE_H_
#define TESTS_FLOAT_REFERENCE_H_

#include <cstdint>

#include "emulator/isa/inst.h"

namespace lockstep::testing {

// Contents of the registers that an instruction reads; of `f`, rs1, rs2 and rs3.
struct FloatOperands {
  uint64_t f[3] = {};
  uint64_t x = 0;
};

struct FloatOutcome {
  uint64_t value = 0;   // of the register written, boxed
  uint8_t flags = 0;    // exceptions raised, as bits of fflags
  bool is_tie = false;  // exactly half-way; only known with ties to the larger magnitude
};

// Whether this host has the instructions.
bool HostCanTell();

// REQUIRES: HostCanTell(); op is of isa::Class::kFloat, rm is 0 to 4 (0 if the instruction has
// none).
FloatOutcome ExpectedOutcome(isa::Op op, const FloatOperands& operands, int rm);

}  // namespace lockstep::testing

#endif  // TESTS_FLOAT_REFERENCE_H_

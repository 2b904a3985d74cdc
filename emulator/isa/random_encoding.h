// Random instruction words for tests.
#ifndef EMULATOR_ISA_RANDOM_ENCODING_H_
#define EMULATOR_ISA_RANDOM_ENCODING_H_

#include <cstdint>

#include "emulator/isa/inst.h"

namespace lockstep::isa {

// The next number of the splitmix64 sequence; `state` is any seed and is advanced.
uint64_t NextRandom(uint64_t& state);

// A word that decodes to `op`, all its free bits random, ignored ones and the reserved rounding
// modes 5 and 6 included. The high half is zero of a compressed encoding. The sequence depends on
// `state` only. REQUIRES: op is neither kIllegal nor kCount.
uint32_t RandomEncoding(Op op, uint64_t& state);

// A word near the edges of the table, legal or not: an encoding with one bit flipped, or a major
// opcode (or quadrant) with a random rest. The high half is zero of a compressed word.
uint32_t RandomEdgeWord(uint64_t& state);

}  // namespace lockstep::isa

#endif  // EMULATOR_ISA_RANDOM_ENCODING_H_

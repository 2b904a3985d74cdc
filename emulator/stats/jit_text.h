// What the translator did, as lines of text.
//
// Pure.
#ifndef EMULATOR_STATS_JIT_TEXT_H_
#define EMULATOR_STATS_JIT_TEXT_H_

#include <cstdint>
#include <string>

#include "emulator/jit/counters.h"

namespace lockstep::stats {

// Three lines: totals; what was interpreted, by reason; what was carried out out of line, the most
// frequent operations first. `insns`: all that the hart began.
std::string JitText(const jit::Counters& jit, uint64_t insns);

}  // namespace lockstep::stats

#endif  // EMULATOR_STATS_JIT_TEXT_H_

// Synthetic executions with interrupts that are not pinned to an instruction count: the same code
// and the same interrupts on every instance, each taken a little earlier or later.
#ifndef COORDINATOR_ALIGN_SKEW_TESTING_H_
#define COORDINATOR_ALIGN_SKEW_TESTING_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "coordinator/align/execution_testing.h"

namespace lockstep::align::testing {

// An interrupt, and the code of its handler.
struct Excursion {
  uint64_t cause = 0;
  uint64_t at = 0;  // instructions of the interrupted code before it
  uint64_t length = 1;
  uint64_t seed = 0;  // of the handler's path
  // Ascending; `at` counts the handler's instructions.
  std::vector<Excursion> nested = {};
};

struct Code {
  struct Insn {
    uint64_t pc = 0;
    uint64_t gpr = 0;     // before it
    uint64_t store = 0;   // what it adds to mem; 0: none
    bool raises = false;  // an exception, taken right before it; csr is that of its pc from here on
  };
  std::vector<Insn> insns;
};

Code RandomCode(uint64_t insns, Rng& rng);

// In the order of `excursions`, ascending by `at`; several may have the same. A handler saves
// registers of the interrupted code (its stores and its own registers depend on them), and csr
// tells of the pc that was interrupted last. `places`, if given, receives for each instruction of
// the code the icount at which it began.
Execution Run(const Code& code, const std::vector<Excursion>& excursions,
              std::vector<uint64_t>* places = nullptr);

}  // namespace lockstep::align::testing

#endif  // COORDINATOR_ALIGN_SKEW_TESTING_H_

// Compares two instances by their rings alone, with the coordinator's aligner: a small `lockstep
// run` without agent and service.
#ifndef TESTS_QEMU_COMPARE_H_
#define TESTS_QEMU_COMPARE_H_

#include <cstdint>
#include <string>

#include "proto/cc/state.h"
#include "tests/qemu/instance.h"

namespace lockstep::qemu_test {

enum class Outcome { kIdentical, kDiverged, kTrouble };

struct Comparison {
  Outcome outcome = Outcome::kTrouble;
  std::string text;  // one line; of a divergence with the last blocks of both
  uint64_t verified_insns = 0;
  uint64_t boundaries = 0;
  uint64_t splits[2] = {0, 0};
};

// Traps, TLB fills and device accesses are left out: QEMU tells of none.
Comparison Compare(const InstanceOptions& a, const InstanceOptions& b, state::GroupMask groups);

}  // namespace lockstep::qemu_test

#endif  // TESTS_QEMU_COMPARE_H_

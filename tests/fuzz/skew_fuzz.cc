// As run_fuzz, of instances whose interrupts are not pinned: batches go through the matching of
// excursions before they are compared.
//
// Input: one byte, async_skew_insns less 1, then frames (checker_session.h).
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/checker_session.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  lockstep::policy::Policy policy;
  policy.async_skew_insns = uint64_t{1} + data[0];
  lockstep::fuzz::CheckSession(policy, data + 1, size - 1);
  return 0;
}

// What hostile peers may say in a run: two instances' batches, decoded, compared and reported.
// Every conversation ends in a verdict that can be printed.
//
// Input: frames (checker_session.h).
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/checker_session.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  lockstep::fuzz::CheckSession({}, data, size);
  return 0;
}

// Two instances' batches, decoded, compared and reported: what run_fuzz and skew_fuzz do.
//
// Frames (frames.h). `what`: bit 0, the instance; bits 1 and 2: 0, a BlockBatch; 1, the instance
// fails; 2, compare now; 3, a BlockBatch whose `sequence` is put right first.
#ifndef TESTS_FUZZ_CHECKER_SESSION_H_
#define TESTS_FUZZ_CHECKER_SESSION_H_

#include <cstddef>
#include <cstdint>

#include "proto/cc/policy.h"

namespace lockstep::fuzz {

// The conversation in `data` ends in a verdict that can be printed.
void CheckSession(const policy::Policy& policy, const uint8_t* data, size_t size);

}  // namespace lockstep::fuzz

#endif  // TESTS_FUZZ_CHECKER_SESSION_H_

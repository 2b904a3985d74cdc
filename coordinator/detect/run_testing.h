// Runs and faults for the tests of checkers.
#ifndef COORDINATOR_DETECT_RUN_TESTING_H_
#define COORDINATOR_DETECT_RUN_TESTING_H_

#include <cstddef>
#include <cstdint>

#include "coordinator/align/execution_testing.h"
#include "coordinator/detect/comparison.h"

namespace lockstep::detect::testing {

// A run of instances "A", "B" ..., each with the command "emu-A" ..., one vCPU, all groups, traps,
// an interpreter and no layout.
Options RunOf(size_t instances);

// The same of instances with another identity.
Options RunOf(size_t instances, const state::ProducerIdentity& identity);

// What RunOf() gives each instance.
state::ProducerIdentity Identity(uint32_t vcpus = 1);

// From the icount `from` up to `to`, which is not included, the gpr digest is another one; faults
// of different marks differ.
align::testing::Execution WithGprFault(align::testing::Execution execution, uint64_t from,
                                       uint64_t to = UINT64_MAX, uint64_t mark = 1);

}  // namespace lockstep::detect::testing

#endif  // COORDINATOR_DETECT_RUN_TESTING_H_

// Blocks that are told of by sums alone (observe::Observer::Inline::sums).
//
// HartState::native.sum is the flow digest of what has begun since icount `sum_begin`, which nobody
// was told of; with sums_values, what each block has written is added behind it (cpu/value_keys.h).
// Host code keeps it in a register. Both engines go through here wherever a block is left early, so
// that equal executions have equal sums. Not thread-safe. Source: docs/design/sparse.md, "A run by
// sums".
#ifndef EMULATOR_INTERP_SUMS_H_
#define EMULATOR_INTERP_SUMS_H_

#include <cstdint>

#include "emulator/interp/block.h"

namespace lockstep::interp {

// Of instructions: their flow digest, and LOCKSTEP_FLOW_G to their number.
struct FlowDigest {
  uint64_t digest = 0;
  uint64_t power = 1;
};
// Of the first `n_insns` of a block.
FlowDigest FlowOf(const Block& block, uint32_t n_insns);

// The registers that a block may write and the run compares; bit i is number i. 0 without
// sums_values.
uint64_t ValuesOf(const HartState& hart, const Block& block);

// `begun` instructions of a block have begun, and the hart has left it. `is_told`: somebody was
// told of the block on entry, so only what it wrote is added, and the sum begins here.
// REQUIRES: hart->icount counts them.
inline void AddBlock(HartState* hart, Block* block, uint32_t begun, bool is_told);

// The same for a block that host code has left out of line, having added to the sum that it would
// be carried out as a whole.
void AddLeftBlock(HartState* hart, const Block& block, uint32_t begun);

// Tells the observer of the sum, if there is something in it, and begins another at this icount.
void TellSum(HartState* hart);

// Parts of AddBlock(): what the block has written; and what is not common.
void AddValues(HartState* hart, const Block& block);
void AddRest(HartState* hart, Block* block, uint32_t begun, bool is_told);

inline void AddBlock(HartState* hart, Block* block, uint32_t begun, bool is_told) {
  if (begun == block->n_insns && block->flow_power != 0 && !is_told) [[likely]] {
    hart->native.sum = hart->native.sum * block->flow_power + block->flow;
  } else {
    AddRest(hart, block, begun, is_told);
  }
  if (hart->native.ring.sums_values) AddValues(hart, *block);
}

}  // namespace lockstep::interp

#endif  // EMULATOR_INTERP_SUMS_H_

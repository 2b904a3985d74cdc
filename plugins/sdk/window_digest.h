// SPDX-License-Identifier: MIT
// Digests of a window of instructions, for sparse mode (docs/design/sparse.md).
//
//     flow:   H = H*G + mum(pc xor E, F) over the instructions that began, in order; from 0
//     traps:  T = T*G + trap over the exceptions and interrupts, in order; from 0
//     blocks: the sum of block over the blocks in which an instruction began
//
// For a block of n instructions flow is H*G^n + h, with G^n and h constants of its translation.
// Pure functions.
#ifndef PLUGINS_SDK_WINDOW_DIGEST_H_
#define PLUGINS_SDK_WINDOW_DIGEST_H_

#include <cstdint>

#include "plugins/sdk/lockstep_digest.h"
#include "proto/cc/state.h"

namespace lockstep::ring {

inline constexpr uint64_t kFlowG = LOCKSTEP_FLOW_G;
inline constexpr uint64_t kStateE = 0x589965cc75374cc3;
inline constexpr uint64_t kStateF = 0x1d8e4e27c47d124f;

// Contribution of one instruction.
inline uint64_t FlowTerm(uint64_t pc) { return lockstep_flow_term(pc); }

// Takes one value into an order-dependent digest.
inline uint64_t MixInto(uint64_t digest, uint64_t value) {
  return lockstep_mum((digest + kStateE) ^ value, kFlowG) + digest * kFlowG;
}

// Contribution of one exception (icount, cause, epc, tval) or interrupt (icount, cause).
// REQUIRES: it is one of these.
inline uint64_t TrapTerm(const state::Event& trap) {
  uint64_t digest = MixInto(static_cast<uint64_t>(trap.kind), trap.icount);
  digest = MixInto(digest, trap.fields[0]);
  if (trap.kind == state::EventKind::kInterrupt) return digest;
  return MixInto(MixInto(digest, trap.fields[1]), trap.fields[2]);
}

// The state on entry to a block, but for gpr: the digests of the other compared groups, and of the
// TLB fills so far (0 when they are not compared).
inline uint64_t SideDigest(const state::Digests& digests, uint64_t fills) {
  uint64_t digest = fills;
  for (int g = 1; g < state::kGroups; ++g) digest = MixInto(digest, digests[g]);
  return digest;
}

// Contribution of one block, entered at `icount` with these digests.
inline uint64_t BlockTerm(uint64_t icount, uint64_t gpr, uint64_t side) {
  return lockstep_mum(gpr ^ kStateE, (side + icount * kFlowG) ^ kStateF);
}

}  // namespace lockstep::ring

#endif  // PLUGINS_SDK_WINDOW_DIGEST_H_

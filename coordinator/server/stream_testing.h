// What an instance of a toy guest sends, for tests of whoever receives it: one block of four
// instructions that is executed again and again.
#ifndef COORDINATOR_SERVER_STREAM_TESTING_H_
#define COORDINATOR_SERVER_STREAM_TESTING_H_

#include <cstddef>
#include <cstdint>

#include "proto/cc/state.h"
#include "proto/cc/window.h"

namespace lockstep::server::testing {

inline constexpr uint32_t kInsnsPerBlock = 4;

// One vCPU, digests of gpr.
state::ProducerIdentity Identity();

// Batch number `sequence` of vCPU 0: the blocks number `first` to `first + n` of the run. From the
// block `corrupt_from` (of the whole run) on with other registers.
state::Batch Blocks(uint64_t sequence, uint64_t first, uint32_t n,
                    uint64_t corrupt_from = UINT64_MAX);

// The end, in order, after so many blocks.
state::Batch EndAt(uint64_t sequence, uint64_t blocks);

// `rows` windows of `window_insns` from number `first` on; from number `odd` on with other
// registers. The last one ends the stream if `ends`.
state::WindowBatch Windows(uint32_t window_insns, uint64_t first, size_t rows, bool ends = false,
                           uint64_t odd = UINT64_MAX);

// The records that are asked for, those of one window, as Blocks().
state::DetailReply Details(const state::DetailRequest& request, uint64_t corrupt_from = UINT64_MAX);

}  // namespace lockstep::server::testing

#endif  // COORDINATOR_SERVER_STREAM_TESTING_H_

// Which blocks are translated together: those that a hot block leads to by direct jumps, with
// loops closed. Pure functions of the blocks. Source: docs/design/jit.md.
#ifndef EMULATOR_JIT_REGION_H_
#define EMULATOR_JIT_REGION_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "emulator/interp/block_cache.h"

namespace lockstep::jit {

inline constexpr size_t kMaxRegionBlocks = 32;
inline constexpr uint32_t kMaxRegionInsns = 600;

// The block at an address that may join the region, or null.
using FindBlock = std::function<interp::Block*(uint64_t pc)>;

// `entry` first, the others in the order in which their code shall stand: each behind one that
// leads to it, where possible. Blocks of the page of `entry` only.
std::vector<interp::Block*> GrowRegion(interp::Block* entry, const FindBlock& find);

// How often each block runs, as far as loops tell: 1 outside of them, 8 times that of what is
// around a loop in it.
std::vector<uint32_t> WeighBlocks(std::span<interp::Block* const> blocks);

}  // namespace lockstep::jit

#endif  // EMULATOR_JIT_REGION_H_

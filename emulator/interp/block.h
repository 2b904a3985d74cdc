// A translation block of the interpreter, and how the end of one goes on to the next.
//
// Where nobody watches, the handler that ends a block goes on to the next block by itself: a direct
// jump through the link of its side, an indirect one through the jump cache. It leaves to the run
// loop when there is something to look at, when the next block was not verified under the present
// mapping, and when that would pass HartState::chain_bound.
#ifndef EMULATOR_INTERP_BLOCK_H_
#define EMULATOR_INTERP_BLOCK_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "emulator/cpu/hart_state.h"
#include "emulator/interp/slot.h"

namespace lockstep::interp {

struct alignas(64) Block {
  static constexpr uint64_t kNoPage = ~uint64_t{0};

  uint64_t pc = 0;
  uint64_t epoch = 0;  // 0: dropped
  uint64_t space = 0;
  Slot* slots = nullptr;  // n_insns of them and, unless a jump ends the block, a FallThrough
  uint32_t n_insns = 0;
  uint32_t id = 0;
  std::array<Block*, 2> links{};  // successors last seen, by LinkSide; null: none yet
  uint32_t gpr_mask = 0;          // registers that it may write
  uint32_t fpr_mask = 0;
  bool writes_fcsr = false;
  bool is_announced = false;  // the observer knows its contents
  uint32_t n_bytes = 0;
  uint64_t pa = 0;
  uint64_t second_page_pa = kNoPage;      // of one instruction that crosses a page
  const uint8_t* native = nullptr;        // its host code, as other host code enters it
  const uint8_t* native_start = nullptr;  // and as the run loop does
  int32_t heat = 0;                       // entries before there was any
  uint64_t runs = 0;                      // entries, if they are counted
  // Flow digest of its instructions, and G to their number; 0 while nobody has wanted them.
  uint64_t flow = 0;
  uint64_t flow_power = 0;

  bool Matches(uint64_t at_pc, const HartState& hart) const {
    return pc == at_pc && epoch == hart.map_epoch && space == hart.space;
  }
};

inline constexpr size_t kJumpCacheEntries = 4096;
inline size_t JumpIndex(uint64_t pc) { return (pc >> 1 ^ pc >> 13) % kJumpCacheEntries; }

// Positions in Block::links.
enum LinkSide : uint8_t { kJumped = 0, kFellThrough = 1 };

// The block that `last` ends. REQUIRES: `last` is its last slot, FallThrough or a jump; the slot
// behind it holds no instruction.
inline const Block& BlockEndedBy(const Slot* last) {
  return *reinterpret_cast<const Block*>(last[1].imm);
}
inline void SetBlockEndedBy(Slot* last, const Block* block) {
  last[1] = Slot{};
  last[1].imm = reinterpret_cast<uint64_t>(block);
}

// Goes on with `next`, `begun` instructions of the running block having begun, or sets hart.pc to
// `pc` and returns to the run loop. REQUIRES: next is null, or of the hart's space with next->pc ==
// pc.
inline uint32_t GoOn(HartState* hart, Block* next, uint64_t pc, uint32_t begun) {
  const uint64_t icount = hart->icount + begun;
  const bool may_enter = next != nullptr && next->epoch == hart->map_epoch &&
                         icount + next->n_insns <= hart->chain_bound && hart->attention == 0;
  if (!may_enter) [[unlikely]] {
    hart->pc = pc;
    return begun;
  }
  hart->icount = icount;
  hart->block_pc = next->pc;
  hart->running = next;
  ++hart->stats.blocks;
  const Slot* slot = next->slots;
  return slot->fn(hart, slot);
}

// The same to where the block's link of a side leads; what runs to the end of a block runs in the
// space of that block.
inline uint32_t GoOnDirectly(HartState* hart, const Slot* last, LinkSide side, uint64_t pc,
                             uint32_t begun) {
  return GoOn(hart, BlockEndedBy(last).links[side], pc, begun);
}

inline uint32_t GoOnIndirectly(HartState* hart, uint64_t pc, uint32_t begun) {
  Block* next = hart->jump_cache[JumpIndex(pc)];
  if (next != nullptr && (next->pc != pc || next->space != hart->space)) [[unlikely]]
    next = nullptr;
  return GoOn(hart, next, pc, begun);
}

}  // namespace lockstep::interp

#endif  // EMULATOR_INTERP_BLOCK_H_

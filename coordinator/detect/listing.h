// Guest instructions as text. Pure functions.
#ifndef COORDINATOR_DETECT_LISTING_H_
#define COORDINATOR_DETECT_LISTING_H_

#include <cstdint>
#include <string>
#include <vector>

#include "proto/cc/state.h"

namespace lockstep::detect {

// One instruction of a block.
struct ListedInsn {
  uint64_t pc = 0;
  std::vector<uint8_t> bytes;
  std::string text;  // disassembly; empty when the bytes or the architecture are unknown
};

// The instructions of a block, at most `max_insns`. Shorter than the block when its code and its
// offsets are unknown.
std::vector<ListedInsn> ListBlock(const state::BlockInfo& info, uint32_t max_insns,
                                  const std::string& guest_arch);

// "0x80000010  00150513  addi a0,a0,1"
std::string LineOf(const ListedInsn& insn);

}  // namespace lockstep::detect

#endif  // COORDINATOR_DETECT_LISTING_H_

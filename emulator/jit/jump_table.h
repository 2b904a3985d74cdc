// Where indirect jumps go on in host code: a direct-mapped table that emitted code reads.
//
// Not thread-safe. Source: docs/design/jit.md, "Blocks and links".
#ifndef EMULATOR_JIT_JUMP_TABLE_H_
#define EMULATOR_JIT_JUMP_TABLE_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "emulator/jit/x64/layout.h"

namespace lockstep::jit {

class JumpTable {
 public:
  JumpTable() : entries_(x64::kJumpEntries) {}

  // Drops all.
  void Reset() {
    if (used_.size() < kMostUsed) {
      for (const uint16_t index : used_) entries_[index] = {};
    } else {
      std::fill(entries_.begin(), entries_.end(), x64::JumpEntry{});
    }
    used_.clear();
  }
  void Add(uint64_t pc, const uint8_t* code) {
    const size_t index = x64::JumpIndex(pc);
    if (entries_[index].pc == x64::JumpEntry::kNone && used_.size() < kMostUsed) {
      used_.push_back(static_cast<uint16_t>(index));
    }
    entries_[index] = {pc, code};
  }
  // Null: none.
  const uint8_t* Find(uint64_t pc) const {
    const x64::JumpEntry& entry = entries_[x64::JumpIndex(pc)];
    return entry.pc == pc ? entry.entry : nullptr;
  }
  // Valid as long as the table.
  x64::JumpEntry* entries() { return entries_.data(); }

 private:
  static constexpr size_t kMostUsed = 512;

  std::vector<x64::JumpEntry> entries_;
  std::vector<uint16_t> used_;  // indices of what is not empty; beyond kMostUsed not kept
};

}  // namespace lockstep::jit

#endif  // EMULATOR_JIT_JUMP_TABLE_H_

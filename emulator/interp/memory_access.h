// Loads and stores of handlers: the TLB's fast compare inline, everything else out of line.
#ifndef EMULATOR_INTERP_MEMORY_ACCESS_H_
#define EMULATOR_INTERP_MEMORY_ACCESS_H_

#include <bit>
#include <cstdint>
#include <cstring>

#include "emulator/cpu/memory.h"
#include "emulator/interp/slot.h"

namespace lockstep::interp {

// The compare misses on another page, on any flag of the entry, and where the last byte lies in the
// next page: that one's entry is elsewhere, a table having two places at least.
template <typename T>
inline bool TagMatches(const mem::TlbEntry& entry, uint64_t va) {
  return entry.tag == ((va + (sizeof(T) - 1)) & ~mem::kPageOffsetMask);
}

inline const mem::TlbEntry& EntryFor(const HartState& hart, const mem::TlbEntry* table,
                                     uint64_t va) {
  constexpr int kShift = mem::kPageShift - std::countr_zero(sizeof(mem::TlbEntry));
  const char* bytes = reinterpret_cast<const char*>(table);
  return *reinterpret_cast<const mem::TlbEntry*>(bytes + (va >> kShift & hart.tlb_mask));
}
// REQUIRES: TagMatches().
inline void* HostAddress(const mem::TlbEntry& entry, uint64_t va) {
  return reinterpret_cast<void*>(entry.addend + va);
}

Flow LoadOutOfLine(HartState& hart, const Slot& slot, uint64_t va, uint32_t size_bytes,
                   uint64_t* value);
Flow StoreOutOfLine(HartState& hart, const Slot& slot, uint64_t va, uint32_t size_bytes,
                    uint64_t value);

// *value is set unless the result is kFault.
template <typename T>
inline Flow LoadFrom(HartState& hart, const Slot& slot, uint64_t va, T* value) {
  const mem::TlbEntry& entry = EntryFor(hart, hart.load_tlb, va);
  if (TagMatches<T>(entry, va)) [[likely]] {
    std::memcpy(value, HostAddress(entry, va), sizeof(T));
    return Flow::kNext;
  }
  uint64_t wide = 0;
  const Flow flow = LoadOutOfLine(hart, slot, va, sizeof(T), &wide);
  *value = static_cast<T>(wide);
  return flow;
}

template <typename T, bool kDigest>
inline Flow StoreTo(HartState& hart, const Slot& slot, uint64_t va, T value) {
  const mem::TlbEntry& entry = EntryFor(hart, hart.store_tlb, va);
  if (TagMatches<T>(entry, va)) [[likely]] {
    std::memcpy(HostAddress(entry, va), &value, sizeof(T));
    if constexpr (kDigest) {
      hart.digest.StoredAt(va + entry.digest_addend, value, sizeof(T));
    }
    return Flow::kNext;
  }
  return StoreOutOfLine(hart, slot, va, sizeof(T), value);
}

}  // namespace lockstep::interp

#endif  // EMULATOR_INTERP_MEMORY_ACCESS_H_

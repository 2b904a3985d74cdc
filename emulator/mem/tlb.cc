#include "emulator/mem/tlb.h"

#include <algorithm>
#include <utility>

namespace lockstep::mem {

Tlb::Tlb(uint32_t entries, uint32_t victims) : index_mask_(entries - 1) {
  for (Part& part : parts_) {
    part.direct.resize(entries);
    part.victims.resize(victims);
  }
}

TlbEntry* Tlb::Find(Context context, Access kind, uint64_t va) {
  Part& part = Of(context, kind);
  TlbEntry& home = part.direct[(va >> kPageShift) & index_mask_];
  if (home.Covers(va)) return &home;
  for (TlbEntry& victim : part.victims) {
    if (victim.Covers(va)) {
      std::swap(victim, home);
      return &home;
    }
  }
  return nullptr;
}

TlbEntry* Tlb::Insert(Context context, Access kind, const TlbEntry& entry) {
  Part& part = Of(context, kind);
  part.used = true;
  TlbEntry& home = part.direct[(entry.tag >> kPageShift) & index_mask_];
  if (home.tag != TlbEntry::kInvalid && !home.Covers(entry.tag) && !part.victims.empty()) {
    part.victims[part.next_victim] = home;
    part.next_victim = (part.next_victim + 1) % part.victims.size();
  }
  home = entry;
  return &home;
}

void Tlb::Flush() {
  for (Part& part : parts_) {
    if (!part.used) continue;
    part.used = false;
    std::fill(part.direct.begin(), part.direct.end(), TlbEntry{});
    std::fill(part.victims.begin(), part.victims.end(), TlbEntry{});
    part.next_victim = 0;
  }
}

void Tlb::FlushExcept(uint64_t va) {
  const auto drop = [va](TlbEntry& entry) {
    if (!entry.Covers(va)) entry = TlbEntry{};
  };
  for (Part& part : parts_) {
    if (!part.used) continue;
    std::for_each(part.direct.begin(), part.direct.end(), drop);
    std::for_each(part.victims.begin(), part.victims.end(), drop);
  }
}

void Tlb::Mark(uint64_t page_pa, uint64_t flag, bool is_set) {
  const auto mark = [page_pa, flag, is_set](TlbEntry& entry) {
    if (entry.tag == TlbEntry::kInvalid || entry.page_pa != page_pa) return;
    entry.tag = is_set ? entry.tag | flag : entry.tag & ~flag;
  };
  for (int context = 0; context < kContexts; ++context) {
    Part& part = Of(static_cast<Context>(context), Access::kStore);
    if (!part.used) continue;
    std::for_each(part.direct.begin(), part.direct.end(), mark);
    std::for_each(part.victims.begin(), part.victims.end(), mark);
  }
}

}  // namespace lockstep::mem

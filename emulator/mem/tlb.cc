#include "emulator/mem/tlb.h"

#include <algorithm>
#include <utility>

namespace lockstep::mem {
namespace {

constexpr size_t kGrowth = 4;

// An empty place that is among Part::used.
constexpr TlbEntry kFreed = {.page_pa = 1};

}  // namespace

Tlb::Tlb(uint32_t entries, uint32_t max_entries, uint32_t victims) : max_entries_(max_entries) {
  byte_masks_.fill((entries - 1) * sizeof(TlbEntry));
  for (Part& part : parts_) {
    part.direct.resize(entries);
    part.victims.resize(victims);
    part.used.reserve(kMostUsed);
  }
}

TlbEntry* Tlb::Find(Context context, Access kind, uint64_t va) {
  Part& part = Of(context, kind);
  TlbEntry& home = HomeOf(part, va);
  if (home.Covers(va)) return &home;
  for (TlbEntry& victim : part.victims) {
    if (victim.Covers(va)) {
      const TlbEntry found = std::exchange(victim, home);
      Put(&part, found);
      return &home;
    }
  }
  return nullptr;
}

void Tlb::Put(Part* part, const TlbEntry& entry) {
  TlbEntry& home = HomeOf(*part, entry.tag);
  if (home.tag == TlbEntry::kInvalid && home.page_pa != kFreed.page_pa) {
    if (part->n_used < kMostUsed) {
      part->used.push_back(static_cast<uint32_t>(&home - part->direct.data()));
    }
    ++part->n_used;
  }
  home = entry;
}

bool Tlb::Insert(Context context, Access kind, const TlbEntry& entry, uint64_t page_bytes) {
  Part& part = Of(context, kind);
  if (page_bytes > kPageBytes) {
    const uint64_t first = entry.tag & ~(page_bytes - 1);
    large_first_ = std::min(large_first_, first);
    large_last_ = std::max(large_last_, first + (page_bytes - 1));
  }
  const TlbEntry& old = HomeOf(part, entry.tag);
  bool has_grown = false;
  if (old.tag != TlbEntry::kInvalid && !old.Covers(entry.tag)) {
    if (kind == Access::kFetch) has_lost_fetch_ = true;
    if (!part.victims.empty()) {
      part.victims[part.next_victim] = old;
      part.next_victim = (part.next_victim + 1) % part.victims.size();
    }
    const size_t size = part.direct.size();
    has_grown = ++part.n_displaced > size && size < max_entries_;
    if (has_grown) Grow(context, kind);
  }
  Put(&Of(context, kind), entry);
  return has_grown;
}

void Tlb::Resize(Part* part, size_t entries) {
  const std::vector<TlbEntry> old = std::exchange(part->direct, std::vector<TlbEntry>(entries));
  part->used.clear();
  part->n_used = 0;
  part->n_displaced = 0;
  for (const TlbEntry& entry : old) {
    if (entry.tag != TlbEntry::kInvalid) Put(part, entry);
  }
}

void Tlb::Grow(Context context, Access kind) {
  const size_t entries = std::min(Of(context, kind).direct.size() * kGrowth, max_entries_);
  if (kind == Access::kFetch) return Resize(&Of(context, kind), entries);
  Resize(&Of(context, Access::kLoad), entries);
  Resize(&Of(context, Access::kStore), entries);
  byte_masks_[context] = (entries - 1) * sizeof(TlbEntry);
}

void Tlb::Flush() {
  for (Part& part : parts_) {
    if (part.n_used == 0) continue;
    if (part.n_used <= kMostUsed) {
      for (const uint32_t place : part.used) part.direct[place] = TlbEntry{};
    } else {
      std::fill(part.direct.begin(), part.direct.end(), TlbEntry{});
    }
    std::fill(part.victims.begin(), part.victims.end(), TlbEntry{});
    part.used.clear();
    part.n_used = 0;
    part.next_victim = 0;
  }
  large_first_ = ~uint64_t{0};
  large_last_ = 0;
  has_lost_fetch_ = false;
}

bool Tlb::FlushPage(uint64_t va) {
  if (va >= large_first_ && va <= large_last_) {
    Flush();
    return true;
  }
  bool has_fetch = has_lost_fetch_;
  has_lost_fetch_ = false;
  for (size_t i = 0; i < parts_.size(); ++i) {
    Part& part = parts_[i];
    if (part.n_used == 0) continue;
    bool is_there = false;
    const auto drop = [va, &is_there](TlbEntry& entry) {
      if (!entry.Covers(va)) return;
      entry = kFreed;
      is_there = true;
    };
    drop(HomeOf(part, va));
    std::for_each(part.victims.begin(), part.victims.end(), drop);
    has_fetch |= is_there && i % kKinds == static_cast<size_t>(Access::kFetch);
  }
  return has_fetch;
}

void Tlb::FlushExcept(uint64_t va) {
  const auto drop = [va](TlbEntry& entry) {
    if (!entry.Covers(va)) entry = TlbEntry{};
  };
  for (Part& part : parts_) {
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
    if (part.n_used == 0) continue;
    if (part.n_used <= kMostUsed) {
      for (const uint32_t place : part.used) mark(part.direct[place]);
    } else {
      std::for_each(part.direct.begin(), part.direct.end(), mark);
    }
    std::for_each(part.victims.begin(), part.victims.end(), mark);
  }
}

}  // namespace lockstep::mem

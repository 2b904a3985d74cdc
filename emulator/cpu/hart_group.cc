#include "emulator/cpu/hart_group.h"

#include <algorithm>

#include "emulator/base/check.h"
#include "emulator/cpu/memory.h"

namespace lockstep::cpu {
namespace {

using mem::kPageOffsetMask;

constexpr uint64_t kReservationBytes = 8;
constexpr uint64_t kPteBytes = 8;

bool HasReservation(const HartState& hart) { return hart.reserved_va != HartState::kNoReservation; }

bool Contains(const std::vector<uint64_t>& pages, uint64_t page_pa) {
  return std::find(pages.begin(), pages.end(), page_pa) != pages.end();
}

}  // namespace

bool HartGroup::Member::CodeWritten(uint64_t pa, uint64_t size_bytes) {
  bool hits_running = false;
  for (const auto& member : group.members_) {
    const bool hits = member->own->CodeWritten(pa, size_bytes);
    // The others run nothing now.
    if (member.get() == this) hits_running = hits;
  }
  return hits_running;
}

bool HartGroup::Member::PageHasCode(uint64_t page_pa) const {
  return std::any_of(group.members_.begin(), group.members_.end(),
                     [&](const auto& member) { return member->own->PageHasCode(page_pa); });
}

void HartGroup::Join(HartState* hart) {
  LOCKSTEP_CHECK(members_.size() < kMaxHarts && hart->config.hart_id == members_.size())
      << "hart " << hart->config.hart_id << " joins " << members_.size();
  members_.push_back(std::make_unique<Member>(this, hart));
  hart->code = members_.back().get();
}

void HartGroup::BeginTurn(HartState& hart) {
  Member& member = MemberOf(hart);
  std::vector<uint64_t>& wanted = wanted_pages_;
  wanted.clear();
  for (const auto& other : members_) {
    if (other.get() == &member || !HasReservation(other->hart)) continue;
    if (other->hart.reserved_pa == HartState::kNoReservation) {
      // No memory that could be watched: a device, or a page that PMP splits.
      other->hart.reserved_va = HartState::kNoReservation;
      continue;
    }
    const uint64_t page = other->hart.reserved_pa & ~kPageOffsetMask;
    if (!Contains(wanted, page)) wanted.push_back(page);
  }
  if (wanted == member.reserved_pages) return;
  for (const uint64_t page : member.reserved_pages) {
    if (!Contains(wanted, page) && !tables_.contains(page)) hart.tlb->MarkWatched(page, false);
  }
  for (const uint64_t page : wanted) {
    if (!Contains(member.reserved_pages, page)) hart.tlb->MarkWatched(page, true);
  }
  std::swap(member.reserved_pages, wanted);
}

void HartGroup::MarkCode(HartState& hart, uint64_t page_pa, bool is_code) {
  if (!is_code) {
    for (const auto& member : members_) {
      if (&member->hart != &hart && member->own->PageHasCode(page_pa)) return;
    }
  }
  for (const auto& member : members_) member->hart.tlb->MarkCode(page_pa, is_code);
}

bool HartGroup::Watches(HartState& hart, uint64_t page_pa) {
  return tables_.contains(page_pa) || Contains(MemberOf(hart).reserved_pages, page_pa);
}

void HartGroup::Walked(HartState& hart, std::span<const uint64_t> pte_pas) {
  const Member& member = MemberOf(hart);
  for (const uint64_t pa : pte_pas) {
    const uint64_t page = pa & ~kPageOffsetMask;
    std::unique_ptr<TablePage>& table = tables_[page];
    if (table == nullptr) {
      table = std::make_unique<TablePage>();
      for (const auto& any : members_) any->hart.tlb->MarkWatched(page, true);
    }
    TablePage::Use& use = table->by_hart[hart.config.hart_id];
    if (use.flushes != member.flushes) {
      use.flushes = member.flushes;
      use.ptes.reset();
    }
    use.ptes.set((pa & kPageOffsetMask) / kPteBytes);
  }
}

void HartGroup::DeviceWrote(HartState& hart, uint64_t pa, uint64_t size_bytes) {
  BreakReservation(hart, pa, size_bytes);
  const Member& member = MemberOf(hart);
  const uint64_t end = pa + size_bytes;
  while (pa < end) {
    const uint64_t part = std::min(end - pa, mem::kPageBytes - (pa & kPageOffsetMask));
    const auto table = tables_.find(pa & ~kPageOffsetMask);
    if (table != tables_.end() && HasUsed(member, *table->second, pa, part)) DropTranslations(hart);
    pa += part;
  }
}

void HartGroup::Written(HartState& by, uint64_t pa, uint64_t size_bytes, bool is_change) {
  for (const auto& member : members_) {
    if (&member->hart != &by) BreakReservation(member->hart, pa, size_bytes);
  }
  FlushUsers(by, pa, size_bytes, is_change);
}

void HartGroup::BreakReservation(HartState& hart, uint64_t pa, uint64_t size_bytes) {
  if (!HasReservation(hart)) return;
  const uint64_t reserved = hart.reserved_pa & ~(kReservationBytes - 1);
  if (reserved < pa + size_bytes && pa < reserved + kReservationBytes) {
    hart.reserved_va = HartState::kNoReservation;
  }
}

bool HartGroup::HasUsed(const Member& member, const TablePage& table, uint64_t pa,
                        uint64_t size_bytes) {
  const TablePage::Use& use = table.by_hart[member.hart.config.hart_id];
  if (use.flushes != member.flushes) return false;
  const size_t last = ((pa + size_bytes - 1) & kPageOffsetMask) / kPteBytes;
  for (size_t pte = (pa & kPageOffsetMask) / kPteBytes; pte <= last; ++pte) {
    if (use.ptes.test(pte)) return true;
  }
  return false;
}

void HartGroup::FlushUsers(HartState& by, uint64_t pa, uint64_t size_bytes, bool is_change) {
  const uint64_t page = pa & ~kPageOffsetMask;
  const auto table = tables_.find(page);
  if (table == tables_.end()) return;
  bool is_in_use = false;
  for (const auto& member : members_) {
    if (is_change && HasUsed(*member, *table->second, pa, size_bytes)) {
      DropTranslations(member->hart);
      if (&member->hart == &by) by.leave_block = true;
    }
    is_in_use |= table->second->by_hart[member->hart.config.hart_id].flushes == member->flushes;
  }
  if (is_in_use) return;
  // It is a page like any other, as far as anybody knows.
  tables_.erase(table);
  for (const auto& member : members_) {
    if (!Contains(member->reserved_pages, page)) member->hart.tlb->MarkWatched(page, false);
  }
}

}  // namespace lockstep::cpu

#include "emulator/cpu/memory.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "emulator/cpu/hart_group.h"
#include "emulator/mem/page_walk.h"

namespace lockstep::cpu {
namespace {

using mem::Access;
using mem::kPageBytes;
using mem::kPageOffsetMask;
using mem::MemFault;
using mem::Tlb;
using mem::TlbEntry;

// A privilege that no PMP rule or page table tells from S, for the reserved context.
constexpr uint8_t kReservedPrivilege = 2;

uint8_t PrivilegeOf(Tlb::Context context) {
  switch (context) {
    case Tlb::kUserMode:
      return kUser;
    case Tlb::kSupervisorMode:
    case Tlb::kSupervisorSum:
      return kSupervisor;
    case Tlb::kMachineMode:
      return kMachine;
    case Tlb::kReserved:
      break;
  }
  return kReservedPrivilege;
}

// Levels of Sv57.
constexpr size_t kMaxLevels = 5;

// Page-table entries as the walker reads and updates them. An update is a store of eight bytes.
class HartPteMemory : public mem::PteMemory {
 public:
  explicit HartPteMemory(HartState* hart) : hart_(*hart) {}

  bool LoadPte(uint64_t pa, uint64_t* pte) override {
    const MemoryRegion* region = hart_.bus->FindMemory(pa);
    if (region == nullptr) return hart_.bus->Read(pa, 8, pte);
    if (n_loaded_ < loaded_.size()) loaded_[n_loaded_++] = pa;
    std::memcpy(pte, region->host + (pa - region->base), sizeof(*pte));
    return true;
  }

  bool StorePte(uint64_t pa, uint64_t pte) override {
    const MemoryRegion* region = hart_.bus->FindMemory(pa);
    if (region == nullptr || !region->writable) return false;
    std::memcpy(region->host + (pa - region->base), &pte, sizeof(pte));
    // A and D only: what other harts keep of the entry stays right.
    if (hart_.config.group != nullptr) hart_.config.group->Written(hart_, pa, 8, false);
    if (hart_.digest.enabled()) DigestStore(hart_, pa, pte, 8);
    if (hart_.code->PageHasCode(pa & ~kPageOffsetMask) && hart_.code->CodeWritten(pa, 8)) {
      hart_.leave_block = true;
    }
    return true;
  }

  // Those that were read from memory.
  std::span<const uint64_t> loaded() const { return {loaded_.data(), n_loaded_}; }

 private:
  HartState& hart_;
  std::array<uint64_t, kMaxLevels> loaded_{};
  size_t n_loaded_ = 0;
};

uint64_t LowBytes(uint64_t value, uint32_t bytes) {
  return bytes < 8 ? value & ((uint64_t{1} << (8 * bytes)) - 1) : value;
}

void SetTrap(HartState& hart, Access access, MemFault fault, uint64_t va) {
  static constexpr uint8_t kPageCauses[] = {kCauseLoadPage, kCauseStorePage, kCauseFetchPage};
  static constexpr uint8_t kAccessCauses[] = {kCauseLoadAccess, kCauseStoreAccess,
                                              kCauseFetchAccess};
  const size_t kind = static_cast<size_t>(access);
  hart.trap.cause = fault == MemFault::kPage ? kPageCauses[kind] : kAccessCauses[kind];
  hart.trap.tval = va;
}

void ReportFill(HartState& hart, uint64_t va, Access access, const mem::WalkResult& walk,
                bool is_translated, uint8_t privilege) {
  ++hart.stats.tlb_fills;
  if (hart.observer == nullptr) return;
  const uint64_t pte_permissions = is_translated
                                       ? (walk.pte_flags >> 1 & 0x1fu) | (walk.pte_flags & 0xc0u)
                                       : mem::kAllPermissions;
  const uint64_t fields[] = {va & ~kPageOffsetMask,
                             walk.pa & ~kPageOffsetMask,
                             walk.page_bytes,
                             static_cast<uint64_t>(access),
                             is_translated ? mem::SatpAsid(hart.csr.satp) : 0u,
                             is_translated ? mem::SatpMode(hart.csr.satp) : 0u,
                             pte_permissions,
                             privilege};
  hart.observer->Event(hart.config.hart_id, observe::EventKind::kTlbFill, hart.Begun(), fields);
}

Place PlaceOf(const TlbEntry& entry, uint64_t va) {
  Place place;
  place.pa = entry.page_pa | (va & kPageOffsetMask);
  if (!(entry.tag & TlbEntry::kDevice)) {
    place.host = reinterpret_cast<uint8_t*>(entry.addend + va);
  }
  place.is_rom = entry.tag & TlbEntry::kRom;
  place.has_code = entry.tag & TlbEntry::kCode;
  place.is_watched = entry.tag & TlbEntry::kWatched;
  return place;
}

// The TLB entry for a page, with what its flags must say.
TlbEntry MakeEntry(HartState& hart, uint64_t va, uint64_t pa, Access access) {
  TlbEntry entry;
  entry.tag = va & ~kPageOffsetMask;
  entry.page_pa = pa & ~kPageOffsetMask;
  const MemoryRegion* region = hart.bus->FindMemory(pa);
  if (region == nullptr) {
    entry.tag |= TlbEntry::kDevice;
    return entry;
  }
  entry.addend = reinterpret_cast<uint64_t>(region->host) + (entry.page_pa - region->base) -
                 (va & ~kPageOffsetMask);
  if (access == Access::kStore) {
    entry.digest_addend = entry.page_pa - (va & ~kPageOffsetMask) + LOCKSTEP_MEM_P;
    if (!region->writable) entry.tag |= TlbEntry::kRom;
    if (hart.code->PageHasCode(entry.page_pa)) entry.tag |= TlbEntry::kCode;
    if (hart.digest.enabled() && hart.config.digest_rules.Touches(entry.page_pa, kPageBytes)) {
      entry.tag |= TlbEntry::kVolatile;
    }
    HartGroup* group = hart.config.group.get();
    if (group != nullptr && group->Watches(hart, entry.page_pa)) entry.tag |= TlbEntry::kWatched;
  }
  return entry;
}

void ReportMmio(HartState& hart, uint64_t pa, uint64_t value, uint32_t size_bytes, bool is_write) {
  if (hart.observer == nullptr) return;
  const uint64_t fields[] = {pa, value, size_bytes, is_write};
  hart.observer->Event(hart.config.hart_id, observe::EventKind::kMmio, hart.Begun(), fields);
}

// Loads or stores 1 to 8 bytes of RAM within a page.
uint64_t LoadRam(const Place& place, uint32_t size_bytes) {
  uint64_t value = 0;
  if (size_bytes == 8) {  // most of them; a copy of unknown size is a call
    std::memcpy(&value, place.host, 8);
    return value;
  }
  std::memcpy(&value, place.host, size_bytes);
  return value;
}

void StoreRam(HartState& hart, const Place& place, uint32_t size_bytes, uint64_t value) {
  if (place.is_rom) return;
  if (place.is_watched) {
    const bool is_change = std::memcmp(place.host, &value, size_bytes) != 0;
    hart.config.group->Written(hart, place.pa, size_bytes, is_change);
  }
  std::memcpy(place.host, &value, size_bytes);
  if (hart.digest.enabled()) {
    DigestStore(hart, place.pa, LowBytes(value, size_bytes), size_bytes);
  }
  if (place.has_code && hart.code->CodeWritten(place.pa, size_bytes)) hart.leave_block = true;
}

bool LoadDevice(HartState& hart, uint64_t pa, uint32_t size_bytes, uint64_t* value) {
  hart.leave_block = true;
  *value = 0;
  if (!hart.bus->Read(pa, size_bytes, value)) return false;
  ReportMmio(hart, pa, *value, size_bytes, /*is_write=*/false);
  return true;
}

bool StoreDevice(HartState& hart, uint64_t pa, uint32_t size_bytes, uint64_t value) {
  hart.leave_block = true;
  value = LowBytes(value, size_bytes);
  ReportMmio(hart, pa, value, size_bytes, /*is_write=*/true);
  return hart.bus->Write(pa, size_bytes, value);
}

bool AccessFault(HartState& hart, Access access, uint64_t va) {
  SetTrap(hart, access, MemFault::kAccess, va);
  return false;
}

}  // namespace

bool Translate(HartState& hart, uint64_t va, uint32_t size_bytes, Access access, Place* place) {
  const Tlb::Context context = access == Access::kFetch ? hart.fetch_context : hart.data_context;
  if (const TlbEntry* entry = hart.tlb->Find(context, access, va)) {
    *place = PlaceOf(*entry, va);
    return true;
  }
  const uint8_t privilege = PrivilegeOf(context);
  const bool is_translated =
      privilege != kMachine && mem::SatpMode(hart.csr.satp) != mem::kModeBare;
  mem::WalkRequest request;
  request.satp = privilege == kMachine ? 0 : hart.csr.satp;
  request.privilege = privilege;
  request.sum = hart.csr.mstatus & kMstatusSum;
  request.mxr = hart.csr.mstatus & kMstatusMxr;
  request.svpbmt = hart.config.model.extensions.Has(isa::Extension::kSvpbmt);
  request.svnapot = hart.config.model.extensions.Has(isa::Extension::kSvnapot);
  request.set_dirty = !hart.FaultActive(faults::Fault::kDirtyBitNotSet);
  HartPteMemory memory(&hart);
  const mem::WalkResult walk = mem::WalkPageTable(va, access, request, hart.pmp, &memory);
  if (walk.fault != MemFault::kNone) {
    SetTrap(hart, access, walk.fault, va);
    return false;
  }
  const uint8_t wanted = mem::PermissionFor(access);
  const mem::Pmp::PagePermissions pmp = hart.pmp.ForPage(walk.pa & ~kPageOffsetMask, privilege);
  const bool allowed = pmp.uniform ? (pmp.permissions & wanted) != 0
                                   : hart.pmp.Allows(walk.pa, size_bytes, wanted, privilege);
  if (!allowed) return AccessFault(hart, access, va);
  const TlbEntry entry = MakeEntry(hart, va, walk.pa, access);
  ReportFill(hart, va, access, walk, is_translated, privilege);
  *place = PlaceOf(entry, va);
  // A page that PMP splits is looked up each time.
  if (pmp.uniform) {
    if (hart.tlb->Insert(context, access, entry, walk.page_bytes)) UpdateTlbTables(hart);
    if (hart.config.group != nullptr) hart.config.group->Walked(hart, memory.loaded());
  }
  return true;
}

bool LoadSlow(HartState& hart, uint64_t va, uint32_t size_bytes, uint64_t* value) {
  const uint64_t first_va = va & ~uint64_t{size_bytes - 1};
  const uint64_t second_va = first_va + size_bytes;
  const uint32_t skew = static_cast<uint32_t>(va - first_va);
  const bool crosses = skew != 0 && (second_va & kPageOffsetMask) == 0;
  const uint32_t first_bytes = crosses ? size_bytes - skew : size_bytes;
  Place first, second;
  if (!Translate(hart, va, first_bytes, Access::kLoad, &first)) return false;
  if (crosses && !Translate(hart, second_va, skew, Access::kLoad, &second)) return false;
  if (!crosses) {
    second = first;
    second.pa += size_bytes - skew;
    if (second.host != nullptr) second.host += size_bytes - skew;
  }
  if (first.host != nullptr && (skew == 0 || second.host != nullptr)) {
    *value = LoadRam(first, first_bytes);
    if (crosses) *value |= LoadRam(second, skew) << (8 * first_bytes);
    return true;
  }
  // A device never sees a misaligned access: it is made of the two aligned ones around it.
  const auto load = [&](const Place& place, uint64_t pa, uint64_t* part) {
    if (place.host == nullptr) return LoadDevice(hart, pa, size_bytes, part);
    std::memcpy(part, place.host - (place.pa - pa), size_bytes);
    return true;
  };
  uint64_t low, high = 0;
  if (!load(first, first.pa - skew, &low)) return AccessFault(hart, Access::kLoad, first_va);
  if (skew == 0) {
    *value = low;
    return true;
  }
  if (!load(second, second.pa, &high)) return AccessFault(hart, Access::kLoad, second_va);
  *value = LowBytes(low >> (8 * skew) | high << (8 * (size_bytes - skew)), size_bytes);
  return true;
}

bool StoreSlow(HartState& hart, uint64_t va, uint32_t size_bytes, uint64_t value) {
  const uint64_t room = kPageBytes - (va & kPageOffsetMask);
  const uint32_t first_bytes = static_cast<uint32_t>(std::min<uint64_t>(room, size_bytes));
  const uint32_t second_bytes = size_bytes - first_bytes;
  Place first, second;
  // Both pages are translated before anything is stored.
  if (!Translate(hart, va, first_bytes, Access::kStore, &first)) return false;
  if (second_bytes != 0 &&
      !Translate(hart, va + first_bytes, second_bytes, Access::kStore, &second)) {
    return false;
  }
  const auto store = [&](const Place& place, uint64_t part_va, uint32_t bytes, uint64_t part) {
    if (place.host != nullptr) {
      StoreRam(hart, place, bytes, part);
      return true;
    }
    // A device sees a misaligned store byte by byte.
    const uint32_t step = va % size_bytes == 0 ? bytes : 1;
    for (uint32_t done = 0; done < bytes; done += step) {
      if (!StoreDevice(hart, place.pa + done, step, part >> (8 * done))) {
        return AccessFault(hart, Access::kStore, part_va + done);
      }
    }
    return true;
  };
  if (!store(first, va, first_bytes, value)) return false;
  return second_bytes == 0 ||
         store(second, va + first_bytes, second_bytes, value >> (8 * first_bytes));
}

void UpdateTlbTables(HartState& hart) {
  for (int i = 0; i < Tlb::kContexts; ++i) {
    const Tlb::Context context = static_cast<Tlb::Context>(i);
    hart.tlb_tables[i] = {hart.tlb->Table(context, Access::kLoad),
                          hart.tlb->Table(context, Access::kStore), hart.tlb->ByteMask(context)};
  }
  SelectTlbTables(hart);
}

void DropTranslations(HartState& hart) {
  ++hart.map_epoch;
  hart.tlb->Flush();
  if (hart.config.group != nullptr) hart.config.group->Flushed(hart);
}

void FlushTlb(HartState& hart, FlushScope scope, uint64_t va, uint64_t asid) {
  const bool is_one_page = scope == FlushScope::kAddress || scope == FlushScope::kBoth;
  const bool is_one_asid = scope == FlushScope::kAsid || scope == FlushScope::kBoth;
  // Another address space than the present one has no entries: satp writes leave none.
  const bool is_foreign = is_one_asid && asid != mem::SatpAsid(hart.csr.satp);
  if (is_one_page && hart.FaultActive(faults::Fault::kSfenceLeavesEntry)) {
    ++hart.map_epoch;
    hart.tlb->FlushExcept(va);
  } else if (!is_foreign && !is_one_page) {
    DropTranslations(hart);
  } else if (!is_foreign && hart.tlb->FlushPage(va)) {
    ++hart.map_epoch;
  }
  if (hart.observer == nullptr) return;
  const uint64_t fields[] = {va, asid, static_cast<uint64_t>(scope)};
  hart.observer->Event(hart.config.hart_id, observe::EventKind::kTlbFlush, hart.Begun(), fields);
}

void MarkCode(HartState& hart, uint64_t page_pa, bool is_code) {
  if (hart.config.group != nullptr) {
    hart.config.group->MarkCode(hart, page_pa, is_code);
  } else {
    hart.tlb->MarkCode(page_pa, is_code);
  }
}

uint64_t LoadedFrom(HartState& hart, uint64_t va) {
  const TlbEntry* entry = hart.tlb->Find(hart.data_context, Access::kLoad, va);
  if (entry == nullptr || (entry->tag & TlbEntry::kDevice)) return HartState::kNoReservation;
  return entry->page_pa | (va & kPageOffsetMask);
}

}  // namespace lockstep::cpu

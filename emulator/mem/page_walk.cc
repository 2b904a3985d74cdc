#include "emulator/mem/page_walk.h"

namespace lockstep::mem {
namespace {

constexpr unsigned kIndexBits = 9;
constexpr uint64_t kIndexMask = (1u << kIndexBits) - 1;
constexpr uint64_t kPpnMask = (uint64_t{1} << 44) - 1;

// Svnapot has one size: 16 pages, written as 8 in the low bits of the page number.
constexpr uint64_t kNapotPages = 16;

WalkResult Fail(MemFault fault) {
  WalkResult result;
  result.fault = fault;
  return result;
}

// Whether the bits above the page number are what this hart lets them be. A pointer to the next
// table has none of the attributes.
bool HighBitsAllowed(uint64_t pte, const WalkRequest& request) {
  if (!request.svpbmt && !request.svnapot) return pte >> 54 == 0;
  if (!request.svpbmt && (pte & kPtePbmt)) return false;
  const bool is_pointer = !(pte & (kPteR | kPteW | kPteX));
  return !is_pointer || !(pte & (kPteN | kPtePbmt));
}

// Whether a leaf PTE permits the access; SUM, MXR and U as in section 4.3.1.
bool LeafPermits(uint64_t pte, Access access, const WalkRequest& request) {
  if ((pte & kPteW) && !(pte & kPteR)) return false;  // reserved
  if (pte & kPteU) {
    if (request.privilege != kUser && (!request.sum || access == Access::kFetch)) return false;
  } else if (request.privilege != kSupervisor) {
    return false;
  }
  switch (access) {
    case Access::kLoad:
      return (pte & kPteR) || ((pte & kPteX) && request.mxr);
    case Access::kStore:
      return (pte & kPteW) != 0;
    case Access::kFetch:
      return (pte & kPteX) != 0;
  }
  return false;
}

uint8_t EntryPermissions(uint64_t pte, const WalkRequest& request, bool written) {
  uint8_t permissions = 0;
  if ((pte & kPteR) || ((pte & kPteX) && request.mxr)) permissions |= kRead;
  if (pte & kPteX) permissions |= kExecute;
  // Without D a later store must walk again to set it.
  if ((pte & kPteW) && (written || (pte & kPteD))) permissions |= kWrite;
  return permissions;
}

}  // namespace

WalkResult WalkPageTable(uint64_t va, Access access, const WalkRequest& request, const Pmp& pmp,
                         PteMemory* memory) {
  const unsigned mode = SatpMode(request.satp);
  WalkResult result;
  if (mode == kModeBare) {
    result.pa = va;
    result.page_bytes = kPageBytes;
    result.permissions = kAllPermissions;
    return result;
  }
  const unsigned levels = mode - kModeSv39 + 3;
  const unsigned va_bits = kPageShift + levels * kIndexBits;
  // Bits above the virtual address must all equal its top bit.
  const int64_t sign = static_cast<int64_t>(va) >> (va_bits - 1);
  if (sign != 0 && sign != -1) return Fail(MemFault::kPage);

  uint64_t table = SatpPpn(request.satp) << kPageShift;
  for (unsigned level = levels; level-- > 0;) {
    const unsigned shift = level * kIndexBits;
    const uint64_t pte_pa = table + ((va >> (kPageShift + shift)) & kIndexMask) * 8;
    if (!pmp.Allows(pte_pa, 8, kRead, kSupervisor)) return Fail(MemFault::kAccess);
    uint64_t pte;
    if (!memory->LoadPte(pte_pa, &pte)) return Fail(MemFault::kPage);
    if (!(pte & kPteV) || !HighBitsAllowed(pte, request)) return Fail(MemFault::kPage);
    const uint64_t ppn = pte >> 10 & kPpnMask;
    if (!(pte & (kPteR | kPteW | kPteX))) {
      if (pte & (kPteD | kPteA | kPteU)) return Fail(MemFault::kPage);
      table = ppn << kPageShift;
      continue;
    }
    const uint64_t superpage_mask = (uint64_t{1} << shift) - 1;
    if (!LeafPermits(pte, access, request)) return Fail(MemFault::kPage);
    if (ppn & superpage_mask) return Fail(MemFault::kPage);
    const bool is_napot = request.svnapot && (pte & kPteN);
    if (is_napot && (level != 0 || ppn % kNapotPages != kNapotPages / 2)) {
      return Fail(MemFault::kPage);
    }
    const uint64_t page_mask = is_napot ? kNapotPages - 1 : superpage_mask;
    const bool written = access == Access::kStore;
    const uint64_t updated = pte | kPteA | (written && request.set_dirty ? kPteD : 0);
    if (updated != pte && !memory->StorePte(pte_pa, updated)) return Fail(MemFault::kPage);
    result.pa = ((ppn & ~page_mask) | ((va >> kPageShift) & page_mask)) << kPageShift |
                (va & kPageOffsetMask);
    result.page_bytes = (page_mask + 1) << kPageShift;
    result.pte_flags = static_cast<uint8_t>(updated);
    result.permissions = EntryPermissions(updated, request, written);
    return result;
  }
  return Fail(MemFault::kPage);
}

}  // namespace lockstep::mem

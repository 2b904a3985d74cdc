// Guest memory through translation and protection: the slow paths behind the TLB's fast compare.
//
// Not thread-safe. Source: Privileged ISA 1.12, sections 3.7 and 4.3; design "MMU".
#ifndef EMULATOR_CPU_MEMORY_H_
#define EMULATOR_CPU_MEMORY_H_

#include <cstdint>

#include "emulator/cpu/hart_state.h"
#include "emulator/mem/access.h"

namespace lockstep::cpu {

// A translated byte and where it lives.
struct Place {
  uint64_t pa = 0;
  uint8_t* host = nullptr;  // null: a device
  bool is_rom = false;      // stores are ignored
  bool has_code = false;    // the page holds translations (stores only)
  bool is_watched = false;  // the hart's group is told of stores
};

// Translates an access that does not cross a page. On failure false, with hart.trap set to the
// cause that `access` calls for and `va` as its value; fetches set the trap in the same way.
bool Translate(HartState& hart, uint64_t va, uint32_t size_bytes, mem::Access access, Place* place);

// Loads and stores of 1, 2, 4 or 8 bytes at any alignment. False: trap set. hart.leave_block is
// set when the block must end after this instruction (a device was accessed, code was changed).
// Loaded values are zero-extended.
bool LoadSlow(HartState& hart, uint64_t va, uint32_t size_bytes, uint64_t* value);
bool StoreSlow(HartState& hart, uint64_t va, uint32_t size_bytes, uint64_t value);

// What the fast compare needs, after the data context has changed.
inline void SelectTlbTables(HartState& hart) {
  const TlbTables& tables = hart.tlb_tables[hart.data_context];
  hart.load_tlb = tables.load;
  hart.store_tlb = tables.store;
  hart.tlb_mask = tables.mask;
}
// After tables of the TLB were made or moved.
void UpdateTlbTables(HartState& hart);

enum class FlushScope : uint8_t {
  kAll = 0,
  kAddress = 1,
  kAsid = 2,
  kBoth = 3,
  kSatp = 4,
  kPermission = 5
};
// Empties the TLB and whatever else keeps translated addresses.
void DropTranslations(HartState& hart);
// Drops what the fence names, and tells the observer.
void FlushTlb(HartState& hart, FlushScope scope, uint64_t va, uint64_t asid);

// A page has its first translated code, or has lost its last.
void MarkCode(HartState& hart, uint64_t page_pa, bool is_code);

// The physical address of a load that has just been carried out; HartState::kNoReservation when no
// plain memory that may be cached is behind it.
uint64_t LoadedFrom(HartState& hart, uint64_t va);

}  // namespace lockstep::cpu

#endif  // EMULATOR_CPU_MEMORY_H_

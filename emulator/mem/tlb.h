// The software TLB: a direct-mapped table per translation context and access kind, each with a
// small victim array behind it. Tables grow when their entries displace each other.
//
// It holds host addresses, so that a hit is one compare and one add. Entries are pages of 4 KiB
// also where the guest maps superpages. No geometry changes what the guest computes: an entry is
// only ever what a walk would give. Not thread-safe.
#ifndef EMULATOR_MEM_TLB_H_
#define EMULATOR_MEM_TLB_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "emulator/mem/access.h"

namespace lockstep::mem {

// 32 bytes, so that translated code finds an entry with a shift.
struct alignas(32) TlbEntry {
  static constexpr uint64_t kInvalid = ~uint64_t{0};
  // Flags in the tag's page offset. Any of them makes the fast compare miss, so that the slow path
  // looks.
  static constexpr uint64_t kDevice = 1u << 11;   // no host memory behind it
  static constexpr uint64_t kCode = 1u << 10;     // stores only: the page holds translated code
  static constexpr uint64_t kRom = 1u << 9;       // stores only: ignored
  static constexpr uint64_t kVolatile = 1u << 8;  // stores only: some bytes are not digested
  static constexpr uint64_t kWatched = 1u << 7;   // stores only: other harts must know of them
  static constexpr uint64_t kFlags = kDevice | kCode | kRom | kVolatile | kWatched;

  uint64_t tag = kInvalid;  // page of the virtual address | flags
  uint64_t addend = 0;      // host address - virtual address
  uint64_t page_pa = 0;
  // Stores to memory only: what makes a virtual address `x` of lockstep_mem_term_at(), modulo 2^64.
  uint64_t digest_addend = 0;

  bool Covers(uint64_t va) const { return (tag & ~kFlags) == (va & ~kPageOffsetMask); }
};

class Tlb {
 public:
  // Translation contexts: entries of one are never seen by another.
  enum Context : uint8_t {
    kUserMode = 0,
    kSupervisorMode,
    kSupervisorSum,
    kMachineMode,
    kReserved
  };
  static constexpr int kContexts = 5;
  static constexpr int kKinds = 3;  // mem::Access

  // The tables begin with `entries`, of which the fast compare of handlers and translated code
  // needs two, and grow up to `max_entries` where entries displace each other often. REQUIRES: both
  // are powers of two, entries <= max_entries; all in the ranges of HartConfig.
  Tlb(uint32_t entries, uint32_t max_entries, uint32_t victims);

  // The direct-mapped tables of loads and stores of a context, which are of one size. An entry is
  // at (va >> kPageShift & (size - 1)). Valid until the next Insert().
  TlbEntry* Table(Context context, Access kind) { return Of(context, kind).direct.data(); }
  // (size - 1) * sizeof(TlbEntry).
  uint64_t ByteMask(Context context) const { return byte_masks_[context]; }

  // The entry that covers `va`, from the table or brought back from the victims; null: a miss.
  TlbEntry* Find(Context context, Access kind, uint64_t va);
  // Puts an entry into its place; what was there moves to the victims. `page_bytes` is the size of
  // the page that the guest maps. True when tables of the context have moved (see Table()).
  bool Insert(Context context, Access kind, const TlbEntry& entry, uint64_t page_bytes);

  void Flush();
  // Drops the entries of the guest's page that holds `va`, whatever its size. False: nothing that
  // a fetch has found since the last Flush() was among them.
  bool FlushPage(uint64_t va);
  // All but the entries that cover `va`: what a planted fault leaves behind.
  void FlushExcept(uint64_t va);

  // Sets or clears TlbEntry::kCode on every store entry of a physical page.
  void MarkCode(uint64_t page_pa, bool is_code) { Mark(page_pa, TlbEntry::kCode, is_code); }
  // The same with TlbEntry::kWatched.
  void MarkWatched(uint64_t page_pa, bool is_watched) {
    Mark(page_pa, TlbEntry::kWatched, is_watched);
  }

 private:
  struct Part {
    std::vector<TlbEntry> direct;
    std::vector<TlbEntry> victims;
    // Places that hold entries, so that a flush need not look at all; beyond kMostUsed not kept.
    std::vector<uint32_t> used;
    uint32_t n_used = 0;
    uint32_t n_displaced = 0;  // by others, since the table has its size
    uint32_t next_victim = 0;  // round robin
  };
  static constexpr uint32_t kMostUsed = 1024;

  void Mark(uint64_t page_pa, uint64_t flag, bool is_set);
  Part& Of(Context context, Access kind) {
    return parts_[static_cast<size_t>(context) * kKinds + static_cast<size_t>(kind)];
  }
  static TlbEntry& HomeOf(Part& part, uint64_t va) {
    return part.direct[(va >> kPageShift) & (part.direct.size() - 1)];
  }
  static void Put(Part* part, const TlbEntry& entry);
  static void Resize(Part* part, size_t entries);
  void Grow(Context context, Access kind);

  size_t max_entries_;
  std::array<uint64_t, kContexts> byte_masks_;
  std::array<Part, kContexts * kKinds> parts_;
  // Since the last Flush(): pages larger than 4 KiB that were mapped are all in [first, last];
  // a fetch entry was displaced.
  uint64_t large_first_ = ~uint64_t{0}, large_last_ = 0;
  bool has_lost_fetch_ = false;
};

}  // namespace lockstep::mem

#endif  // EMULATOR_MEM_TLB_H_

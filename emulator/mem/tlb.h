// The software TLB: a direct-mapped table per translation context and access kind, each with a
// small victim array behind it.
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
  // looks. Bits 0..2 stay clear: the fast compare keeps those of the address to catch
  // misalignment.
  static constexpr uint64_t kDevice = 1u << 11;   // no host memory behind it
  static constexpr uint64_t kCode = 1u << 10;     // stores only: the page holds translated code
  static constexpr uint64_t kRom = 1u << 9;       // stores only: ignored
  static constexpr uint64_t kVolatile = 1u << 8;  // stores only: some bytes are not digested
  static constexpr uint64_t kWatched = 1u << 7;   // stores only: other harts must know of them
  static constexpr uint64_t kFlags = kDevice | kCode | kRom | kVolatile | kWatched;

  uint64_t tag = kInvalid;  // page of the virtual address | flags
  uint64_t addend = 0;      // host address - virtual address
  uint64_t page_pa = 0;

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

  // REQUIRES: entries is a power of two; both in the ranges of HartConfig.
  Tlb(uint32_t entries, uint32_t victims);

  uint64_t index_mask() const { return index_mask_; }
  // The direct-mapped table. The pointer is valid as long as the Tlb.
  TlbEntry* Table(Context context, Access kind) { return Of(context, kind).direct.data(); }

  // The entry that covers `va`, from the table or brought back from the victims; null: a miss.
  TlbEntry* Find(Context context, Access kind, uint64_t va);
  // Puts an entry into its place; what was there moves to the victims.
  TlbEntry* Insert(Context context, Access kind, const TlbEntry& entry);

  void Flush();
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
    uint32_t next_victim = 0;  // round robin
    bool used = false;
  };
  void Mark(uint64_t page_pa, uint64_t flag, bool is_set);
  Part& Of(Context context, Access kind) {
    return parts_[static_cast<size_t>(context) * kKinds + static_cast<size_t>(kind)];
  }

  uint64_t index_mask_;
  std::array<Part, kContexts * kKinds> parts_;
};

}  // namespace lockstep::mem

#endif  // EMULATOR_MEM_TLB_H_

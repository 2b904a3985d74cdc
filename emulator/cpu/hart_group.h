// What the harts of one machine must know of each other. One thread runs them in turns, so memory
// itself needs nothing; this is about what each keeps beside it:
//
// - Translations. A store into bytes that any hart has translated drops the translation, at once.
// - Reservations. A store by another hart, or by a device, into the eight aligned bytes of a
//   load-reserved breaks the reservation, also when it stores the value that was there. Only
//   reservations that outlive their hart's turn can be broken, so they are looked at when a turn
//   begins: the other harts' reserved pages are flagged in the store TLB of the hart that runs.
// - TLBs. A store that changes a page-table entry which a hart has used since its last flush
//   empties that hart's TLB. So a TLB only ever holds what a walk would give, and what a guest sees
//   between a store to a page table and the sfence.vma depends on no TLB's geometry. (A machine of
//   one hart does without, as QEMU does.)
//
// A hart without a group is alone in its machine. Not thread-safe.
#ifndef EMULATOR_CPU_HART_GROUP_H_
#define EMULATOR_CPU_HART_GROUP_H_

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "emulator/cpu/hart_state.h"

namespace lockstep::cpu {

class HartGroup {
 public:
  static constexpr size_t kMaxHarts = Hart::kMaxGroup;

  // `hart`, whose code listener is set, joins; the listener is replaced by one for the whole group.
  // Both outlive the use of the group. REQUIRES: fewer than kMaxHarts have joined.
  void Join(HartState* hart);

  // A device wrote memory that `hart` may have used.
  void DeviceWrote(HartState& hart, uint64_t pa, uint64_t size_bytes);

  // `hart` runs next, after another one.
  void BeginTurn(HartState& hart);

  // A page has its first translation by `hart`, or has lost its last one.
  void MarkCode(HartState& hart, uint64_t page_pa, bool is_code);

  // `hart` walked to a translation that it keeps, over these page-table entries.
  void Walked(HartState& hart, std::span<const uint64_t> pte_pas);
  // All that `hart` kept is dropped.
  void Flushed(HartState& hart) { ++MemberOf(hart).flushes; }

  // Whether stores to the page must be told, by `hart`.
  bool Watches(HartState& hart, uint64_t page_pa);
  // `by` writes bytes of one page. `is_change`: they are not the bytes that are there.
  // by.leave_block is set if `by` itself must look up its addresses anew.
  void Written(HartState& by, uint64_t pa, uint64_t size_bytes, bool is_change);

 private:
  // A hart, and what it and the others have said of it. It stands in for the code listener.
  class Member : public CodeListener {
   public:
    Member(HartGroup* group_in, HartState* hart_in)
        : group(*group_in), hart(*hart_in), own(hart_in->code) {}
    bool CodeWritten(uint64_t pa, uint64_t size_bytes) override;
    bool PageHasCode(uint64_t page_pa) const override;

    HartGroup& group;
    HartState& hart;
    CodeListener* own;
    std::vector<uint64_t> reserved_pages;  // of others, flagged in this hart's TLB
    uint64_t flushes = 1;
  };
  static constexpr size_t kPtesInPage = 512;
  // Which entries of a page of page tables each hart has used; valid while `flushes` is the hart's.
  struct TablePage {
    struct Use {
      uint64_t flushes = 0;
      std::bitset<kPtesInPage> ptes;
    };
    std::array<Use, kMaxHarts> by_hart;
  };

  Member& MemberOf(const HartState& hart) { return *members_[hart.config.hart_id]; }
  static void BreakReservation(HartState& hart, uint64_t pa, uint64_t size_bytes);
  // Whether `member` has used a page-table entry in those bytes since its last flush.
  static bool HasUsed(const Member& member, const TablePage& table, uint64_t pa,
                      uint64_t size_bytes);
  void FlushUsers(HartState& by, uint64_t pa, uint64_t size_bytes, bool is_change);

  std::vector<std::unique_ptr<Member>> members_;                      // by hart id
  absl::flat_hash_map<uint64_t, std::unique_ptr<TablePage>> tables_;  // by page
  std::vector<uint64_t> wanted_pages_;                                // of BeginTurn()
};

}  // namespace lockstep::cpu

#endif  // EMULATOR_CPU_HART_GROUP_H_

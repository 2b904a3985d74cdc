// Physical memory protection: 16 entries, their register rules and the matching of accesses.
//
// A value type without side effects; not thread-safe. Source: Privileged ISA 1.12, section 3.7;
// choices left open there are QEMU 7.2's (docs/SPECIFICATION.md).
#ifndef EMULATOR_MEM_PMP_H_
#define EMULATOR_MEM_PMP_H_

#include <array>
#include <cstdint>

#include "emulator/mem/access.h"

namespace lockstep::mem {

class Pmp {
 public:
  static constexpr int kEntries = 16;

  // A hart without PMP lets every access pass; its registers must not be written then.
  void set_present(bool is_present) { is_present_ = is_present; }

  // pmpcfg0 and pmpcfg2 (RV64): eight entries each. REQUIRES: reg is 0 or 2.
  uint64_t ReadConfig(int reg) const;
  // Locked entries keep their byte.
  void WriteConfig(int reg, uint64_t value);
  uint64_t ReadAddress(int entry) const { return address_[entry]; }
  // Ignored when the entry is locked, or is the lower bound of a locked TOR entry.
  void WriteAddress(int entry, uint64_t value);

  // True when an entry is switched on, or there is no PMP. mret to a lower privilege depends on it.
  bool AnyActive() const { return active_ != 0 || !is_present_; }

  // Whether an access of `size_bytes` at `pa` has all `permissions` in `privilege`.
  bool Allows(uint64_t pa, uint64_t size_bytes, uint8_t permissions, uint8_t privilege) const;

  // The permissions that hold for every access inside one page.
  struct PagePermissions {
    bool uniform;  // false: some entry begins or ends inside the page; ask Allows() each time
    uint8_t permissions;  // valid only when uniform
  };
  PagePermissions ForPage(uint64_t page_pa, uint8_t privilege) const;

 private:
  enum class Match : uint8_t { kNone, kPartial, kFull };
  Match MatchEntry(int entry, uint64_t first, uint64_t last) const;
  uint8_t Granted(int entry, uint8_t privilege) const;
  // What holds where no entry matches.
  uint8_t Unmatched(uint8_t privilege) const {
    return privilege == kMachine || !is_present_ ? kAllPermissions : uint8_t{0};
  }
  void Update(int entry);

  std::array<uint8_t, kEntries> config_{};
  std::array<uint64_t, kEntries> address_{};
  // Bounds of each active entry, inclusive.
  std::array<uint64_t, kEntries> first_{};
  std::array<uint64_t, kEntries> last_{};
  bool is_present_ = true;
  uint32_t active_ = 0;  // bit per entry whose A field is not OFF
};

}  // namespace lockstep::mem

#endif  // EMULATOR_MEM_PMP_H_

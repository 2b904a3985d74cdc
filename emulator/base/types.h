// Strong integer types for quantities that would otherwise mix silently.
#ifndef EMULATOR_BASE_TYPES_H_
#define EMULATOR_BASE_TYPES_H_

#include <compare>
#include <cstdint>

namespace lockstep::base {

// An address in one of the guest's two address spaces, in bytes. `Tag` keeps them apart.
template <typename Tag>
struct Address {
  uint64_t value = 0;

  constexpr Address() = default;
  constexpr explicit Address(uint64_t v) : value(v) {}
  friend constexpr auto operator<=>(const Address&, const Address&) = default;
  friend constexpr Address operator+(Address a, uint64_t bytes) { return Address(a.value + bytes); }
  friend constexpr uint64_t operator-(Address a, Address b) { return a.value - b.value; }
};

// Guest virtual address (what the program counter and load/store instructions hold).
using GuestVa = Address<struct GuestVaTag>;
// Guest physical address (what the bus sees).
using GuestPa = Address<struct GuestPaTag>;

}  // namespace lockstep::base

#endif  // EMULATOR_BASE_TYPES_H_

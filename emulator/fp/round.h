// Rounding of an exact or sticky result into an encoding, with its exceptions. Internal to
// emulator/fp; see format.h for the normal form. Pure functions; safe from any thread.
// Source: IEEE 754-2019, sections 4.3 and 7.4 to 7.6; RISC-V "F", section "Floating-Point Control
// and Status Register".
#ifndef EMULATOR_FP_ROUND_H_
#define EMULATOR_FP_ROUND_H_

#include <cstdint>

#include "emulator/fp/format.h"

namespace lockstep::fp::internal {

// Whether the magnitude whose last kept bit is `odd`, and whose dropped part is `dropped` in units
// where one half of the last kept bit is `half`, goes away from zero.
constexpr bool RoundsAway(Round rm, bool sign, bool odd, uint64_t dropped, uint64_t half) {
  switch (rm) {
    case Round::kRne:
      return dropped > half || (dropped == half && odd);
    case Round::kRtz:
      return false;
    case Round::kRdn:
      return sign && dropped != 0;
    case Round::kRup:
      return !sign && dropped != 0;
    case Round::kRmm:
      return dropped >= half;
  }
  return false;
}

// The result of overflow: infinity, or the largest finite number when the mode rounds towards zero
// for this sign.
template <typename F>
constexpr F OverflowResult(bool sign, Round rm, uint8_t* flags) {
  *flags |= kOverflow | kInexact;
  const bool finite =
      rm == Round::kRtz || (rm == Round::kRdn && !sign) || (rm == Round::kRup && sign);
  return WithSign<F>(sign, finite ? Format<F>::kMaxFinite : Format<F>::kInfinity);
}

// The sign of a sum that is exactly zero while its operands were not zeros of one sign.
constexpr bool ExactZeroSign(Round rm) { return rm == Round::kRdn; }

// Rounds to F and encodes. Bit 0 of the significand may be sticky.
template <typename F>
constexpr F RoundAndPack(const Unpacked& value, Round rm, uint8_t* flags) {
  using Fmt = Format<F>;
  constexpr int kDropBits = 63 - Fmt::kFractionBits;
  constexpr uint64_t kDropMask = (uint64_t{1} << kDropBits) - 1;
  constexpr uint64_t kHalf = uint64_t{1} << (kDropBits - 1);

  uint64_t kept = value.significand >> kDropBits;
  uint64_t dropped = value.significand & kDropMask;
  if (rm == Round::kRne && value.exponent >= Fmt::kMinExponent &&
      value.exponent < Fmt::kMaxExponent) [[likely]] {
    // Nearly always; the same as below, without branches that depend on the digits.
    *flags |= static_cast<uint8_t>(dropped != 0 ? kInexact : 0);
    const uint64_t carry = dropped + (kept & 1) > kHalf ? 1 : 0;
    const F exponent = static_cast<F>(value.exponent - Fmt::kMinExponent) << Fmt::kFractionBits;
    return exponent + static_cast<F>(kept + carry) + (F{value.sign} << (Fmt::kBits - 1));
  }
  bool away = RoundsAway(rm, value.sign, kept & 1, dropped, kHalf);
  F biased;  // of the encoding, less one for the leading bit that `kept` brings along
  if (value.exponent >= Fmt::kMinExponent) {
    if (value.exponent > Fmt::kMaxExponent) return OverflowResult<F>(value.sign, rm, flags);
    biased = static_cast<F>(value.exponent - Fmt::kMinExponent);
    if (dropped != 0) *flags |= kInexact;
  } else {
    // Tiny after rounding, unless rounding at full precision would reach the smallest normal.
    const bool tiny = value.exponent < Fmt::kMinExponent - 1 ||
                      !(away && kept == (uint64_t{2} << Fmt::kFractionBits) - 1);
    const uint64_t shifted = ShiftRightJam(value.significand, Fmt::kMinExponent - value.exponent);
    kept = shifted >> kDropBits;
    dropped = shifted & kDropMask;
    away = RoundsAway(rm, value.sign, kept & 1, dropped, kHalf);
    biased = 0;
    if (dropped != 0) *flags |= tiny ? kInexact | kUnderflow : kInexact;
  }
  // A carry out of the fraction goes into the exponent, which is the right encoding.
  const F magnitude = (biased << Fmt::kFractionBits) + static_cast<F>(kept) + (away ? 1 : 0);
  if (magnitude >= Fmt::kInfinity) return OverflowResult<F>(value.sign, rm, flags);
  return WithSign<F>(value.sign, magnitude);
}

// As above, of a 128-bit magnitude in units of 2^exponent_of_bit_0.
// REQUIRES: magnitude != 0.
template <typename F>
constexpr F RoundAndPackWide(bool sign, int exponent_of_bit_0, uint128_t magnitude, Round rm,
                             uint8_t* flags) {
  const uint64_t high = static_cast<uint64_t>(magnitude >> 64);
  const int leading_zeros =
      high != 0 ? std::countl_zero(high) : 64 + std::countl_zero(static_cast<uint64_t>(magnitude));
  magnitude <<= leading_zeros;
  const uint64_t sticky = static_cast<uint64_t>(magnitude) != 0 ? 1 : 0;
  return RoundAndPack<F>({sign, exponent_of_bit_0 + 127 - leading_zeros,
                          static_cast<uint64_t>(magnitude >> 64) | sticky},
                         rm, flags);
}

}  // namespace lockstep::fp::internal

#endif  // EMULATOR_FP_ROUND_H_

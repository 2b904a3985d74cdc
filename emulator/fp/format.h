// The two interchange formats and the taking apart of their encodings. Internal to emulator/fp.
//
// Every finite non-zero number is handled in one normal form, whatever its format: a sign, the
// exponent of its leading bit, and a 64-bit significand whose leading bit is bit 63. Both
// precisions (24 and 53 bits) leave room below for guard bits, so that one rounding routine
// serves all operations. Pure functions; safe from any thread.
// Source: IEEE 754-2019, section 3.4.
#ifndef EMULATOR_FP_FORMAT_H_
#define EMULATOR_FP_FORMAT_H_

#include <bit>
#include <cstdint>

#include "emulator/fp/float.h"

namespace lockstep::fp::internal {

using uint128_t = unsigned __int128;

// F is uint32_t (binary32) or uint64_t (binary64).
template <typename F>
struct Format {
  static constexpr int kBits = sizeof(F) * 8;
  static constexpr int kFractionBits = kBits == 32 ? 23 : 52;
  static constexpr int kExponentBits = kBits - 1 - kFractionBits;
  static constexpr int kBias = (1 << (kExponentBits - 1)) - 1;
  static constexpr int kMinExponent = 1 - kBias;  // of the smallest normal number
  static constexpr int kMaxExponent = kBias;      // of the largest finite number
  static constexpr int kExponentMask = (1 << kExponentBits) - 1;
  static constexpr F kSignBit = F{1} << (kBits - 1);
  static constexpr F kFractionMask = (F{1} << kFractionBits) - 1;
  static constexpr F kQuietBit = F{1} << (kFractionBits - 1);
  static constexpr F kInfinity = F{kExponentMask} << kFractionBits;
  static constexpr F kCanonicalNan = kInfinity | kQuietBit;
  static constexpr F kMaxFinite = kInfinity - 1;
};
static_assert(Format<uint32_t>::kCanonicalNan == kCanonicalNan32);
static_assert(Format<uint64_t>::kCanonicalNan == kCanonicalNan64);

template <typename F>
constexpr bool SignOf(F a) {
  return (a & Format<F>::kSignBit) != 0;
}
template <typename F>
constexpr F Magnitude(F a) {
  return a & ~Format<F>::kSignBit;
}
template <typename F>
constexpr bool IsNan(F a) {
  return Magnitude(a) > Format<F>::kInfinity;
}
template <typename F>
constexpr bool IsSignallingNan(F a) {
  return IsNan(a) && (a & Format<F>::kQuietBit) == 0;
}
template <typename F>
constexpr bool IsInfinity(F a) {
  return Magnitude(a) == Format<F>::kInfinity;
}
template <typename F>
constexpr bool IsZero(F a) {
  return Magnitude(a) == 0;
}
// Not NaN and not infinite.
template <typename F>
constexpr bool IsFinite(F a) {
  return Magnitude(a) < Format<F>::kInfinity;
}
template <typename F>
constexpr F WithSign(bool sign, F magnitude) {
  return sign ? magnitude | Format<F>::kSignBit : magnitude;
}

// The result of an operation at least one of whose operands is a NaN.
template <typename F, typename... Operands>
constexpr F PropagateNan(uint8_t* flags, Operands... operands) {
  if ((IsSignallingNan(operands) || ...)) *flags |= kInvalid;
  return Format<F>::kCanonicalNan;
}
// The result of an operation that has no meaning, such as inf - inf.
template <typename F>
constexpr F InvalidResult(uint8_t* flags) {
  *flags |= kInvalid;
  return Format<F>::kCanonicalNan;
}

// A finite, non-zero number: (-1)^sign * significand * 2^(exponent - 63).
struct Unpacked {
  bool sign;
  int exponent;          // of the leading bit
  uint64_t significand;  // bit 63 is set
};

// REQUIRES: `a` is finite and not zero.
template <typename F>
constexpr Unpacked Unpack(F a) {
  using Fmt = Format<F>;
  constexpr int kShift = 63 - Fmt::kFractionBits;
  const int biased = static_cast<int>(a >> Fmt::kFractionBits) & Fmt::kExponentMask;
  const uint64_t fraction = a & Fmt::kFractionMask;
  if (biased != 0) {
    return {SignOf(a), biased - Fmt::kBias,
            (fraction | (uint64_t{1} << Fmt::kFractionBits)) << kShift};
  }
  const int leading_zeros = std::countl_zero(fraction);
  return {SignOf(a), Fmt::kMinExponent + kShift - leading_zeros, fraction << leading_zeros};
}

// Shifts right and ORs what falls out into bit 0 ("sticky"): the result still compares correctly
// with every number that has at least two more low bits.
template <typename U>
constexpr U ShiftRightJam(U value, int distance) {
  constexpr int kWidth = sizeof(U) * 8;
  if (distance == 0) return value;
  if (distance >= kWidth) return value != 0 ? 1 : 0;
  const bool lost = (value << (kWidth - distance)) != 0;
  return (value >> distance) | (lost ? 1 : 0);
}

}  // namespace lockstep::fp::internal

#endif  // EMULATOR_FP_FORMAT_H_

// Conversions between the formats and to and from integers.

#include <limits>
#include <type_traits>

#include "emulator/fp/float.h"
#include "emulator/fp/format.h"
#include "emulator/fp/round.h"

namespace lockstep::fp {
namespace {

using internal::Unpacked;

// The magnitude of a finite number rounded to an integer. REQUIRES: value.exponent < 64.
uint64_t RoundMagnitude(const Unpacked& value, Round rm, bool* inexact) {
  if (value.exponent == 63) {
    *inexact = false;
    return value.significand;
  }
  // The fraction in units of 2^-64; what is too small for that becomes sticky.
  uint64_t integer = 0;
  uint64_t fraction;
  if (value.exponent >= 0) {
    integer = value.significand >> (63 - value.exponent);
    fraction = value.significand << (value.exponent + 1);
  } else {
    fraction = internal::ShiftRightJam(value.significand, -1 - value.exponent);
  }
  *inexact = fraction != 0;
  const bool away = internal::RoundsAway(rm, value.sign, integer & 1, fraction, uint64_t{1} << 63);
  // No carry beyond 64 bits: a number with a fraction has at most 53 integer bits.
  return integer + (away ? 1 : 0);
}

// Int is the target type; the result is sign-extended from its width.
// Source: RISC-V "F", table "Domains of float-to-integer conversions".
template <typename Int, typename F>
uint64_t ToInteger(F a, Round rm, uint8_t* flags) {
  using Limits = std::numeric_limits<Int>;
  const auto extend = [](Int v) {
    return static_cast<uint64_t>(static_cast<int64_t>(static_cast<std::make_signed_t<Int>>(v)));
  };
  const auto saturate = [&](bool negative) {
    *flags |= kInvalid;
    return extend(negative ? Limits::min() : Limits::max());
  };
  if (internal::IsNan(a)) return saturate(false);
  if (internal::IsZero(a)) return 0;
  if (internal::IsInfinity(a)) return saturate(internal::SignOf(a));
  const Unpacked value = internal::Unpack(a);
  if (value.exponent >= 64) return saturate(value.sign);
  bool inexact;
  const uint64_t magnitude = RoundMagnitude(value, rm, &inexact);
  const uint64_t max_magnitude = value.sign ? uint64_t{0} - static_cast<uint64_t>(Limits::min())
                                            : static_cast<uint64_t>(Limits::max());
  if (magnitude > max_magnitude) return saturate(value.sign);
  if (inexact) *flags |= kInexact;
  return extend(static_cast<Int>(value.sign ? uint64_t{0} - magnitude : magnitude));
}

template <typename F>
F FromMagnitude(bool sign, uint64_t magnitude, Round rm, uint8_t* flags) {
  if (magnitude == 0) return 0;
  const int leading_zeros = std::countl_zero(magnitude);
  return internal::RoundAndPack<F>({sign, 63 - leading_zeros, magnitude << leading_zeros}, rm,
                                   flags);
}

}  // namespace

template <typename F>
uint64_t ToInt32(F a, Round rm, uint8_t* flags) {
  return ToInteger<int32_t>(a, rm, flags);
}
template <typename F>
uint64_t ToUint32(F a, Round rm, uint8_t* flags) {
  return ToInteger<uint32_t>(a, rm, flags);
}
template <typename F>
uint64_t ToInt64(F a, Round rm, uint8_t* flags) {
  return ToInteger<int64_t>(a, rm, flags);
}
template <typename F>
uint64_t ToUint64(F a, Round rm, uint8_t* flags) {
  return ToInteger<uint64_t>(a, rm, flags);
}

template <typename F>
F FromInt64(int64_t v, Round rm, uint8_t* flags) {
  const uint64_t bits = static_cast<uint64_t>(v);
  return FromMagnitude<F>(v < 0, v < 0 ? uint64_t{0} - bits : bits, rm, flags);
}
template <typename F>
F FromUint64(uint64_t v, Round rm, uint8_t* flags) {
  return FromMagnitude<F>(false, v, rm, flags);
}

uint32_t NarrowToF32(uint64_t a, Round rm, uint8_t* flags) {
  if (internal::IsNan(a)) return internal::PropagateNan<uint32_t>(flags, a);
  const bool sign = internal::SignOf(a);
  if (internal::IsInfinity(a)) {
    return internal::WithSign<uint32_t>(sign, internal::Format<uint32_t>::kInfinity);
  }
  if (internal::IsZero(a)) return internal::WithSign<uint32_t>(sign, 0);
  return internal::RoundAndPack<uint32_t>(internal::Unpack(a), rm, flags);
}

uint64_t WidenToF64(uint32_t a, uint8_t* flags) {
  if (internal::IsNan(a)) {
    if (internal::IsSignallingNan(a)) *flags |= kInvalid;
    return kCanonicalNan64;
  }
  const bool sign = internal::SignOf(a);
  if (internal::IsInfinity(a)) {
    return internal::WithSign<uint64_t>(sign, internal::Format<uint64_t>::kInfinity);
  }
  if (internal::IsZero(a)) return internal::WithSign<uint64_t>(sign, 0);
  // Every binary32 number is a normal binary64 number: nothing is rounded.
  return internal::RoundAndPack<uint64_t>(internal::Unpack(a), Round::kRtz, flags);
}

template uint64_t ToInt32(uint32_t, Round, uint8_t*);
template uint64_t ToInt32(uint64_t, Round, uint8_t*);
template uint64_t ToUint32(uint32_t, Round, uint8_t*);
template uint64_t ToUint32(uint64_t, Round, uint8_t*);
template uint64_t ToInt64(uint32_t, Round, uint8_t*);
template uint64_t ToInt64(uint64_t, Round, uint8_t*);
template uint64_t ToUint64(uint32_t, Round, uint8_t*);
template uint64_t ToUint64(uint64_t, Round, uint8_t*);
template uint32_t FromInt64(int64_t, Round, uint8_t*);
template uint64_t FromInt64(int64_t, Round, uint8_t*);
template uint32_t FromUint64(uint64_t, Round, uint8_t*);
template uint64_t FromUint64(uint64_t, Round, uint8_t*);

}  // namespace lockstep::fp

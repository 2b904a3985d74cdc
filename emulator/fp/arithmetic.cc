// Addition, subtraction, multiplication, division and fused multiply-add.

#include <utility>

#include "emulator/fp/float.h"
#include "emulator/fp/format.h"
#include "emulator/fp/round.h"

namespace lockstep::fp {

using internal::ExactZeroSign;
using internal::Format;
using internal::InvalidResult;
using internal::IsFinite;
using internal::IsInfinity;
using internal::IsNan;
using internal::IsZero;
using internal::PropagateNan;
using internal::RoundAndPack;
using internal::RoundAndPackWide;
using internal::ShiftRightJam;
using internal::SignOf;
using internal::uint128_t;
using internal::Unpack;
using internal::Unpacked;
using internal::WithSign;

namespace {

// The sum of two zeros, or of two numbers that cancel.
template <typename F>
F ZeroSum(bool sign_a, bool sign_b, Round rm) {
  return WithSign<F>(sign_a == sign_b ? sign_a : ExactZeroSign(rm), F{0});
}

}  // namespace

template <typename F>
F Add(F a, F b, Round rm, uint8_t* flags) {
  if (!IsFinite(a) || !IsFinite(b)) {
    if (IsNan(a) || IsNan(b)) return PropagateNan<F>(flags, a, b);
    if (IsInfinity(a) && IsInfinity(b) && a != b) return InvalidResult<F>(flags);
    return IsInfinity(a) ? a : b;
  }
  if (IsZero(a)) return IsZero(b) ? ZeroSum<F>(SignOf(a), SignOf(b), rm) : b;
  if (IsZero(b)) return a;
  Unpacked large = Unpack(a);
  Unpacked small = Unpack(b);
  if (small.exponent > large.exponent) std::swap(large, small);
  // One bit of room for the carry. The significands have at least ten zero bits below, so the
  // sticky bit can only matter when nothing but a few leading bits can cancel.
  const uint64_t x = large.significand >> 1;
  const uint64_t y = ShiftRightJam(small.significand >> 1, large.exponent - small.exponent);
  uint64_t sum;
  bool sign = large.sign;
  if (large.sign == small.sign) {
    sum = x + y;
  } else if (x > y) {
    sum = x - y;
  } else if (x < y) {
    sum = y - x;
    sign = small.sign;
  } else {
    return WithSign<F>(ExactZeroSign(rm), F{0});
  }
  const int leading_zeros = std::countl_zero(sum);
  return RoundAndPack<F>({sign, large.exponent + 1 - leading_zeros, sum << leading_zeros}, rm,
                         flags);
}

template <typename F>
F Sub(F a, F b, Round rm, uint8_t* flags) {
  // Changing the sign of a NaN changes nothing that is visible in the result.
  return Add<F>(a, b ^ Format<F>::kSignBit, rm, flags);
}

template <typename F>
F Mul(F a, F b, Round rm, uint8_t* flags) {
  const bool sign = SignOf(a) != SignOf(b);
  if (!IsFinite(a) || !IsFinite(b)) {
    if (IsNan(a) || IsNan(b)) return PropagateNan<F>(flags, a, b);
    if (IsZero(a) || IsZero(b)) return InvalidResult<F>(flags);
    return WithSign<F>(sign, Format<F>::kInfinity);
  }
  if (IsZero(a) || IsZero(b)) return WithSign<F>(sign, F{0});
  const Unpacked x = Unpack(a);
  const Unpacked y = Unpack(b);
  const uint128_t product = static_cast<uint128_t>(x.significand) * y.significand;
  return RoundAndPackWide<F>(sign, x.exponent + y.exponent - 126, product, rm, flags);
}

template <typename F>
F Div(F a, F b, Round rm, uint8_t* flags) {
  const bool sign = SignOf(a) != SignOf(b);
  if (!IsFinite(a) || !IsFinite(b)) {
    if (IsNan(a) || IsNan(b)) return PropagateNan<F>(flags, a, b);
    if (IsInfinity(a) && IsInfinity(b)) return InvalidResult<F>(flags);
    return WithSign<F>(sign, IsInfinity(a) ? Format<F>::kInfinity : F{0});
  }
  if (IsZero(b)) {
    if (IsZero(a)) return InvalidResult<F>(flags);
    *flags |= kDivByZero;
    return WithSign<F>(sign, Format<F>::kInfinity);
  }
  if (IsZero(a)) return WithSign<F>(sign, F{0});
  const Unpacked x = Unpack(a);
  const Unpacked y = Unpack(b);
  // Scaled so that the quotient has its leading bit in bit 63.
  const bool below_one = x.significand < y.significand;
  const uint128_t dividend = static_cast<uint128_t>(x.significand) << (below_one ? 64 : 63);
  const uint64_t quotient = static_cast<uint64_t>(dividend / y.significand);
  const bool inexact = static_cast<uint128_t>(quotient) * y.significand != dividend;
  return RoundAndPack<F>(
      {sign, x.exponent - y.exponent - (below_one ? 1 : 0), quotient | (inexact ? 1 : 0)}, rm,
      flags);
}

template <typename F>
F MulAdd(F a, F b, F c, Round rm, uint8_t* flags) {
  const bool product_sign = SignOf(a) != SignOf(b);
  if (!IsFinite(a) || !IsFinite(b) || !IsFinite(c)) {
    // inf * 0 is invalid even when c is a quiet NaN ("F", fused multiply-add).
    if ((IsInfinity(a) && IsZero(b)) || (IsZero(a) && IsInfinity(b))) {
      return InvalidResult<F>(flags);
    }
    if (IsNan(a) || IsNan(b) || IsNan(c)) return PropagateNan<F>(flags, a, b, c);
    if (IsFinite(a) && IsFinite(b)) return c;
    if (IsInfinity(c) && SignOf(c) != product_sign) return InvalidResult<F>(flags);
    return WithSign<F>(product_sign, Format<F>::kInfinity);
  }
  if (IsZero(a) || IsZero(b)) {
    return IsZero(c) ? ZeroSum<F>(product_sign, SignOf(c), rm) : c;
  }
  const Unpacked x = Unpack(a);
  const Unpacked y = Unpack(b);
  // Leading bit in bit 126 or 125: one bit of room for the carry. Exact: the low bits are zero.
  uint128_t product = (static_cast<uint128_t>(x.significand) * y.significand) >> 1;
  int scale = x.exponent + y.exponent - 125;  // exponent of bit 0
  if (IsZero(c)) return RoundAndPackWide<F>(product_sign, scale, product, rm, flags);
  const Unpacked z = Unpack(c);
  uint128_t addend = static_cast<uint128_t>(z.significand) << 63;
  const int addend_scale = z.exponent - 126;
  // What is shifted out becomes sticky only when the shift is longer than the zero bits below
  // (at least 21), and then no more than two leading bits can cancel.
  if (addend_scale <= scale) {
    addend = ShiftRightJam(addend, scale - addend_scale);
  } else {
    product = ShiftRightJam(product, addend_scale - scale);
    scale = addend_scale;
  }
  uint128_t sum;
  bool sign = product_sign;
  if (product_sign == z.sign) {
    sum = product + addend;
  } else if (product > addend) {
    sum = product - addend;
  } else if (product < addend) {
    sum = addend - product;
    sign = z.sign;
  } else {
    return WithSign<F>(ExactZeroSign(rm), F{0});
  }
  return RoundAndPackWide<F>(sign, scale, sum, rm, flags);
}

template uint32_t Add(uint32_t, uint32_t, Round, uint8_t*);
template uint64_t Add(uint64_t, uint64_t, Round, uint8_t*);
template uint32_t Sub(uint32_t, uint32_t, Round, uint8_t*);
template uint64_t Sub(uint64_t, uint64_t, Round, uint8_t*);
template uint32_t Mul(uint32_t, uint32_t, Round, uint8_t*);
template uint64_t Mul(uint64_t, uint64_t, Round, uint8_t*);
template uint32_t Div(uint32_t, uint32_t, Round, uint8_t*);
template uint64_t Div(uint64_t, uint64_t, Round, uint8_t*);
template uint32_t MulAdd(uint32_t, uint32_t, uint32_t, Round, uint8_t*);
template uint64_t MulAdd(uint64_t, uint64_t, uint64_t, Round, uint8_t*);

}  // namespace lockstep::fp

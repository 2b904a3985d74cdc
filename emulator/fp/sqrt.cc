// Square root.

#include "emulator/fp/float.h"
#include "emulator/fp/format.h"
#include "emulator/fp/round.h"

namespace lockstep::fp {
namespace {

using internal::uint128_t;

// root = floor(sqrt(n)) and remainder = n - root^2.
struct Root {
  uint128_t root;
  uint128_t remainder;
};

// Doubles the length of a root: from that of the high half of a number to that of the whole, whose
// two lower quarters have `quarter_bits` bits each. REQUIRES: the highest or second highest bit of
// the number is set, so that the estimate is at most one too large.
// Source: P. Zimmermann, "Karatsuba Square Root", INRIA RR-3805, 1999.
constexpr Root Extend(const Root& high, uint64_t quarter1, uint64_t quarter0, int quarter_bits) {
  const uint128_t dividend = (high.remainder << quarter_bits) | quarter1;
  const uint128_t divisor = high.root << 1;
  const uint128_t quotient = dividend / divisor;
  const uint128_t rest = dividend - quotient * divisor;
  uint128_t root = (high.root << quarter_bits) + quotient;
  const uint128_t minuend = (rest << quarter_bits) | quarter0;
  const uint128_t square = quotient * quotient;
  if (minuend >= square) return {root, minuend - square};
  root -= 1;
  return {root, minuend + 2 * root + 1 - square};
}

// REQUIRES: bit 15 or bit 14 of n is set.
constexpr Root Root16(uint32_t n) {
  uint32_t root = 0;
  for (uint32_t bit = 0x80; bit != 0; bit >>= 1) {
    if ((root | bit) * (root | bit) <= n) root |= bit;
  }
  return {root, n - root * root};
}

// REQUIRES: bit 127 or bit 126 of `high:low` is set.
constexpr Root Root128(uint64_t high, uint64_t low) {
  const Root r8 = Root16(static_cast<uint32_t>(high >> 48));
  const Root r16 = Extend(r8, (high >> 40) & 0xff, (high >> 32) & 0xff, 8);
  const Root r32 = Extend(r16, (high >> 16) & 0xffff, high & 0xffff, 16);
  return Extend(r32, low >> 32, low & 0xffffffff, 32);
}

}  // namespace

template <typename F>
F Sqrt(F a, Round rm, uint8_t* flags) {
  if (internal::IsNan(a)) return internal::PropagateNan<F>(flags, a);
  if (internal::IsZero(a)) return a;
  if (internal::SignOf(a)) return internal::InvalidResult<F>(flags);
  if (internal::IsInfinity(a)) return a;
  const internal::Unpacked x = internal::Unpack(a);
  // The radicand is significand * 2^(63 or 64), such that what is left of the exponent is even.
  const bool odd = (x.exponent & 1) != 0;
  const uint64_t high = odd ? x.significand : x.significand >> 1;
  const uint64_t low = odd ? 0 : x.significand << 63;
  const Root r = Root128(high, low);
  return internal::RoundAndPack<F>(
      {false, x.exponent >> 1, static_cast<uint64_t>(r.root) | (r.remainder != 0 ? 1 : 0)}, rm,
      flags);
}

template uint32_t Sqrt(uint32_t, Round, uint8_t*);
template uint64_t Sqrt(uint64_t, Round, uint8_t*);

}  // namespace lockstep::fp

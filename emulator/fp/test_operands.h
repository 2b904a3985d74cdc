// Seeded operands for the tests of emulator/fp, weighted towards the places where implementations
// go wrong: subnormals, the ends of the exponent range, few or many set fraction bits, exact
// halfway cases, and pairs that nearly cancel. Test code.
#ifndef EMULATOR_FP_TEST_OPERANDS_H_
#define EMULATOR_FP_TEST_OPERANDS_H_

#include <cstdint>
#include <random>

#include "emulator/fp/format.h"

namespace lockstep::fp::internal {

template <typename F>
class OperandSource {
 public:
  explicit OperandSource(uint64_t seed) : random_(seed) {}

  uint64_t Bits() { return random_(); }
  // Uniform in [0, limit).
  int Below(int limit) { return static_cast<int>(random_() % static_cast<uint64_t>(limit)); }
  Round Mode(int count = 5) { return static_cast<Round>(Below(count)); }

  // One operand.
  F Any() { return WithSign<F>(Below(2) != 0, AnyMagnitude()); }

  // An operand that is close to `a`: same or neighbouring exponent, few ulps away, or the exponents
  // differ by about the precision, so that rounding is decided by the smaller operand.
  F Near(F a) {
    switch (Below(6)) {
      case 0:
        return a ^ Fmt::kSignBit;
      case 1:
        return (a ^ (Below(2) != 0 ? Fmt::kSignBit : 0)) + static_cast<F>(Below(9) - 4);
      case 2:
      case 3:
        return WithExponent(Any(), ExponentField(a) + Below(5) - 2);
      default:
        return WithExponent(Any(), ExponentField(a) + (Below(2) != 0 ? 1 : -1) *
                                                          (Fmt::kFractionBits - 3 + Below(8)));
    }
  }

  // An operand whose product with `a` is near the smallest normal number, the smallest subnormal,
  // or the largest finite number.
  F ProductNearLimit(F a) {
    const int sum = Below(3) == 0 ? 3 * Fmt::kBias + 1 : Fmt::kBias - Below(Fmt::kFractionBits + 3);
    return WithExponent(Any(), sum - ExponentField(a) + Below(5) - 2);
  }

  // `a` with its biased exponent replaced (clamped to the finite range, 0 = subnormal).
  static F WithExponent(F a, int field) {
    if (field < 0) field = 0;
    if (field > Fmt::kExponentMask - 1) field = Fmt::kExponentMask - 1;
    return (a & ~Fmt::kInfinity) | (static_cast<F>(field) << Fmt::kFractionBits);
  }
  static int ExponentField(F a) {
    return static_cast<int>(a >> Fmt::kFractionBits) & Fmt::kExponentMask;
  }

  F Fraction() {
    const F bits = static_cast<F>(random_()) & Fmt::kFractionMask;
    switch (Below(8)) {
      case 0:
        return 0;
      case 1:
        return Fmt::kFractionMask;
      case 2:
        return F{1} << Below(Fmt::kFractionBits);
      case 3:
        return Fmt::kFractionMask & ~(F{1} << Below(Fmt::kFractionBits));
      case 4:  // a run of ones or zeros at the low end
        return bits & ~((F{1} << Below(Fmt::kFractionBits)) - 1);
      case 5:
        return bits | ((F{1} << Below(Fmt::kFractionBits)) - 1);
      default:
        return bits;
    }
  }

 private:
  using Fmt = Format<F>;

  F AnyMagnitude() {
    const F fraction = Fraction();
    switch (Below(16)) {
      case 0:  // zero, infinity, NaN
        return Below(2) != 0 ? (fraction & 3) : Fmt::kInfinity | (Below(2) != 0 ? fraction : 0);
      case 1:
      case 2:
        return fraction;  // subnormal or zero
      case 3:
        return WithExponent(fraction, 1 + Below(3));
      case 4:
        return WithExponent(fraction, Fmt::kExponentMask - 1 - Below(3));
      case 5:
      case 6:
      case 7:
      case 8:
        return WithExponent(fraction, Fmt::kBias + Below(9) - 4);
      case 9:
        return WithExponent(fraction, Fmt::kBias + Below(2 * Fmt::kBits) - Fmt::kBits);
      case 10:
        return (F{1} << Fmt::kFractionBits) + static_cast<F>(Below(9)) - 4;  // smallest normal
      default:
        return WithExponent(fraction, Below(Fmt::kExponentMask));
    }
  }

  std::mt19937_64 random_;
};

}  // namespace lockstep::fp::internal

#endif  // EMULATOR_FP_TEST_OPERANDS_H_

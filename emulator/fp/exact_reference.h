// An independent definition of correct rounding, for tests: exact comparison of rational numbers
// with arbitrary precision, no floating-point algorithm. Test code, slow, shares nothing with the
// implementation but the format's constants.
#ifndef EMULATOR_FP_EXACT_REFERENCE_H_
#define EMULATOR_FP_EXACT_REFERENCE_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "emulator/fp/format.h"

namespace lockstep::fp::internal {

// A non-negative number magnitude * 2^exponent; little-endian 32-bit limbs.
class Dyadic {
 public:
  Dyadic() = default;
  Dyadic(uint64_t magnitude, int exponent)
      : limbs_{static_cast<uint32_t>(magnitude), static_cast<uint32_t>(magnitude >> 32)},
        exponent_(exponent) {
    Trim();
  }

  bool IsZero() const { return limbs_.empty(); }

  friend Dyadic operator*(const Dyadic& a, const Dyadic& b) {
    Dyadic r;
    r.exponent_ = a.exponent_ + b.exponent_;
    r.limbs_.assign(a.limbs_.size() + b.limbs_.size(), 0);
    for (size_t i = 0; i < a.limbs_.size(); ++i) {
      uint64_t carry = 0;
      for (size_t j = 0; j < b.limbs_.size() || carry != 0; ++j) {
        const uint64_t product = j < b.limbs_.size() ? uint64_t{a.limbs_[i]} * b.limbs_[j] : 0;
        carry += product + r.limbs_[i + j];
        r.limbs_[i + j] = static_cast<uint32_t>(carry);
        carry >>= 32;
      }
    }
    r.Trim();
    return r;
  }

  // -1, 0, 1 as a is less than, equal to, greater than b.
  static int Compare(const Dyadic& a, const Dyadic& b) {
    const int exponent = std::min(a.exponent_, b.exponent_);
    return CompareLimbs(a.Aligned(exponent), b.Aligned(exponent));
  }

  // a + b, or |a - b|.
  static Dyadic Sum(const Dyadic& a, const Dyadic& b) { return Combine(a, b, false); }
  static Dyadic Difference(const Dyadic& a, const Dyadic& b) { return Combine(a, b, true); }

 private:
  using Limbs = std::vector<uint32_t>;

  static int CompareLimbs(const Limbs& a, const Limbs& b) {
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    for (size_t i = a.size(); i-- > 0;) {
      if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
    }
    return 0;
  }

  // The limbs in units of 2^exponent. REQUIRES: exponent <= exponent_.
  Limbs Aligned(int exponent) const {
    if (limbs_.empty()) return {};
    const int shift = exponent_ - exponent;
    Limbs r(static_cast<size_t>(shift / 32), 0);
    uint64_t carry = 0;
    for (uint32_t limb : limbs_) {
      carry |= uint64_t{limb} << (shift % 32);
      r.push_back(static_cast<uint32_t>(carry));
      carry >>= 32;
    }
    if (carry != 0) r.push_back(static_cast<uint32_t>(carry));
    return r;
  }

  static Dyadic Combine(const Dyadic& a, const Dyadic& b, bool subtract) {
    Dyadic r;
    r.exponent_ = std::min(a.exponent_, b.exponent_);
    Limbs x = a.Aligned(r.exponent_);
    Limbs y = b.Aligned(r.exponent_);
    if (CompareLimbs(x, y) < 0) std::swap(x, y);
    x.push_back(0);
    y.resize(x.size(), 0);
    int64_t carry = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      carry += int64_t{x[i]} + (subtract ? -int64_t{y[i]} : int64_t{y[i]});
      x[i] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    r.limbs_ = x;
    r.Trim();
    return r;
  }

  void Trim() {
    while (!limbs_.empty() && limbs_.back() == 0) limbs_.pop_back();
  }

  Limbs limbs_;  // no leading zero limb
  int exponent_ = 0;
};

// A non-zero real number given by comparison: its magnitude is (numerator/denominator)^(1/power).
struct ExactValue {
  bool sign = false;
  Dyadic numerator;
  Dyadic denominator{1, 0};
  int power = 1;

  // -1, 0, 1 as the magnitude is less than, equal to, greater than m.
  int CompareMagnitude(const Dyadic& m) const {
    return Dyadic::Compare(numerator, (power == 2 ? m * m : m) * denominator);
  }
};

// The magnitude of a finite encoding, and of the successor of the largest one (2^(kMaxExponent+1)).
template <typename F>
Dyadic DyadicOf(F magnitude) {
  using Fmt = Format<F>;
  const int field = static_cast<int>(magnitude >> Fmt::kFractionBits);
  const F fraction = magnitude & Fmt::kFractionMask;
  if (field == 0) return Dyadic(fraction, Fmt::kMinExponent - Fmt::kFractionBits);
  return Dyadic(fraction | (F{1} << Fmt::kFractionBits), field - Fmt::kBias - Fmt::kFractionBits);
}

// Whether a value strictly between two neighbours goes to the one further from zero.
// `to_midpoint` is the comparison with the arithmetic mean of the two.
inline bool AwayFromZero(Round rm, bool sign, int to_midpoint, bool lower_is_odd) {
  switch (rm) {
    case Round::kRtz:
      return false;
    case Round::kRdn:
      return sign;
    case Round::kRup:
      return !sign;
    case Round::kRmm:
      return to_midpoint >= 0;
    case Round::kRne:
      break;
  }
  return to_midpoint > 0 || (to_midpoint == 0 && lower_is_odd);
}

template <typename F>
struct Rounded {
  F bits = 0;
  uint8_t flags = 0;
};

// The correctly rounded encoding of `value` and the exceptions of rounding it.
template <typename F>
Rounded<F> RoundExactly(const ExactValue& value, Round rm) {
  using Fmt = Format<F>;
  // The largest encoding that is not above the value, by bisection: encodings are ordered as the
  // numbers are, and infinity's stands for 2^(kMaxExponent+1).
  F low = 0, high = Fmt::kInfinity;
  if (value.CompareMagnitude(DyadicOf<F>(high)) >= 0) {
    Rounded<F> r{high, kOverflow | kInexact};
    if (!AwayFromZero(rm, value.sign, 1, false)) r.bits = Fmt::kMaxFinite;
    r.bits = WithSign<F>(value.sign, r.bits);
    return r;
  }
  while (high - low > 1) {
    const F middle = low + (high - low) / 2;
    (value.CompareMagnitude(DyadicOf<F>(middle)) >= 0 ? low : high) = middle;
  }
  if (value.CompareMagnitude(DyadicOf<F>(low)) == 0) return {WithSign<F>(value.sign, low), 0};
  const Dyadic half(1, -1);
  const Dyadic midpoint = Dyadic::Sum(DyadicOf<F>(low), DyadicOf<F>(high)) * half;
  const bool away = AwayFromZero(rm, value.sign, value.CompareMagnitude(midpoint), (low & 1) != 0);
  Rounded<F> r{away ? high : low, kInexact};
  if (r.bits == Fmt::kInfinity) r.flags |= kOverflow;
  const F smallest_normal = F{1} << Fmt::kFractionBits;
  if (low < smallest_normal) {
    // Tiny, unless rounding with full precision and unbounded exponent reaches the smallest normal:
    // the last such number below it is smallest_normal - 2^(kMinExponent - kFractionBits - 1).
    const Dyadic normal = DyadicOf<F>(smallest_normal);
    const Dyadic below =
        Dyadic::Difference(normal, Dyadic(1, Fmt::kMinExponent - Fmt::kFractionBits - 1));
    const Dyadic last_midpoint = Dyadic::Sum(normal, below) * half;
    const bool reaches_normal =
        value.CompareMagnitude(below) > 0 &&
        AwayFromZero(rm, value.sign, value.CompareMagnitude(last_midpoint), true);
    if (!reaches_normal) r.flags |= kUnderflow;
  }
  r.bits = WithSign<F>(value.sign, r.bits);
  return r;
}

}  // namespace lockstep::fp::internal

#endif  // EMULATOR_FP_EXACT_REFERENCE_H_

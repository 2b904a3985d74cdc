// All five rounding modes against the exact rational reference (exact_reference.h): every result
// and every flag, for finite operands. Special operands are the table test's matter.

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <type_traits>

#include "emulator/fp/exact_reference.h"
#include "emulator/fp/float.h"
#include "emulator/fp/format.h"
#include "emulator/fp/test_operands.h"

namespace lockstep::fp {
namespace {

using internal::Dyadic;
using internal::DyadicOf;
using internal::ExactValue;
using internal::Format;
using internal::IsFinite;
using internal::IsZero;
using internal::Magnitude;
using internal::OperandSource;
using internal::Rounded;
using internal::RoundExactly;
using internal::SignOf;

constexpr int kCases = 4'000;

// Checks `actual` in all five modes; `actual(rm, &flags)` computes it.
template <typename F, typename Actual>
void ExpectAllModes(const ExactValue& value, Actual actual) {
  for (int mode = 0; mode < 5; ++mode) {
    const Round rm = static_cast<Round>(mode);
    uint8_t flags = 0;
    const F bits = actual(rm, &flags);
    const Rounded<F> expected = RoundExactly<F>(value, rm);
    ASSERT_EQ(bits, expected.bits) << "rm " << mode;
    ASSERT_EQ(int{flags}, int{expected.flags}) << "rm " << mode;
  }
}

// (-1)^sign_a * a + (-1)^sign_b * b
ExactValue SignedSum(bool sign_a, const Dyadic& a, bool sign_b, const Dyadic& b) {
  ExactValue v;
  if (sign_a == sign_b) {
    v.sign = sign_a;
    v.numerator = Dyadic::Sum(a, b);
  } else {
    v.sign = Dyadic::Compare(a, b) > 0 ? sign_a : sign_b;
    v.numerator = Dyadic::Difference(a, b);
  }
  return v;
}

template <typename F>
class FloatExactTest : public testing::Test {};
using Formats = testing::Types<uint32_t, uint64_t>;
TYPED_TEST_SUITE(FloatExactTest, Formats);

TYPED_TEST(FloatExactTest, AddAndSub) {
  using F = TypeParam;
  OperandSource<F> source(21);
  for (int i = 0; i < kCases; ++i) {
    const F a = source.Any(), b = source.Below(4) == 0 ? source.Any() : source.Near(a);
    if (!IsFinite(a) || !IsFinite(b)) continue;
    SCOPED_TRACE(testing::Message() << std::hex << a << " +- " << b);
    const Dyadic x = DyadicOf<F>(Magnitude(a)), y = DyadicOf<F>(Magnitude(b));
    const ExactValue sum = SignedSum(SignOf(a), x, SignOf(b), y);
    if (!sum.numerator.IsZero()) {
      ExpectAllModes<F>(sum, [&](Round rm, uint8_t* f) { return Add(a, b, rm, f); });
    }
    const ExactValue difference = SignedSum(SignOf(a), x, !SignOf(b), y);
    if (!difference.numerator.IsZero()) {
      ExpectAllModes<F>(difference, [&](Round rm, uint8_t* f) { return Sub(a, b, rm, f); });
    }
    if (this->HasFatalFailure()) return;
  }
}

TYPED_TEST(FloatExactTest, MulAndDiv) {
  using F = TypeParam;
  OperandSource<F> source(22);
  for (int i = 0; i < kCases; ++i) {
    const F a = source.Any(), b = source.Below(2) == 0 ? source.Any() : source.ProductNearLimit(a);
    if (!IsFinite(a) || !IsFinite(b) || IsZero(a) || IsZero(b)) continue;
    SCOPED_TRACE(testing::Message() << std::hex << a << " */ " << b);
    const Dyadic x = DyadicOf<F>(Magnitude(a)), y = DyadicOf<F>(Magnitude(b));
    const bool sign = SignOf(a) != SignOf(b);
    ExpectAllModes<F>({sign, x * y}, [&](Round rm, uint8_t* f) { return Mul(a, b, rm, f); });
    ExpectAllModes<F>({sign, x, y}, [&](Round rm, uint8_t* f) { return Div(a, b, rm, f); });
    if (this->HasFatalFailure()) return;
  }
}

TYPED_TEST(FloatExactTest, DivNearTies) {
  using F = TypeParam;
  OperandSource<F> source(23);
  for (int i = 0; i < kCases; ++i) {
    // Few bits in the divisor make exact quotients and, among subnormal results, exact ties.
    const F b = source.Any() & ~(Format<F>::kFractionMask >> source.Below(6));
    uint8_t ignored = 0;
    const F a = Mul(b, source.Any(), source.Mode(), &ignored) + static_cast<F>(source.Below(3) - 1);
    if (!IsFinite(a) || !IsFinite(b) || IsZero(a) || IsZero(b)) continue;
    SCOPED_TRACE(testing::Message() << std::hex << a << " / " << b);
    ExpectAllModes<F>(
        {SignOf(a) != SignOf(b), DyadicOf<F>(Magnitude(a)), DyadicOf<F>(Magnitude(b))},
        [&](Round rm, uint8_t* f) { return Div(a, b, rm, f); });
    if (this->HasFatalFailure()) return;
  }
}

TYPED_TEST(FloatExactTest, Sqrt) {
  using F = TypeParam;
  OperandSource<F> source(24);
  for (int i = 0; i < kCases; ++i) {
    F a = Magnitude(source.Any());
    if (source.Below(2) == 0) {
      uint8_t ignored = 0;
      a = Mul(a, a, source.Mode(), &ignored) + static_cast<F>(source.Below(3) - 1);
    }
    a = Magnitude(a);
    if (!IsFinite(a) || IsZero(a)) continue;
    SCOPED_TRACE(testing::Message() << std::hex << a);
    ExpectAllModes<F>({false, DyadicOf<F>(a), Dyadic(1, 0), 2},
                      [&](Round rm, uint8_t* f) { return Sqrt(a, rm, f); });
    if (this->HasFatalFailure()) return;
  }
}

TYPED_TEST(FloatExactTest, MulAdd) {
  using F = TypeParam;
  OperandSource<F> source(25);
  for (int i = 0; i < kCases; ++i) {
    const F a = source.Any(), b = source.Below(3) == 0 ? source.ProductNearLimit(a) : source.Any();
    uint8_t ignored = 0;
    const F product = Mul(a, b, source.Mode(), &ignored);
    const F c = source.Below(3) == 0 ? source.Any() : source.Near(product);
    if (!IsFinite(a) || !IsFinite(b) || !IsFinite(c)) continue;
    SCOPED_TRACE(testing::Message() << std::hex << a << " * " << b << " + " << c);
    const ExactValue v =
        SignedSum(SignOf(a) != SignOf(b), DyadicOf<F>(Magnitude(a)) * DyadicOf<F>(Magnitude(b)),
                  SignOf(c), DyadicOf<F>(Magnitude(c)));
    if (v.numerator.IsZero()) continue;
    ExpectAllModes<F>(v, [&](Round rm, uint8_t* f) { return MulAdd(a, b, c, rm, f); });
    if (this->HasFatalFailure()) return;
  }
}

TYPED_TEST(FloatExactTest, FromIntegers) {
  using F = TypeParam;
  OperandSource<F> source(26);
  for (int i = 0; i < kCases; ++i) {
    uint64_t v = source.Bits() >> source.Below(64);
    if (source.Below(2) != 0) v &= ~((uint64_t{1} << source.Below(64)) - 1);
    if (source.Below(2) != 0) v += source.Below(3) - 1;
    if (v == 0) continue;
    SCOPED_TRACE(testing::Message() << std::hex << v);
    ExpectAllModes<F>({false, Dyadic(v, 0)},
                      [&](Round rm, uint8_t* f) { return FromUint64<F>(v, rm, f); });
    const bool sign = (v >> 63) != 0;
    ExpectAllModes<F>({sign, Dyadic(sign ? uint64_t{0} - v : v, 0)}, [&](Round rm, uint8_t* f) {
      return FromInt64<F>(static_cast<int64_t>(v), rm, f);
    });
    if (this->HasFatalFailure()) return;
  }
}

TEST(FloatExactConversionTest, Narrow) {
  OperandSource<uint64_t> source(27);
  for (int i = 0; i < kCases; ++i) {
    uint64_t a = source.Any();
    if (source.Below(4) != 0) {
      a = OperandSource<uint64_t>::WithExponent(a, 1023 - 152 + source.Below(152 + 130));
      // Nothing below binary32's last bit, exactly one half, or that and a little more or less.
      if (source.Below(2) != 0) a &= ~uint64_t{0x1fffffff} | (source.Bits() & 0x10000001);
    }
    if (!IsFinite(a) || IsZero(a)) continue;
    SCOPED_TRACE(testing::Message() << std::hex << a);
    ExpectAllModes<uint32_t>({SignOf(a), DyadicOf<uint64_t>(Magnitude(a))},
                             [&](Round rm, uint8_t* f) { return NarrowToF32(a, rm, f); });
    if (HasFatalFailure()) return;
  }
}

// What fcvt to the integer type Int gives for the finite, non-zero `a`: the nearest integers are
// found by bisection over all 2^64 magnitudes with exact comparisons.
template <typename Int, typename F>
uint64_t ExpectedInteger(F a, Round rm, uint8_t* flags) {
  using Limits = std::numeric_limits<Int>;
  const ExactValue value{SignOf(a), DyadicOf<F>(Magnitude(a))};
  const auto extend = [](Int v) {
    return static_cast<uint64_t>(static_cast<int64_t>(static_cast<std::make_signed_t<Int>>(v)));
  };
  const auto saturated = [&] {
    *flags = kInvalid;
    return extend(value.sign ? Limits::min() : Limits::max());
  };
  if (value.CompareMagnitude(Dyadic(1, 64)) >= 0) return saturated();
  uint64_t low = 0;
  for (int bit = 63; bit >= 0; --bit) {
    const uint64_t candidate = low | (uint64_t{1} << bit);
    if (value.CompareMagnitude(Dyadic(candidate, 0)) >= 0) low = candidate;
  }
  const bool exact = value.CompareMagnitude(Dyadic(low, 0)) == 0;
  if (!exact) {
    const Dyadic midpoint = Dyadic::Sum(Dyadic(low, 0), Dyadic(1, -1));
    low +=
        internal::AwayFromZero(rm, value.sign, value.CompareMagnitude(midpoint), low & 1) ? 1 : 0;
  }
  const __int128 result = value.sign ? -static_cast<__int128>(low) : static_cast<__int128>(low);
  if (result < Limits::min() || result > Limits::max()) return saturated();
  *flags = exact ? 0 : kInexact;
  return extend(static_cast<Int>(result));
}

TYPED_TEST(FloatExactTest, ToIntegers) {
  using F = TypeParam;
  OperandSource<F> source(28);
  const int lengths[] = {0, 1, 2, 23, 24, 30, 31, 32, 33, 52, 53, 62, 63, 64};
  for (int i = 0; i < kCases; ++i) {
    const int exponent =
        source.Below(2) != 0 ? lengths[source.Below(14)] - source.Below(3) : source.Below(70) - 4;
    F a = OperandSource<F>::WithExponent(source.Any(), Format<F>::kBias + exponent);
    if (source.Below(3) == 0) {  // few fraction bits below the point: integers and halves
      const int keep = exponent + 1 < 0 ? 0 : exponent + 1;
      if (keep < Format<F>::kFractionBits) a &= ~(Format<F>::kFractionMask >> keep);
    }
    if (source.Below(16) == 0) a = source.Any();
    if (!IsFinite(a) || IsZero(a)) continue;
    for (int mode = 0; mode < 5; ++mode) {
      const Round rm = static_cast<Round>(mode);
      SCOPED_TRACE(testing::Message() << std::hex << a << " rm " << mode);
      uint8_t flags = 0, expected = 0;
      ASSERT_EQ(ToInt32(a, rm, &flags), (ExpectedInteger<int32_t>(a, rm, &expected)));
      ASSERT_EQ(int{flags}, int{expected});
      flags = expected = 0;
      ASSERT_EQ(ToUint32(a, rm, &flags), (ExpectedInteger<uint32_t>(a, rm, &expected)));
      ASSERT_EQ(int{flags}, int{expected});
      flags = expected = 0;
      ASSERT_EQ(ToInt64(a, rm, &flags), (ExpectedInteger<int64_t>(a, rm, &expected)));
      ASSERT_EQ(int{flags}, int{expected});
      flags = expected = 0;
      ASSERT_EQ(ToUint64(a, rm, &flags), (ExpectedInteger<uint64_t>(a, rm, &expected)));
      ASSERT_EQ(int{flags}, int{expected});
    }
  }
}

}  // namespace
}  // namespace lockstep::fp

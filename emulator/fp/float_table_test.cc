// Corner cases worked out by hand from IEEE 754 and the RISC-V manual: special operands, signs of
// zero, the ends of the range, ties, and the RISC-V specific results (canonical NaN, saturation).

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "emulator/fp/float.h"

namespace lockstep::fp {
namespace {

constexpr Round kRne = Round::kRne;
constexpr Round kRtz = Round::kRtz;
constexpr Round kRdn = Round::kRdn;
constexpr Round kRup = Round::kRup;
constexpr Round kRmm = Round::kRmm;

// binary32
constexpr uint32_t kZero = 0, kNegZero = 0x80000000, kOne = 0x3f800000, kNegOne = 0xbf800000;
constexpr uint32_t kTwo = 0x40000000, kThree = 0x40400000, kInf = 0x7f800000, kNegInf = 0xff800000;
constexpr uint32_t kMax = 0x7f7fffff, kNegMax = 0xff7fffff, kMinNormal = 0x00800000;
constexpr uint32_t kMinSub = 1, kNegMinSub = 0x80000001;
constexpr uint32_t kQnan = 0x7fc12345, kSnan = 0x7f812345, kNegQnan = 0xffc00000;
constexpr uint32_t kNan = kCanonicalNan32;
constexpr uint32_t kHalfUlpOfOne = 0x33800000;  // 2^-24
// binary64
constexpr uint64_t kOne64 = 0x3ff0000000000000, kInf64 = 0x7ff0000000000000;
constexpr uint64_t kNegInf64 = 0xfff0000000000000, kSnan64 = 0x7ff0000000000001;
constexpr uint64_t kQnan64 = 0xfff8000000000001;

constexpr uint8_t kNone = 0;
constexpr uint8_t kOverflowed = kOverflow | kInexact;
constexpr uint8_t kUnderflowed = kUnderflow | kInexact;

struct BinaryCase {
  uint32_t a, b;
  Round rm;
  uint32_t result;
  uint8_t flags;
};

template <typename Function>
void ExpectBinary(const std::vector<BinaryCase>& cases, Function function) {
  for (const BinaryCase& c : cases) {
    uint8_t flags = 0;
    EXPECT_EQ(function(c.a, c.b, c.rm, &flags), c.result)
        << std::hex << c.a << " " << c.b << " rm " << int(c.rm);
    EXPECT_EQ(int{flags}, int{c.flags}) << std::hex << c.a << " " << c.b << " rm " << int(c.rm);
  }
}

TEST(FloatTableTest, Add) {
  ExpectBinary(
      {
          {kOne, kOne, kRne, kTwo, kNone},
          {kOne, kNegOne, kRne, kZero, kNone},
          {kOne, kNegOne, kRdn, kNegZero, kNone},
          {kZero, kNegZero, kRne, kZero, kNone},
          {kZero, kNegZero, kRdn, kNegZero, kNone},
          {kNegZero, kNegZero, kRup, kNegZero, kNone},
          {kInf, kNegInf, kRne, kNan, kInvalid},
          {kInf, kInf, kRne, kInf, kNone},
          {kNegInf, kMax, kRne, kNegInf, kNone},
          {kQnan, kOne, kRne, kNan, kNone},
          {kOne, kSnan, kRne, kNan, kInvalid},
          {kQnan, kSnan, kRne, kNan, kInvalid},
          {kNegQnan, kInf, kRne, kNan, kNone},
          // A tie at 1 + half an ulp; a second one above an odd significand.
          {kOne, kHalfUlpOfOne, kRne, kOne, kInexact},
          {kOne, kHalfUlpOfOne, kRtz, kOne, kInexact},
          {kOne, kHalfUlpOfOne, kRdn, kOne, kInexact},
          {kOne, kHalfUlpOfOne, kRup, kOne + 1, kInexact},
          {kOne, kHalfUlpOfOne, kRmm, kOne + 1, kInexact},
          {kOne + 1, kHalfUlpOfOne, kRne, kOne + 2, kInexact},
          {kNegOne, kHalfUlpOfOne | kNegZero, kRmm, kNegOne + 1, kInexact},
          {kNegOne, kHalfUlpOfOne | kNegZero, kRdn, kNegOne + 1, kInexact},
          {kNegOne, kHalfUlpOfOne | kNegZero, kRup, kNegOne, kInexact},
          // Overflow by each mode.
          {kMax, kMax, kRne, kInf, kOverflowed},
          {kMax, kMax, kRtz, kMax, kOverflowed},
          {kMax, kMax, kRdn, kMax, kOverflowed},
          {kMax, kMax, kRup, kInf, kOverflowed},
          {kMax, kMax, kRmm, kInf, kOverflowed},
          {kNegMax, kNegMax, kRtz, kNegMax, kOverflowed},
          {kNegMax, kNegMax, kRdn, kNegInf, kOverflowed},
          {kNegMax, kNegMax, kRup, kNegMax, kOverflowed},
          {kMax, kOne, kRne, kMax, kInexact},
          {kMax, kOne, kRup, kInf, kOverflowed},
          // Sums of subnormals are exact: no underflow.
          {kMinSub, kMinSub, kRne, 2, kNone},
          {kMinNormal, kNegMinSub, kRne, kMinNormal - 1, kNone},
      },
      [](uint32_t a, uint32_t b, Round rm, uint8_t* f) { return Add(a, b, rm, f); });
}

TEST(FloatTableTest, Sub) {
  ExpectBinary(
      {
          {kOne, kOne, kRne, kZero, kNone},
          {kOne, kOne, kRdn, kNegZero, kNone},
          {kZero, kZero, kRne, kZero, kNone},
          {kNegZero, kZero, kRne, kNegZero, kNone},
          {kInf, kInf, kRne, kNan, kInvalid},
          {kInf, kNegInf, kRne, kInf, kNone},
          {kThree, kOne, kRne, kTwo, kNone},
          {kOne, kQnan, kRne, kNan, kNone},
          // 1 - 2^-25: a tie between 1 and its predecessor, which is odd.
          {kOne, 0x33000000, kRne, kOne, kInexact},
          {kOne, 0x33000000, kRtz, kOne - 1, kInexact},
          {kOne, 0x33000000, kRmm, kOne, kInexact},
      },
      [](uint32_t a, uint32_t b, Round rm, uint8_t* f) { return Sub(a, b, rm, f); });
}

TEST(FloatTableTest, Mul) {
  ExpectBinary(
      {
          {kTwo, kThree, kRne, 0x40c00000, kNone},
          {kZero, kNegOne, kRne, kNegZero, kNone},
          {kZero, kInf, kRne, kNan, kInvalid},
          {kNegInf, kNegZero, kRne, kNan, kInvalid},
          {kInf, kNegOne, kRne, kNegInf, kNone},
          {kSnan, kZero, kRne, kNan, kInvalid},
          {kQnan, kZero, kRne, kNan, kNone},
          {kMax, kTwo, kRne, kInf, kOverflowed},
          {kMax, kTwo, kRtz, kMax, kOverflowed},
          // Half the smallest subnormal.
          {kMinSub, 0x3f000000, kRne, kZero, kUnderflowed},
          {kMinSub, 0x3f000000, kRmm, kMinSub, kUnderflowed},
          {kMinSub, 0x3f000000, kRup, kMinSub, kUnderflowed},
          {kMinSub, 0xbf000000, kRup, kNegZero, kUnderflowed},
          {kMinSub, 0xbf000000, kRdn, kNegMinSub, kUnderflowed},
          // (2^-126)(1 - 2^-24) rounds to the smallest normal number at the encoding's precision
          // and at full precision it is exact: tiny and inexact.
          {kMinNormal, 0x3f7fffff, kRne, kMinNormal, kUnderflowed},
          // (1 + 2^-23)^2 - ish below the smallest normal: 2^-126 * (1 - 2^-46), which reaches
          // the smallest normal at full precision too: not tiny, so no underflow.
          {0x00800001, 0x3f7ffffe, kRne, kMinNormal, kInexact},
          {0x00800001, 0x3f7ffffe, kRtz, kMinNormal - 1, kUnderflowed},
          // Exact subnormal: no exception.
          {kMinNormal, 0x3f000000, kRne, 0x00400000, kNone},
      },
      [](uint32_t a, uint32_t b, Round rm, uint8_t* f) { return Mul(a, b, rm, f); });
}

TEST(FloatTableTest, Div) {
  ExpectBinary(
      {
          {kThree, kTwo, kRne, 0x3fc00000, kNone},
          {kOne, kThree, kRne, 0x3eaaaaab, kInexact},
          {kOne, kThree, kRtz, 0x3eaaaaaa, kInexact},
          {kOne, kZero, kRne, kInf, kDivByZero},
          {kOne, kNegZero, kRne, kNegInf, kDivByZero},
          {kZero, kZero, kRne, kNan, kInvalid},
          {kInf, kInf, kRne, kNan, kInvalid},
          {kInf, kZero, kRne, kInf, kNone},
          {kZero, kInf, kRne, kZero, kNone},
          {kNegOne, kInf, kRne, kNegZero, kNone},
          {kSnan, kZero, kRne, kNan, kInvalid},
          {kQnan, kZero, kRne, kNan, kNone},
          {kMax, kMinSub, kRdn, kMax, kOverflowed},
          {kMinSub, kTwo, kRne, kZero, kUnderflowed},
          {3, kTwo, kRne, 2, kUnderflowed},
          {3, kTwo, kRtz, 1, kUnderflowed},
          {5, kTwo, kRne, 2, kUnderflowed},
          {5, kTwo, kRmm, 3, kUnderflowed},
      },
      [](uint32_t a, uint32_t b, Round rm, uint8_t* f) { return Div(a, b, rm, f); });
}

TEST(FloatTableTest, Sqrt) {
  ExpectBinary(
      {
          {0x40800000, 0, kRne, kTwo, kNone},
          {kTwo, 0, kRne, 0x3fb504f3, kInexact},
          {kTwo, 0, kRup, 0x3fb504f4, kInexact},
          {kZero, 0, kRne, kZero, kNone},
          {kNegZero, 0, kRne, kNegZero, kNone},
          {kNegOne, 0, kRne, kNan, kInvalid},
          {kNegMinSub, 0, kRne, kNan, kInvalid},
          {kNegInf, 0, kRne, kNan, kInvalid},
          {kInf, 0, kRne, kInf, kNone},
          {kQnan, 0, kRne, kNan, kNone},
          {kSnan, 0, kRne, kNan, kInvalid},
          {2, 0, kRne, 0x1a800000, kNone},  // sqrt(2^-148) = 2^-74
          {kMax, 0, kRne, 0x5f7fffff, kInexact},
      },
      [](uint32_t a, uint32_t, Round rm, uint8_t* f) { return Sqrt(a, rm, f); });
  uint8_t flags = 0;
  EXPECT_EQ(Sqrt(uint64_t{0x4000000000000000}, kRne, &flags), 0x3ff6a09e667f3bcdu);
  EXPECT_EQ(int{flags}, int{kInexact});
}

TEST(FloatTableTest, MulAdd) {
  struct Case {
    uint32_t a, b, c;
    Round rm;
    uint32_t result;
    uint8_t flags;
  };
  const Case cases[] = {
      {kTwo, kThree, kOne, kRne, 0x40e00000, kNone},
      {kInf, kZero, kOne, kRne, kNan, kInvalid},
      {kInf, kZero, kQnan, kRne, kNan, kInvalid},  // invalid whatever is added
      {kZero, kNegInf, kQnan, kRne, kNan, kInvalid},
      {kInf, kOne, kNegInf, kRne, kNan, kInvalid},
      {kInf, kOne, kInf, kRne, kInf, kNone},
      {kInf, kNegOne, kQnan, kRne, kNan, kNone},
      {kOne, kOne, kSnan, kRne, kNan, kInvalid},
      {kMax, kMax, kNegInf, kRne, kNegInf, kNone},
      {kOne, kOne, kNegOne, kRne, kZero, kNone},
      {kOne, kOne, kNegOne, kRdn, kNegZero, kNone},
      {kZero, kOne, kNegZero, kRne, kZero, kNone},
      {kZero, kOne, kNegZero, kRdn, kNegZero, kNone},
      {kZero, kNegOne, kNegZero, kRne, kNegZero, kNone},
      {kZero, kOne, kThree, kRne, kThree, kNone},
      // One rounding only: (1 + 2^-23)^2 - (1 + 2^-22) = 2^-46.
      {0x3f800001, 0x3f800001, 0xbf800002, kRne, 0x28800000, kNone},
      // The product overflows alone, the sum does not.
      {kMax, kTwo, kNegMax, kRne, kMax, kNone},
      {kMax, kTwo, kMax, kRne, kInf, kOverflowed},
      // A tiny product decides a tie of nothing but the addend: 1 + 2^-149 * 2^-149.
      {kMinSub, kMinSub, kOne, kRne, kOne, kInexact},
      {kMinSub, kMinSub, kOne, kRup, kOne + 1, kInexact},
      {kMinSub, kNegMinSub, kOne, kRtz, kOne - 1, kInexact},
      {kMinSub, kMinSub, kZero, kRup, kMinSub, kUnderflowed},
      {kMinSub, kMinSub, kZero, kRne, kZero, kUnderflowed},
  };
  for (const Case& c : cases) {
    uint8_t flags = 0;
    EXPECT_EQ(MulAdd(c.a, c.b, c.c, c.rm, &flags), c.result)
        << std::hex << c.a << " " << c.b << " " << c.c << " rm " << int(c.rm);
    EXPECT_EQ(int{flags}, int{c.flags})
        << std::hex << c.a << " " << c.b << " " << c.c << " rm " << int(c.rm);
  }
}

TEST(FloatTableTest, MinMax) {
  struct Case {
    uint32_t a, b, min, max;
    uint8_t flags;
  };
  const Case cases[] = {
      {kOne, kTwo, kOne, kTwo, kNone},
      {kTwo, kNegOne, kNegOne, kTwo, kNone},
      {kNegOne, kNegMax, kNegMax, kNegOne, kNone},
      {kZero, kNegZero, kNegZero, kZero, kNone},
      {kNegZero, kZero, kNegZero, kZero, kNone},
      {kInf, kNegInf, kNegInf, kInf, kNone},
      {kQnan, kOne, kOne, kOne, kNone},
      {kOne, kNegQnan, kOne, kOne, kNone},
      {kSnan, kOne, kOne, kOne, kInvalid},
      {kOne, kSnan, kOne, kOne, kInvalid},
      {kQnan, kNegQnan, kNan, kNan, kNone},
      {kSnan, kQnan, kNan, kNan, kInvalid},
  };
  for (const Case& c : cases) {
    uint8_t flags = 0;
    EXPECT_EQ(Min(c.a, c.b, &flags), c.min) << std::hex << c.a << " " << c.b;
    EXPECT_EQ(int{flags}, int{c.flags}) << std::hex << c.a << " " << c.b;
    flags = 0;
    EXPECT_EQ(Max(c.a, c.b, &flags), c.max) << std::hex << c.a << " " << c.b;
    EXPECT_EQ(int{flags}, int{c.flags}) << std::hex << c.a << " " << c.b;
  }
}

TEST(FloatTableTest, Comparisons) {
  struct Case {
    uint32_t a, b;
    bool eq, lt, le;
    uint8_t eq_flags, order_flags;
  };
  const Case cases[] = {
      {kOne, kTwo, false, true, true, kNone, kNone},
      {kTwo, kOne, false, false, false, kNone, kNone},
      {kNegOne, kOne, false, true, true, kNone, kNone},
      {kNegMax, kNegOne, false, true, true, kNone, kNone},
      {kZero, kNegZero, true, false, true, kNone, kNone},
      {kNegZero, kZero, true, false, true, kNone, kNone},
      {kInf, kInf, true, false, true, kNone, kNone},
      {kQnan, kQnan, false, false, false, kNone, kInvalid},
      {kQnan, kOne, false, false, false, kNone, kInvalid},
      {kOne, kSnan, false, false, false, kInvalid, kInvalid},
  };
  for (const Case& c : cases) {
    uint8_t flags = 0;
    EXPECT_EQ(Eq(c.a, c.b, &flags), c.eq) << std::hex << c.a << " " << c.b;
    EXPECT_EQ(int{flags}, int{c.eq_flags}) << std::hex << c.a << " " << c.b;
    flags = 0;
    EXPECT_EQ(Lt(c.a, c.b, &flags), c.lt) << std::hex << c.a << " " << c.b;
    EXPECT_EQ(int{flags}, int{c.order_flags}) << std::hex << c.a << " " << c.b;
    flags = 0;
    EXPECT_EQ(Le(c.a, c.b, &flags), c.le) << std::hex << c.a << " " << c.b;
    EXPECT_EQ(int{flags}, int{c.order_flags}) << std::hex << c.a << " " << c.b;
  }
}

TEST(FloatTableTest, Classify) {
  EXPECT_EQ(Classify(kNegInf), 1u << 0);
  EXPECT_EQ(Classify(kNegMax), 1u << 1);
  EXPECT_EQ(Classify(kMinNormal | kNegZero), 1u << 1);
  EXPECT_EQ(Classify(kNegMinSub), 1u << 2);
  EXPECT_EQ(Classify(kNegZero), 1u << 3);
  EXPECT_EQ(Classify(kZero), 1u << 4);
  EXPECT_EQ(Classify(kMinNormal - 1), 1u << 5);
  EXPECT_EQ(Classify(kMinNormal), 1u << 6);
  EXPECT_EQ(Classify(kInf), 1u << 7);
  EXPECT_EQ(Classify(kSnan), 1u << 8);
  EXPECT_EQ(Classify(kQnan), 1u << 9);
  EXPECT_EQ(Classify(kSnan64), 1u << 8);
  EXPECT_EQ(Classify(kQnan64), 1u << 9);
  EXPECT_EQ(Classify(kNegInf64), 1u << 0);
  EXPECT_EQ(Classify(kOne64), 1u << 6);
  EXPECT_EQ(Classify(uint64_t{1}), 1u << 5);
}

// The manual's table of saturation results.
TEST(FloatTableTest, ToIntegerSaturation) {
  struct Case {
    uint64_t a;
    uint64_t w, wu, l, lu;
    uint8_t w_flags, wu_flags, l_flags, lu_flags;
  };
  constexpr uint64_t kW = 0x7fffffff, kWmin = 0xffffffff80000000, kAll = ~uint64_t{0};
  constexpr uint64_t kL = 0x7fffffffffffffff, kLmin = 0x8000000000000000;
  constexpr uint8_t kNv = kInvalid;
  const Case cases[] = {
      {kInf64, kW, kAll, kL, kAll, kNv, kNv, kNv, kNv},
      {kNegInf64, kWmin, 0, kLmin, 0, kNv, kNv, kNv, kNv},
      {kQnan64, kW, kAll, kL, kAll, kNv, kNv, kNv, kNv},
      {kSnan64, kW, kAll, kL, kAll, kNv, kNv, kNv, kNv},
      // 2^31 fits all but w; as wu it is sign-extended.
      {0x41e0000000000000, kW, kWmin, 0x80000000, 0x80000000, kNv, 0, 0, 0},
      // -2^31, -2^31-1
      {0xc1e0000000000000, kWmin, 0, kWmin, 0, 0, kNv, 0, kNv},
      {0xc1e0000000200000, kWmin, 0, kWmin - 1, 0, kNv, kNv, 0, kNv},
      // 2^32 - 1, 2^32
      {0x41efffffffe00000, kW, kAll, 0xffffffff, 0xffffffff, kNv, 0, 0, 0},
      {0x41f0000000000000, kW, kAll, 0x100000000, 0x100000000, kNv, kNv, 0, 0},
      // 2^63, -2^63, 2^64
      {0x43e0000000000000, kW, kAll, kL, kLmin, kNv, kNv, kNv, 0},
      {0xc3e0000000000000, kWmin, 0, kLmin, 0, kNv, kNv, 0, kNv},
      {0x43f0000000000000, kW, kAll, kL, kAll, kNv, kNv, kNv, kNv},
      // -0.0, -1.0
      {0x8000000000000000, 0, 0, 0, 0, 0, 0, 0, 0},
      {0xbff0000000000000, kAll, 0, kAll, 0, 0, kNv, 0, kNv},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(testing::Message() << std::hex << c.a);
    uint8_t f = 0;
    EXPECT_EQ(ToInt32(c.a, kRne, &f), c.w);
    EXPECT_EQ(int{f}, int{c.w_flags});
    f = 0;
    EXPECT_EQ(ToUint32(c.a, kRne, &f), c.wu);
    EXPECT_EQ(int{f}, int{c.wu_flags});
    f = 0;
    EXPECT_EQ(ToInt64(c.a, kRne, &f), c.l);
    EXPECT_EQ(int{f}, int{c.l_flags});
    f = 0;
    EXPECT_EQ(ToUint64(c.a, kRne, &f), c.lu);
    EXPECT_EQ(int{f}, int{c.lu_flags});
  }
}

TEST(FloatTableTest, ToIntegerRounding) {
  struct Case {
    uint32_t a;
    uint64_t by_mode[5];
  };
  constexpr uint64_t kMinus1 = ~uint64_t{0}, kMinus2 = kMinus1 - 1, kMinus3 = kMinus1 - 2;
  const Case cases[] = {
      {0x3f000000, {0, 0, 0, 1, 1}},                                // 0.5
      {0x3fc00000, {2, 1, 1, 2, 2}},                                // 1.5
      {0x40200000, {2, 2, 2, 3, 3}},                                // 2.5
      {0xbf000000, {0, 0, kMinus1, 0, kMinus1}},                    // -0.5
      {0xc0200000, {kMinus2, kMinus2, kMinus3, kMinus2, kMinus3}},  // -2.5
      {kMinSub, {0, 0, 0, 1, 0}},
      {kNegMinSub, {0, 0, kMinus1, 0, 0}},
  };
  for (const Case& c : cases) {
    for (int mode = 0; mode < 5; ++mode) {
      uint8_t f = 0;
      EXPECT_EQ(ToInt64(c.a, static_cast<Round>(mode), &f), c.by_mode[mode])
          << std::hex << c.a << " rm " << mode;
      EXPECT_EQ(int{f}, int{kInexact});
    }
  }
  // A negative number that rounds to zero is in an unsigned target's range, one that does not is
  // not, and an invalid conversion is not inexact.
  uint8_t f = 0;
  EXPECT_EQ(ToUint32(0xbf000000u, kRtz, &f), 0u);
  EXPECT_EQ(int{f}, int{kInexact});
  f = 0;
  EXPECT_EQ(ToUint32(0xbf000000u, kRdn, &f), 0u);
  EXPECT_EQ(int{f}, int{kInvalid});
  f = 0;
  // 2^31 - 0.5
  EXPECT_EQ(ToInt32(uint64_t{0x41dfffffffe00000}, kRtz, &f), 0x7fffffffu);
  EXPECT_EQ(int{f}, int{kInexact});
  f = 0;
  EXPECT_EQ(ToInt32(uint64_t{0x41dfffffffe00000}, kRne, &f), 0x7fffffffu);
  EXPECT_EQ(int{f}, int{kInvalid});
}

TEST(FloatTableTest, FromIntegers) {
  uint8_t f = 0;
  EXPECT_EQ(FromInt64<uint32_t>(0, kRdn, &f), kZero);
  EXPECT_EQ(FromInt64<uint32_t>(-1, kRne, &f), kNegOne);
  EXPECT_EQ(FromInt64<uint64_t>(INT64_MIN, kRne, &f), 0xc3e0000000000000u);
  EXPECT_EQ(FromUint64<uint32_t>(0x1000000, kRne, &f), 0x4b800000u);
  EXPECT_EQ(int{f}, 0);
  EXPECT_EQ(FromUint64<uint32_t>(0x1000001, kRne, &f), 0x4b800000u);  // tie to even
  EXPECT_EQ(int{f}, int{kInexact});
  EXPECT_EQ(FromUint64<uint32_t>(0x1000001, kRmm, &f), 0x4b800001u);
  EXPECT_EQ(FromInt64<uint32_t>(-0x1000001, kRdn, &f), 0xcb800001u);
  EXPECT_EQ(FromUint64<uint64_t>(~uint64_t{0}, kRne, &f), 0x43f0000000000000u);
  EXPECT_EQ(FromUint64<uint64_t>(~uint64_t{0}, kRtz, &f), 0x43efffffffffffffu);
}

TEST(FloatTableTest, BetweenFormats) {
  struct Case {
    uint64_t a;
    Round rm;
    uint32_t result;
    uint8_t flags;
  };
  const Case cases[] = {
      {kOne64, kRne, kOne, kNone},
      {kInf64, kRne, kInf, kNone},
      {0x8000000000000000, kRne, kNegZero, kNone},
      {kQnan64, kRne, kNan, kNone},
      {kSnan64, kRne, kNan, kInvalid},  // its payload lies in bits that binary32 does not have
      {0x47f0000000000000, kRne, kInf, kOverflowed},  // 2^128
      {0x47f0000000000000, kRtz, kMax, kOverflowed},
      {0x47efffffefffffff, kRne, kMax, kInexact},  // just below the tie at the top
      {0x47effffff0000000, kRne, kInf, kOverflowed},
      {0x3690000000000000, kRne, kZero, kUnderflowed},  // 2^-150
      {0x3690000000000000, kRmm, kMinSub, kUnderflowed},
      {0x3690000000000001, kRne, kMinSub, kUnderflowed},
      {0x380fffffe0000000, kRne, kMinNormal, kUnderflowed},  // 2^-126 - 2^-150
      {0x380ffffff0000000, kRne, kMinNormal, kInexact},      // 2^-126 - 2^-151
      {0x380ffffff0000000, kRtz, kMinNormal - 1, kUnderflowed},
  };
  for (const Case& c : cases) {
    uint8_t f = 0;
    EXPECT_EQ(NarrowToF32(c.a, c.rm, &f), c.result) << std::hex << c.a << " rm " << int(c.rm);
    EXPECT_EQ(int{f}, int{c.flags}) << std::hex << c.a << " rm " << int(c.rm);
  }
  uint8_t f = 0;
  EXPECT_EQ(WidenToF64(kMinSub, &f), 0x36a0000000000000u);
  EXPECT_EQ(WidenToF64(kNegMax, &f), 0xc7efffffe0000000u);
  EXPECT_EQ(WidenToF64(kNegInf, &f), kNegInf64);
  EXPECT_EQ(WidenToF64(kNegZero, &f), 0x8000000000000000u);
  EXPECT_EQ(WidenToF64(kNegQnan, &f), kCanonicalNan64);
  EXPECT_EQ(int{f}, 0);
  EXPECT_EQ(WidenToF64(kSnan, &f), kCanonicalNan64);
  EXPECT_EQ(int{f}, int{kInvalid});
}

TEST(FloatTableTest, FlagsAccumulate) {
  uint8_t flags = kDivByZero;
  Add(kInf, kNegInf, kRne, &flags);
  EXPECT_EQ(int{flags}, kDivByZero | kInvalid);
}

}  // namespace
}  // namespace lockstep::fp

// Differential test against the host's SSE and FMA units: results and exceptions in the four
// rounding modes that x86-64 has. x86 detects underflow after rounding, as RISC-V does; its NaN
// results are made canonical before comparing.

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <type_traits>

#include "emulator/fp/float.h"
#include "emulator/fp/format.h"
#include "emulator/fp/host_arithmetic.h"
#include "emulator/fp/test_operands.h"

#if defined(__x86_64__)

namespace lockstep::fp {
namespace {

using internal::Format;
using internal::IsInfinity;
using internal::IsNan;
using internal::IsZero;
using internal::OperandSource;

constexpr int kCases = 1'000'000;

template <typename F>
F Canonical(F a) {
  return IsNan(a) ? Format<F>::kCanonicalNan : a;
}

template <typename F>
using HostFloat = std::conditional_t<sizeof(F) == 4, float, double>;

template <typename F>
HostFloat<F> ToHost(F bits) {
  return std::bit_cast<HostFloat<F>>(bits);
}
uint32_t FromHost(float v) { return std::bit_cast<uint32_t>(v); }
uint64_t FromHost(double v) { return std::bit_cast<uint64_t>(v); }

template <typename F>
class FloatHostTest : public testing::Test {
 protected:
  // Runs `ours(a, b, rm, flags)` and `host(a, b, rm, flags)` on pairs of operands.
  template <typename Ours, typename Host>
  void ComparePairs(uint64_t seed, Ours ours, Host host) {
    OperandSource<F> source(seed);
    for (int i = 0; i < kCases; ++i) {
      const F a = source.Any();
      const int kind = source.Below(4);
      const F b = kind == 0   ? source.Near(a)
                  : kind == 1 ? source.ProductNearLimit(a)
                              : source.Any();
      const Round rm = source.Mode(4);
      uint8_t flags = 0, host_flags = 0;
      const F result = ours(a, b, rm, &flags);
      const F expected = Canonical(FromHost(host(ToHost(a), ToHost(b), rm, &host_flags)));
      ASSERT_EQ(result, expected) << std::hex << a << " " << b << " rm " << int(rm);
      ASSERT_EQ(int{flags}, int{host_flags}) << std::hex << a << " " << b << " rm " << int(rm);
    }
  }
};
using Formats = testing::Types<uint32_t, uint64_t>;
TYPED_TEST_SUITE(FloatHostTest, Formats);

#define LOCKSTEP_PAIR_TEST(NAME, OURS, HOST, SEED)                                    \
  TYPED_TEST(FloatHostTest, NAME) {                                                   \
    this->ComparePairs(                                                               \
        SEED, [](auto a, auto b, Round rm, uint8_t* f) { return OURS(a, b, rm, f); }, \
        [](auto a, auto b, Round rm, uint8_t* f) { return HOST(a, b, rm, f); });      \
  }
LOCKSTEP_PAIR_TEST(AddAgrees, Add, HostAdd, 1)
LOCKSTEP_PAIR_TEST(SubAgrees, Sub, HostSub, 2)
LOCKSTEP_PAIR_TEST(MulAgrees, Mul, HostMul, 3)
LOCKSTEP_PAIR_TEST(DivAgrees, Div, HostDiv, 4)
#undef LOCKSTEP_PAIR_TEST

// Quotients that are exact or a hair beside a representable number or a tie.
TYPED_TEST(FloatHostTest, DivOfProductsAgrees) {
  using F = TypeParam;
  OperandSource<F> source(5);
  for (int i = 0; i < kCases; ++i) {
    const F b = source.Any(), q = source.Any();
    uint8_t ignored = 0;
    const F a = Mul(b, q, source.Mode(4), &ignored) + static_cast<F>(source.Below(3) - 1);
    const Round rm = source.Mode(4);
    uint8_t flags = 0, host_flags = 0;
    ASSERT_EQ(Div(a, b, rm, &flags),
              Canonical(FromHost(HostDiv(ToHost(a), ToHost(b), rm, &host_flags))))
        << std::hex << a << " / " << b << " rm " << int(rm);
    ASSERT_EQ(int{flags}, int{host_flags}) << std::hex << a << " / " << b << " rm " << int(rm);
  }
}

TYPED_TEST(FloatHostTest, SqrtAgrees) {
  using F = TypeParam;
  OperandSource<F> source(6);
  for (int i = 0; i < kCases; ++i) {
    F a = source.Any();
    if (source.Below(2) != 0) {  // a square or one ulp beside it
      uint8_t ignored = 0;
      a = Mul(a, a, Round::kRne, &ignored) + static_cast<F>(source.Below(3) - 1);
    }
    const Round rm = source.Mode(4);
    uint8_t flags = 0, host_flags = 0;
    ASSERT_EQ(Sqrt(a, rm, &flags), Canonical(FromHost(HostSqrt(ToHost(a), rm, &host_flags))))
        << std::hex << a << " rm " << int(rm);
    ASSERT_EQ(int{flags}, int{host_flags}) << std::hex << a << " rm " << int(rm);
  }
}

TYPED_TEST(FloatHostTest, MulAddAgrees) {
  using F = TypeParam;
  if (!__builtin_cpu_supports("fma")) GTEST_SKIP() << "this host has no FMA instruction";
  OperandSource<F> source(7);
  for (int i = 0; i < 2 * kCases; ++i) {
    const F a = source.Any();
    const F b = source.Below(3) == 0 ? source.ProductNearLimit(a) : source.Any();
    uint8_t ignored = 0;
    const F product = Mul(a, b, source.Mode(4), &ignored);
    const F c = source.Below(3) != 0 ? source.Near(product) : source.Any();
    // Where x86 and RISC-V differ by definition; the table test has this case.
    if (IsNan(c) && ((IsInfinity(a) && IsZero(b)) || (IsZero(a) && IsInfinity(b)))) continue;
    const Round rm = source.Mode(4);
    uint8_t flags = 0, host_flags = 0;
    ASSERT_EQ(MulAdd(a, b, c, rm, &flags),
              Canonical(FromHost(HostMulAdd(ToHost(a), ToHost(b), ToHost(c), rm, &host_flags))))
        << std::hex << a << " * " << b << " + " << c << " rm " << int(rm);
    ASSERT_EQ(int{flags}, int{host_flags})
        << std::hex << a << " * " << b << " + " << c << " rm " << int(rm);
  }
}

TYPED_TEST(FloatHostTest, ComparisonsAgree) {
  using F = TypeParam;
  OperandSource<F> source(8);
  for (int i = 0; i < kCases; ++i) {
    const F a = source.Any();
    const F b = source.Below(2) != 0 ? source.Near(a) : source.Any();
    uint8_t eq_flags = 0, lt_flags = 0, le_flags = 0, quiet_flags = 0, signalling_flags = 0;
    const int quiet = HostQuiet(ToHost(a), ToHost(b), &quiet_flags);
    const int relation = HostSignalling(ToHost(a), ToHost(b), &signalling_flags);
    ASSERT_EQ(Eq(a, b, &eq_flags), quiet == 4) << std::hex << a << " " << b;
    ASSERT_EQ(Lt(a, b, &lt_flags), relation == 2) << std::hex << a << " " << b;
    ASSERT_EQ(Le(a, b, &le_flags), relation == 2 || relation == 4) << std::hex << a << " " << b;
    ASSERT_EQ(int{eq_flags}, int{quiet_flags}) << std::hex << a << " " << b;
    ASSERT_EQ(int{lt_flags}, int{signalling_flags}) << std::hex << a << " " << b;
    ASSERT_EQ(int{le_flags}, int{signalling_flags}) << std::hex << a << " " << b;
  }
}

// x86 gives the same number for every invalid conversion, so only validity is compared there; the
// saturated values are the table test's and the exact test's matter.
TYPED_TEST(FloatHostTest, SignedIntegersAgree) {
  using F = TypeParam;
  OperandSource<F> source(9);
  for (int i = 0; i < kCases; ++i) {
    const F a =
        OperandSource<F>::WithExponent(source.Any(), Format<F>::kBias - 3 + source.Below(70));
    const Round rm = source.Mode(4);
    uint8_t flags = 0, host_flags = 0;
    const uint64_t r32 = ToInt32(a, rm, &flags);
    const int32_t h32 = HostToInt32(ToHost(a), rm, &host_flags);
    ASSERT_EQ(int{flags}, int{host_flags}) << std::hex << a << " rm " << int(rm);
    if ((flags & kInvalid) == 0) {
      ASSERT_EQ(r32, static_cast<uint64_t>(int64_t{h32})) << std::hex << a << " rm " << int(rm);
    }
    flags = host_flags = 0;
    const uint64_t r64 = ToInt64(a, rm, &flags);
    const int64_t h64 = HostToInt64(ToHost(a), rm, &host_flags);
    ASSERT_EQ(int{flags}, int{host_flags}) << std::hex << a << " rm " << int(rm);
    if ((flags & kInvalid) == 0) {
      ASSERT_EQ(r64, static_cast<uint64_t>(h64)) << std::hex << a << " rm " << int(rm);
    }
  }
}

TEST(FloatHostConversionTest, FromInt64Agrees) {
  OperandSource<uint64_t> source(10);
  for (int i = 0; i < kCases; ++i) {
    const int64_t v = static_cast<int64_t>(source.Bits()) >> source.Below(64);
    const int64_t w = source.Below(2) != 0 ? v : v & -(int64_t{1} << source.Below(63));
    const Round rm = source.Mode(4);
    uint8_t flags = 0, host_flags = 0;
    ASSERT_EQ(FromInt64<uint32_t>(w, rm, &flags), FromHost(HostFromInt64F(w, rm, &host_flags)))
        << w << " rm " << int(rm);
    ASSERT_EQ(int{flags}, int{host_flags}) << w << " rm " << int(rm);
    flags = host_flags = 0;
    ASSERT_EQ(FromInt64<uint64_t>(w, rm, &flags), FromHost(HostFromInt64D(w, rm, &host_flags)))
        << w << " rm " << int(rm);
    ASSERT_EQ(int{flags}, int{host_flags}) << w << " rm " << int(rm);
  }
}

TEST(FloatHostConversionTest, NarrowAgrees) {
  OperandSource<uint64_t> source(11);
  for (int i = 0; i < kCases; ++i) {
    uint64_t a = source.Any();
    if (source.Below(3) != 0) {  // binary32's range, with its rounding bits all equal or single
      a = OperandSource<uint64_t>::WithExponent(a, 1023 - 152 + source.Below(152 + 130));
      if (source.Below(2) != 0) a &= ~uint64_t{0xfffffff} | (source.Bits() & 0x10000001);
    }
    const Round rm = source.Mode(4);
    uint8_t flags = 0, host_flags = 0;
    ASSERT_EQ(NarrowToF32(a, rm, &flags),
              Canonical(FromHost(HostNarrow(ToHost(a), rm, &host_flags))))
        << std::hex << a << " rm " << int(rm);
    ASSERT_EQ(int{flags}, int{host_flags}) << std::hex << a << " rm " << int(rm);
  }
}

TEST(FloatHostConversionTest, WidenAgrees) {
  OperandSource<uint32_t> source(12);
  for (int i = 0; i < kCases; ++i) {
    const uint32_t a = source.Any();
    uint8_t flags = 0, host_flags = 0;
    ASSERT_EQ(WidenToF64(a, &flags),
              Canonical(FromHost(HostWiden(ToHost(a), Round::kRne, &host_flags))))
        << std::hex << a;
    ASSERT_EQ(int{flags}, int{host_flags}) << std::hex << a;
  }
}

}  // namespace
}  // namespace lockstep::fp

#endif  // defined(__x86_64__)

// Differential test against the host's SSE and FMA units: results and exceptions in the four
// rounding modes that x86-64 has. x86 detects underflow after rounding, as RISC-V does; its NaN
// results are made canonical before comparing.

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <type_traits>

#include "emulator/fp/float.h"
#include "emulator/fp/format.h"
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

// All exceptions masked, no flags set, rounding mode in bits 14:13.
uint32_t MxcsrFor(Round rm) {
  constexpr uint32_t kControl[] = {0, 3, 1, 2};  // by Round: nearest, zero, down, up
  return 0x1f80 | (kControl[static_cast<int>(rm)] << 13);
}

uint8_t FlagsOf(uint32_t mxcsr) {
  return static_cast<uint8_t>(((mxcsr & 0x20) ? kInexact : 0) | ((mxcsr & 0x10) ? kUnderflow : 0) |
                              ((mxcsr & 0x08) ? kOverflow : 0) | ((mxcsr & 0x04) ? kDivByZero : 0) |
                              ((mxcsr & 0x01) ? kInvalid : 0));
}

template <typename F>
F Canonical(F a) {
  return IsNan(a) ? Format<F>::kCanonicalNan : a;
}

// One instruction under the given MXCSR. The whole sequence is one asm statement, so that the
// compiler can move nothing into it.
#define LOCKSTEP_HOST_BINARY(NAME, SUFFIXED, TYPE)                               \
  TYPE NAME(TYPE a, TYPE b, Round rm, uint8_t* flags) {                          \
    const uint32_t control = MxcsrFor(rm), saved = 0x1f80;                       \
    uint32_t status;                                                             \
    asm volatile("ldmxcsr %2\n\t" SUFFIXED " %3, %0\n\tstmxcsr %1\n\tldmxcsr %4" \
                 : "+x"(a), "=m"(status)                                         \
                 : "m"(control), "x"(b), "m"(saved));                            \
    *flags |= FlagsOf(status);                                                   \
    return a;                                                                    \
  }
LOCKSTEP_HOST_BINARY(HostAdd, "addss", float)
LOCKSTEP_HOST_BINARY(HostAdd, "addsd", double)
LOCKSTEP_HOST_BINARY(HostSub, "subss", float)
LOCKSTEP_HOST_BINARY(HostSub, "subsd", double)
LOCKSTEP_HOST_BINARY(HostMul, "mulss", float)
LOCKSTEP_HOST_BINARY(HostMul, "mulsd", double)
LOCKSTEP_HOST_BINARY(HostDiv, "divss", float)
LOCKSTEP_HOST_BINARY(HostDiv, "divsd", double)
#undef LOCKSTEP_HOST_BINARY

#define LOCKSTEP_HOST_UNARY(NAME, INSN, FROM, FROM_REG, TO, TO_REG)          \
  TO NAME(FROM a, Round rm, uint8_t* flags) {                                \
    const uint32_t control = MxcsrFor(rm), saved = 0x1f80;                   \
    uint32_t status;                                                         \
    TO result{};                                                             \
    asm volatile("ldmxcsr %2\n\t" INSN " %3, %0\n\tstmxcsr %1\n\tldmxcsr %4" \
                 : "+" TO_REG(result), "=m"(status)                          \
                 : "m"(control), FROM_REG(a), "m"(saved));                   \
    *flags |= FlagsOf(status);                                               \
    return result;                                                           \
  }
LOCKSTEP_HOST_UNARY(HostSqrt, "sqrtss", float, "x", float, "x")
LOCKSTEP_HOST_UNARY(HostSqrt, "sqrtsd", double, "x", double, "x")
LOCKSTEP_HOST_UNARY(HostNarrow, "cvtsd2ss", double, "x", float, "x")
LOCKSTEP_HOST_UNARY(HostWiden, "cvtss2sd", float, "x", double, "x")
LOCKSTEP_HOST_UNARY(HostToInt32, "cvtss2sil", float, "x", int32_t, "r")
LOCKSTEP_HOST_UNARY(HostToInt32, "cvtsd2sil", double, "x", int32_t, "r")
LOCKSTEP_HOST_UNARY(HostToInt64, "cvtss2siq", float, "x", int64_t, "r")
LOCKSTEP_HOST_UNARY(HostToInt64, "cvtsd2siq", double, "x", int64_t, "r")
LOCKSTEP_HOST_UNARY(HostFromInt64F, "cvtsi2ssq", int64_t, "r", float, "x")
LOCKSTEP_HOST_UNARY(HostFromInt64D, "cvtsi2sdq", int64_t, "r", double, "x")
#undef LOCKSTEP_HOST_UNARY

// a*b + c. REQUIRES: the host has FMA3.
#define LOCKSTEP_HOST_FMA(INSN, TYPE)                                            \
  TYPE HostMulAdd(TYPE a, TYPE b, TYPE c, Round rm, uint8_t* flags) {            \
    const uint32_t control = MxcsrFor(rm), saved = 0x1f80;                       \
    uint32_t status;                                                             \
    asm volatile("ldmxcsr %2\n\t" INSN " %4, %3, %0\n\tstmxcsr %1\n\tldmxcsr %5" \
                 : "+x"(a), "=m"(status)                                         \
                 : "m"(control), "x"(b), "x"(c), "m"(saved));                    \
    *flags |= FlagsOf(status);                                                   \
    return a;                                                                    \
  }
LOCKSTEP_HOST_FMA("vfmadd213ss", float)
LOCKSTEP_HOST_FMA("vfmadd213sd", double)
#undef LOCKSTEP_HOST_FMA

// comiss: 1 unordered, 2 less, 4 equal, 0 greater; quiet comparison only for signalling NaNs.
#define LOCKSTEP_HOST_COMPARE(NAME, INSN, TYPE)                  \
  int NAME(TYPE a, TYPE b, uint8_t* flags) {                     \
    const uint32_t control = 0x1f80;                             \
    uint32_t status;                                             \
    uint8_t zf, cf, pf;                                          \
    asm volatile("ldmxcsr %4\n\t" INSN                           \
                 " %6, %5\n\tsete %0\n\tsetb %1\n\tsetp %2\n\t"  \
                 "stmxcsr %3"                                    \
                 : "=&q"(zf), "=&q"(cf), "=&q"(pf), "=m"(status) \
                 : "m"(control), "x"(a), "x"(b)                  \
                 : "cc");                                        \
    *flags |= FlagsOf(status);                                   \
    return pf ? 1 : cf ? 2 : zf ? 4 : 0;                         \
  }
LOCKSTEP_HOST_COMPARE(HostQuiet, "ucomiss", float)
LOCKSTEP_HOST_COMPARE(HostQuiet, "ucomisd", double)
LOCKSTEP_HOST_COMPARE(HostSignalling, "comiss", float)
LOCKSTEP_HOST_COMPARE(HostSignalling, "comisd", double)
#undef LOCKSTEP_HOST_COMPARE

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

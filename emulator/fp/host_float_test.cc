// The host's results, where they are said to be certain, against the arithmetic that does not use
// its unit: the same bits, the same inexactness, no other flag. And they are certain of ordinary
// numbers, or nothing would be gained.

#include "emulator/fp/host_float.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <ios>
#include <sstream>

#include "emulator/fp/float.h"
#include "emulator/fp/test_operands.h"

#if LOCKSTEP_HAS_HOST_FLOAT

namespace lockstep::fp {
namespace {

using internal::OperandSource;

constexpr int kCases = 300'000;

template <typename F>
class HostFloatTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!host::IsUsable()) GTEST_SKIP() << "this host has no FMA instruction";
  }

  // `ours(operands..., flags)` is the integer arithmetic.
  template <typename Operation, typename Ours, typename... Operands>
  void Compare(Ours ours, Operands... operands) {
    uint8_t flags = 0;
    const F expected = ours(operands..., &flags);
    const F value = host::ToBits(Operation::Value(host::ToNative<F>(operands)...));
    bool inexact = false;
    const F told = host::ToBits(Operation::Told(host::ToNative<F>(operands)..., &inexact));
    ++cases_;
    if (!Operation::IsCertain(value)) return;
    ++certain_;
    const auto show = [&] {
      std::ostringstream text;
      text << std::hex;
      ((text << operands << " "), ...);
      return text.str();
    };
    ASSERT_EQ(value, expected) << show();
    ASSERT_EQ(told, expected) << show();
    ASSERT_EQ(int{flags}, inexact ? int{kInexact} : 0) << show();
  }

  // Operands as in OperandSource, of which at least a third are ordinary numbers.
  template <typename Operation, typename Ours>
  void ComparePairs(uint64_t seed, Ours ours) {
    OperandSource<F> source(seed);
    for (int i = 0; i < kCases && !this->HasFatalFailure(); ++i) {
      const F a = source.Any();
      const int kind = source.Below(4);
      const F b = kind == 0   ? source.Near(a)
                  : kind == 1 ? source.ProductNearLimit(a)
                              : source.Any();
      Compare<Operation>(ours, a, b);
    }
    EXPECT_GT(certain_, cases_ / 3);
  }

  int cases_ = 0, certain_ = 0;
};
using Formats = ::testing::Types<uint32_t, uint64_t>;
TYPED_TEST_SUITE(HostFloatTest, Formats);

#define LOCKSTEP_PAIR_TEST(NAME, SEED)                                                        \
  TYPED_TEST(HostFloatTest, NAME##AgreesWhereCertain) {                                       \
    this->template ComparePairs<host::NAME>(                                                  \
        SEED, [](auto a, auto b, uint8_t* flags) { return NAME(a, b, Round::kRne, flags); }); \
  }
LOCKSTEP_PAIR_TEST(Add, 1)
LOCKSTEP_PAIR_TEST(Sub, 2)
LOCKSTEP_PAIR_TEST(Mul, 3)
LOCKSTEP_PAIR_TEST(Div, 4)
#undef LOCKSTEP_PAIR_TEST

TYPED_TEST(HostFloatTest, SqrtAgreesWhereCertain) {
  OperandSource<TypeParam> source(5);
  for (int i = 0; i < kCases && !this->HasFatalFailure(); ++i) {
    TypeParam a = source.Any();
    uint8_t ignored = 0;
    if (source.Below(2) != 0) a = Mul(a, a, Round::kRne, &ignored);
    this->template Compare<host::Sqrt>(
        [](auto x, uint8_t* flags) { return Sqrt(x, Round::kRne, flags); }, a);
  }
  EXPECT_GT(this->certain_, this->cases_ / 3);
}

TYPED_TEST(HostFloatTest, MulAddAgreesWhereCertain) {
  OperandSource<TypeParam> source(6);
  for (int i = 0; i < kCases && !this->HasFatalFailure(); ++i) {
    const TypeParam a = source.Any();
    const TypeParam b = source.Below(3) == 0 ? source.ProductNearLimit(a) : source.Any();
    uint8_t ignored = 0;
    const TypeParam product = Mul(a, b, Round::kRne, &ignored);
    const TypeParam c = source.Below(2) != 0 ? source.Near(product) : source.Any();
    this->template Compare<host::MulAdd>(
        [](auto x, auto y, auto z, uint8_t* flags) { return MulAdd(x, y, z, Round::kRne, flags); },
        a, b, c);
  }
  EXPECT_GT(this->certain_, this->cases_ / 3);
}

TYPED_TEST(HostFloatTest, FromSignedAgrees) {
  using F = TypeParam;
  OperandSource<F> source(7);
  for (int i = 0; i < kCases; ++i) {
    const int64_t value = static_cast<int64_t>(source.Bits()) >> source.Below(64);
    uint8_t flags = 0;
    bool inexact = false;
    const F expected = FromInt64<F>(value, Round::kRne, &flags);
    ASSERT_EQ(host::ToBits(host::FromSigned<F>::Value(value)), expected) << value;
    ASSERT_EQ(host::ToBits(host::FromSigned<F>::Told(value, &inexact)), expected) << value;
    ASSERT_EQ(int{flags}, inexact ? int{kInexact} : 0) << value;
  }
}

// What is not an integer of 64 bits is kNoInteger.
TYPED_TEST(HostFloatTest, ToIntegerAgreesWhereThereIsOne) {
  using F = TypeParam;
  OperandSource<F> source(8);
  int integers = 0;
  for (int i = 0; i < kCases; ++i) {
    const F a = source.Any();
    for (const Round rm : {Round::kRne, Round::kRtz}) {
      const auto x = host::ToNative(a);
      const int64_t value = rm == Round::kRtz ? host::Truncated(x) : host::ToNearestInteger(x);
      if (value == host::kNoInteger) continue;
      ++integers;
      uint8_t flags = 0;
      ASSERT_EQ(static_cast<uint64_t>(value), ToInt64(a, rm, &flags)) << std::hex << a;
      ASSERT_EQ(flags, static_cast<host::Native<F>>(value) == x ? 0 : kInexact) << std::hex << a;
    }
  }
  EXPECT_GT(integers, kCases);
}

TEST(HostFloatNarrowTest, NarrowAgreesWhereCertain) {
  if (!host::IsUsable()) GTEST_SKIP() << "this host has no FMA instruction";
  OperandSource<uint64_t> source(9);
  int certain = 0;
  for (int i = 0; i < kCases; ++i) {
    uint64_t a = source.Any();
    if (source.Below(2) != 0) a = source.WithExponent(a, 1023 - 152 + source.Below(152 + 130));
    uint8_t flags = 0;
    bool inexact = false;
    const uint32_t expected = NarrowToF32(a, Round::kRne, &flags);
    const uint32_t value = host::ToBits(host::Narrow::Value(host::ToNative(a)));
    if (!host::Narrow::IsCertain(value)) continue;
    ++certain;
    ASSERT_EQ(value, expected) << std::hex << a;
    ASSERT_EQ(host::ToBits(host::Narrow::Told(host::ToNative(a), &inexact)), expected);
    ASSERT_EQ(int{flags}, inexact ? int{kInexact} : 0) << std::hex << a;
  }
  EXPECT_GT(certain, kCases / 4);
}

}  // namespace
}  // namespace lockstep::fp

#endif  // LOCKSTEP_HAS_HOST_FLOAT

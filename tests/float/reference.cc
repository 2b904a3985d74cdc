#include "tests/float/reference.h"

#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

#include "emulator/base/check.h"
#include "emulator/fp/host_arithmetic.h"

namespace lockstep::testing {
namespace {

using fp::Round;
using isa::Op;

__extension__ typedef __float128 Quad;

constexpr uint8_t kInexact = 1, kInvalid = 16;
constexpr uint64_t kBox = 0xffffffff00000000;

template <typename T>
using BitsOf = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;

template <typename T>
T Nan() {
  return std::bit_cast<T>(sizeof(T) == 4 ? static_cast<BitsOf<T>>(0x7fc00000)
                                         : static_cast<BitsOf<T>>(0x7ff8000000000000));
}

// The operand in a register; a single that is not boxed is the canonical NaN.
template <typename T>
T Operand(uint64_t f) {
  if constexpr (sizeof(T) == 4) {
    if ((f & kBox) != kBox) return Nan<T>();
  }
  return std::bit_cast<T>(static_cast<BitsOf<T>>(f));
}

template <typename T>
uint64_t Register(T value) {
  const uint64_t bits = std::bit_cast<BitsOf<T>>(value);
  return sizeof(T) == 4 ? kBox | bits : bits;
}

template <typename T>
bool IsSignalling(T value) {
  constexpr BitsOf<T> kQuiet = BitsOf<T>{1} << (std::numeric_limits<T>::digits - 2);
  return std::isnan(value) && (std::bit_cast<BitsOf<T>>(value) & kQuiet) == 0;
}

// Rounds what `host(Round, flags*)` computes by `rm`; `is_tie(mid)` tells whether the exact result
// is the number half-way between its neighbours.
template <typename T, typename Host, typename IsTie>
FloatOutcome Rounded(int rm, const Host& host, const IsTie& is_tie) {
  FloatOutcome outcome;
  T result;
  if (rm < 4) {
    result = host(static_cast<Round>(rm), &outcome.flags);
  } else {
    result = host(Round::kRne, &outcome.flags);
    if (outcome.flags & kInexact) {
      uint8_t ignored = 0;
      const T down = host(Round::kRdn, &ignored);
      const T up = host(Round::kRup, &ignored);
      const bool has_neighbours = std::isfinite(down) && std::isfinite(up);
      outcome.is_tie = has_neighbours && is_tie((Quad{down} + Quad{up}) / 2);
      if (outcome.is_tie) result = std::fabs(down) > std::fabs(up) ? down : up;
    }
  }
  outcome.value = Register(std::isnan(result) ? Nan<T>() : result);
  return outcome;
}

// Whether a + b is exactly `sum`: the error of the addition in 113 bits, by Knuth's two-sum, is
// zero.
bool IsSum(Quad a, Quad b, Quad sum) {
  const Quad rounded = a + b;
  if (rounded != sum) return false;
  const Quad b_part = rounded - a;
  return (a - (rounded - b_part)) + (b - b_part) == 0;
}

template <typename T>
FloatOutcome Sum(T a, T b, int rm) {
  return Rounded<T>(
      rm, [=](Round r, uint8_t* flags) { return fp::HostAdd(a, b, r, flags); },
      [=](Quad mid) { return IsSum(a, b, mid); });
}

// The product of two significands of 53 bits, or of 53 and 54, fits into 113.
template <typename T>
FloatOutcome Product(T a, T b, int rm) {
  return Rounded<T>(
      rm, [=](Round r, uint8_t* flags) { return fp::HostMul(a, b, r, flags); },
      [=](Quad mid) { return Quad{a} * Quad{b} == mid; });
}

template <typename T>
FloatOutcome Quotient(T a, T b, int rm) {
  return Rounded<T>(
      rm, [=](Round r, uint8_t* flags) { return fp::HostDiv(a, b, r, flags); },
      [=](Quad mid) { return mid * Quad{b} == Quad{a}; });
}

template <typename T>
FloatOutcome Root(T a, int rm) {
  return Rounded<T>(
      rm, [=](Round r, uint8_t* flags) { return fp::HostSqrt(a, r, flags); },
      [=](Quad mid) { return mid * mid == Quad{a}; });
}

template <typename T>
FloatOutcome Fused(T a, T b, T c, int rm) {
  FloatOutcome outcome = Rounded<T>(
      rm, [=](Round r, uint8_t* flags) { return fp::HostMulAdd(a, b, c, r, flags); },
      [=](Quad mid) { return IsSum(Quad{a} * Quad{b}, c, mid); });
  // Invalid whatever the addend is, also with a quiet NaN.
  if ((std::isinf(a) && b == 0) || (a == 0 && std::isinf(b))) outcome.flags |= kInvalid;
  return outcome;
}

FloatOutcome Narrowed(double a, int rm) {
  return Rounded<float>(
      rm, [=](Round r, uint8_t* flags) { return fp::HostNarrow(a, r, flags); },
      [=](Quad mid) { return Quad{a} == mid; });
}

FloatOutcome Widened(float a) {
  const double wide = std::isnan(a) ? Nan<double>() : static_cast<double>(a);
  return {Register(wide), IsSignalling(a) ? kInvalid : uint8_t{0}};
}

// The integer in x, exactly; then the neighbour that the mode wants.
template <typename T, typename Integer>
FloatOutcome FromInteger(uint64_t x, int rm) {
  const Integer integer = static_cast<Integer>(x);
  const Quad exact = integer;
  const T nearest = static_cast<T>(exact);  // ties to even
  if (Quad{nearest} == exact) return {Register(nearest)};
  constexpr T kInfinity = std::numeric_limits<T>::infinity();
  const bool is_above = Quad{nearest} > exact;
  const T down = is_above ? std::nextafter(nearest, -kInfinity) : nearest;
  const T up = is_above ? nearest : std::nextafter(nearest, kInfinity);
  const bool is_tie = (Quad{down} + Quad{up}) / 2 == exact;
  const bool is_negative = exact < 0;
  const T by_mode[] = {nearest, is_negative ? up : down, down, up,
                       !is_tie       ? nearest
                       : is_negative ? down
                                     : up};
  return {Register(by_mode[rm]), kInexact, is_tie};
}

// Of numbers out of range the nearest integer there is, and of NaN the largest. A result of 32 bits
// is sign-extended, also an unsigned one.
template <typename T, typename Integer>
FloatOutcome ToInteger(T a, int rm) {
  constexpr Integer kLeast = std::numeric_limits<Integer>::min();
  constexpr Integer kMost = std::numeric_limits<Integer>::max();
  const auto extended = [](Integer value) {
    using Signed = std::make_signed_t<Integer>;
    return static_cast<uint64_t>(static_cast<int64_t>(static_cast<Signed>(value)));
  };
  if (std::isnan(a)) return {extended(kMost), kInvalid};
  const T whole = std::trunc(a);
  const T rest = std::isinf(a) ? T{0} : std::fabs(a - whole);
  const bool is_odd = std::fmod(whole, T{2}) != 0;
  const bool away[] = {rest > T{0.5} || (rest == T{0.5} && is_odd), false, a < 0 && rest != 0,
                       a > 0 && rest != 0, rest >= T{0.5}};
  const Quad rounded = Quad{whole} + (away[rm] ? (std::signbit(a) ? -1 : 1) : 0);
  if (rounded > Quad{kMost}) return {extended(kMost), kInvalid};
  if (rounded < Quad{kLeast}) return {extended(kLeast), kInvalid};
  return {extended(static_cast<Integer>(rounded)), rest != 0 ? kInexact : uint8_t{0},
          rest == T{0.5}};
}

template <typename T>
FloatOutcome Extreme(T a, T b, bool wants_larger) {
  FloatOutcome outcome;
  if (IsSignalling(a) || IsSignalling(b)) outcome.flags = kInvalid;
  T result;
  if (std::isnan(a) && std::isnan(b)) {
    result = Nan<T>();
  } else if (std::isnan(a) || std::isnan(b)) {
    result = std::isnan(a) ? b : a;
  } else if (a == b) {  // zeros may differ in sign, of which -0 is the smaller
    result = std::signbit(a) == wants_larger ? b : a;
  } else {
    result = (a > b) == wants_larger ? a : b;
  }
  outcome.value = Register(result);
  return outcome;
}

enum class Relation { kEqual, kLess, kLessOrEqual };

template <typename T>
FloatOutcome Compared(T a, T b, Relation relation) {
  const bool is_unordered = std::isnan(a) || std::isnan(b);
  const bool is_invalid =
      relation == Relation::kEqual ? IsSignalling(a) || IsSignalling(b) : is_unordered;
  const bool holds = !is_unordered && (relation == Relation::kEqual  ? a == b
                                       : relation == Relation::kLess ? a < b
                                                                     : a <= b);
  return {holds, is_invalid ? kInvalid : uint8_t{0}};
}

template <typename T>
FloatOutcome Classified(T a) {
  const bool is_negative = std::signbit(a);
  switch (std::fpclassify(a)) {
    case FP_INFINITE:
      return {is_negative ? 1u << 0 : 1u << 7};
    case FP_NORMAL:
      return {is_negative ? 1u << 1 : 1u << 6};
    case FP_SUBNORMAL:
      return {is_negative ? 1u << 2 : 1u << 5};
    case FP_ZERO:
      return {is_negative ? 1u << 3 : 1u << 4};
    default:
      return {IsSignalling(a) ? 1u << 8 : 1u << 9};
  }
}

template <typename T>
FloatOutcome WithSign(T a, bool is_negative) {
  constexpr BitsOf<T> kSign = BitsOf<T>{1} << (8 * sizeof(T) - 1);
  const BitsOf<T> magnitude = std::bit_cast<BitsOf<T>>(a) & ~kSign;
  return {Register(std::bit_cast<T>(is_negative ? magnitude | kSign : magnitude))};
}

// What exists for single and double precision.
struct Family {
  Op add, sub, mul, div, sqrt, madd, msub, nmsub, nmadd, sgnj, sgnjn, sgnjx, min, max, eq, lt, le,
      classify, to_w, to_wu, to_l, to_lu, from_w, from_wu, from_l, from_lu;
};
constexpr Family kSingle = {
    Op::kFaddS,   Op::kFsubS,   Op::kFmulS,   Op::kFdivS,   Op::kFsqrtS,  Op::kFmaddS,  Op::kFmsubS,
    Op::kFnmsubS, Op::kFnmaddS, Op::kFsgnjS,  Op::kFsgnjnS, Op::kFsgnjxS, Op::kFminS,   Op::kFmaxS,
    Op::kFeqS,    Op::kFltS,    Op::kFleS,    Op::kFclassS, Op::kFcvtWS,  Op::kFcvtWuS, Op::kFcvtLS,
    Op::kFcvtLuS, Op::kFcvtSW,  Op::kFcvtSWu, Op::kFcvtSL,  Op::kFcvtSLu};
constexpr Family kDouble = {
    Op::kFaddD,   Op::kFsubD,   Op::kFmulD,   Op::kFdivD,   Op::kFsqrtD,  Op::kFmaddD,  Op::kFmsubD,
    Op::kFnmsubD, Op::kFnmaddD, Op::kFsgnjD,  Op::kFsgnjnD, Op::kFsgnjxD, Op::kFminD,   Op::kFmaxD,
    Op::kFeqD,    Op::kFltD,    Op::kFleD,    Op::kFclassD, Op::kFcvtWD,  Op::kFcvtWuD, Op::kFcvtLD,
    Op::kFcvtLuD, Op::kFcvtDW,  Op::kFcvtDWu, Op::kFcvtDL,  Op::kFcvtDLu};

template <typename T>
bool Arithmetic(const Family& ops, Op op, const FloatOperands& operands, int rm,
                FloatOutcome* outcome) {
  const T a = Operand<T>(operands.f[0]), b = Operand<T>(operands.f[1]);
  const T c = Operand<T>(operands.f[2]);
  if (op == ops.add) {
    *outcome = Sum(a, b, rm);
  } else if (op == ops.sub) {
    *outcome = Sum(a, -b, rm);
  } else if (op == ops.mul) {
    *outcome = Product(a, b, rm);
  } else if (op == ops.div) {
    *outcome = Quotient(a, b, rm);
  } else if (op == ops.sqrt) {
    *outcome = Root(a, rm);
  } else if (op == ops.madd) {
    *outcome = Fused(a, b, c, rm);
  } else if (op == ops.msub) {
    *outcome = Fused(a, b, -c, rm);
  } else if (op == ops.nmsub) {
    *outcome = Fused(-a, b, c, rm);
  } else if (op == ops.nmadd) {
    *outcome = Fused(-a, b, -c, rm);
  } else if (op == ops.min) {
    *outcome = Extreme(a, b, false);
  } else if (op == ops.max) {
    *outcome = Extreme(a, b, true);
  } else {
    return false;
  }
  return true;
}

template <typename T>
bool SignsAndRelations(const Family& ops, Op op, const FloatOperands& operands,
                       FloatOutcome* outcome) {
  const T a = Operand<T>(operands.f[0]), b = Operand<T>(operands.f[1]);
  if (op == ops.sgnj) {
    *outcome = WithSign(a, std::signbit(b));
  } else if (op == ops.sgnjn) {
    *outcome = WithSign(a, !std::signbit(b));
  } else if (op == ops.sgnjx) {
    *outcome = WithSign(a, std::signbit(a) != std::signbit(b));
  } else if (op == ops.eq) {
    *outcome = Compared(a, b, Relation::kEqual);
  } else if (op == ops.lt) {
    *outcome = Compared(a, b, Relation::kLess);
  } else if (op == ops.le) {
    *outcome = Compared(a, b, Relation::kLessOrEqual);
  } else if (op == ops.classify) {
    *outcome = Classified(a);
  } else {
    return false;
  }
  return true;
}

template <typename T>
bool Conversions(const Family& ops, Op op, const FloatOperands& operands, int rm,
                 FloatOutcome* outcome) {
  const T a = Operand<T>(operands.f[0]);
  const uint64_t x = operands.x;
  if (op == ops.to_w) {
    *outcome = ToInteger<T, int32_t>(a, rm);
  } else if (op == ops.to_wu) {
    *outcome = ToInteger<T, uint32_t>(a, rm);
  } else if (op == ops.to_l) {
    *outcome = ToInteger<T, int64_t>(a, rm);
  } else if (op == ops.to_lu) {
    *outcome = ToInteger<T, uint64_t>(a, rm);
  } else if (op == ops.from_w) {
    *outcome = FromInteger<T, int32_t>(x, rm);
  } else if (op == ops.from_wu) {
    *outcome = FromInteger<T, uint32_t>(x, rm);
  } else if (op == ops.from_l) {
    *outcome = FromInteger<T, int64_t>(x, rm);
  } else if (op == ops.from_lu) {
    *outcome = FromInteger<T, uint64_t>(x, rm);
  } else {
    return false;
  }
  return true;
}

template <typename T>
bool OfFamily(const Family& ops, Op op, const FloatOperands& operands, int rm,
              FloatOutcome* outcome) {
  return Arithmetic<T>(ops, op, operands, rm, outcome) ||
         SignsAndRelations<T>(ops, op, operands, outcome) ||
         Conversions<T>(ops, op, operands, rm, outcome);
}

}  // namespace

bool HostCanTell() { return __builtin_cpu_supports("fma") != 0; }

FloatOutcome ExpectedOutcome(Op op, const FloatOperands& operands, int rm) {
  switch (op) {
    case Op::kFcvtSD:
      return Narrowed(Operand<double>(operands.f[0]), rm);
    case Op::kFcvtDS:
      return Widened(Operand<float>(operands.f[0]));
    case Op::kFmvXW:  // the bits, boxed or not
      return {static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(operands.f[0])))};
    case Op::kFmvXD:
      return {operands.f[0]};
    case Op::kFmvWX:
      return {kBox | static_cast<uint32_t>(operands.x)};
    case Op::kFmvDX:
      return {operands.x};
    default:
      break;
  }
  FloatOutcome outcome;
  const bool is_known = OfFamily<float>(kSingle, op, operands, rm, &outcome) ||
                        OfFamily<double>(kDouble, op, operands, rm, &outcome);
  LOCKSTEP_CHECK(is_known) << "no definition of " << isa::Mnemonic(op);
  return outcome;
}

}  // namespace lockstep::testing

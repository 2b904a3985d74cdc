// Comparisons, minimum, maximum and classification.

#include "emulator/fp/float.h"
#include "emulator/fp/format.h"

namespace lockstep::fp {
namespace {

using internal::Format;
using internal::IsNan;
using internal::IsSignallingNan;
using internal::SignOf;

// Bits of the fclass result ("F", table "Format of result of FCLASS instruction").
enum FclassBit : uint32_t {
  kNegativeInfinity = 1u << 0,
  kNegativeNormal = 1u << 1,
  kNegativeSubnormal = 1u << 2,
  kNegativeZero = 1u << 3,
  kPositiveZero = 1u << 4,
  kPositiveSubnormal = 1u << 5,
  kPositiveNormal = 1u << 6,
  kPositiveInfinity = 1u << 7,
  kSignallingNan = 1u << 8,
  kQuietNan = 1u << 9,
};

// a < b in the order -inf ... -0 < +0 ... +inf. REQUIRES: no operand is a NaN.
template <typename F>
bool TotalLess(F a, F b) {
  if (SignOf(a) != SignOf(b)) return SignOf(a);
  return SignOf(a) ? a > b : a < b;
}

template <typename F>
bool BothZero(F a, F b) {
  return internal::IsZero(a) && internal::IsZero(b);
}

template <typename F>
F MinOrMax(F a, F b, bool max, uint8_t* flags) {
  if (IsSignallingNan(a) || IsSignallingNan(b)) *flags |= kInvalid;
  if (IsNan(a)) return IsNan(b) ? Format<F>::kCanonicalNan : b;
  if (IsNan(b)) return a;
  return TotalLess(a, b) != max ? a : b;
}

}  // namespace

template <typename F>
F Min(F a, F b, uint8_t* flags) {
  return MinOrMax(a, b, false, flags);
}

template <typename F>
F Max(F a, F b, uint8_t* flags) {
  return MinOrMax(a, b, true, flags);
}

template <typename F>
bool Eq(F a, F b, uint8_t* flags) {
  if (IsNan(a) || IsNan(b)) {
    if (IsSignallingNan(a) || IsSignallingNan(b)) *flags |= kInvalid;
    return false;
  }
  return a == b || BothZero(a, b);
}

template <typename F>
bool Lt(F a, F b, uint8_t* flags) {
  if (IsNan(a) || IsNan(b)) {
    *flags |= kInvalid;
    return false;
  }
  return TotalLess(a, b) && !BothZero(a, b);
}

template <typename F>
bool Le(F a, F b, uint8_t* flags) {
  if (IsNan(a) || IsNan(b)) {
    *flags |= kInvalid;
    return false;
  }
  return !TotalLess(b, a) || BothZero(a, b);
}

template <typename F>
uint32_t Classify(F a) {
  const bool sign = SignOf(a);
  if (IsNan(a)) return IsSignallingNan(a) ? kSignallingNan : kQuietNan;
  if (internal::IsInfinity(a)) return sign ? kNegativeInfinity : kPositiveInfinity;
  if (internal::IsZero(a)) return sign ? kNegativeZero : kPositiveZero;
  if ((a & Format<F>::kInfinity) == 0) return sign ? kNegativeSubnormal : kPositiveSubnormal;
  return sign ? kNegativeNormal : kPositiveNormal;
}

template uint32_t Min(uint32_t, uint32_t, uint8_t*);
template uint64_t Min(uint64_t, uint64_t, uint8_t*);
template uint32_t Max(uint32_t, uint32_t, uint8_t*);
template uint64_t Max(uint64_t, uint64_t, uint8_t*);
template bool Eq(uint32_t, uint32_t, uint8_t*);
template bool Eq(uint64_t, uint64_t, uint8_t*);
template bool Lt(uint32_t, uint32_t, uint8_t*);
template bool Lt(uint64_t, uint64_t, uint8_t*);
template bool Le(uint32_t, uint32_t, uint8_t*);
template bool Le(uint64_t, uint64_t, uint8_t*);
template uint32_t Classify(uint32_t);
template uint32_t Classify(uint64_t);

}  // namespace lockstep::fp

// Floating-point operations by the host's own unit, rounding to nearest with ties to even, where
// its result shows that RISC-V would give the same bits and no exception but kInexact.
//
// RISC-V's flags are sticky: once NX is set, an operation that can raise nothing else need not be
// asked for its flags, and its value is all that matters. Whether anything else was raised is seen
// from the value: a finite result is no NaN, no overflow and no division by zero, and above the
// smallest normal number nothing underflows. What is not certain is for float.h, which computes
// without the host's unit. Where kInexact is not set yet MXCSR is asked, by reading it; it is
// written only when its own sticky flag stands in the way.
//
// REQUIRES, of the thread: MXCSR as a process starts with it (to nearest, exceptions masked,
// subnormals as they are), but for its flags. Leaves flags in MXCSR. Thread-safe.
// Source: IEEE 754-2019, sections 4.3.1 and 7; RISC-V "F" and "D".
#ifndef EMULATOR_FP_HOST_FLOAT_H_
#define EMULATOR_FP_HOST_FLOAT_H_

#include <bit>
#include <cstdint>
#include <type_traits>

#include "emulator/fp/float.h"

#if defined(__x86_64__)
#define LOCKSTEP_HAS_HOST_FLOAT 1

#include <immintrin.h>

namespace lockstep::fp::host {

// Whether this host has all that is used here.
inline bool IsUsable() { return __builtin_cpu_supports("fma") != 0; }

// F, the register's bits, is uint32_t for binary32 and uint64_t for binary64.
template <typename F>
using Native = std::conditional_t<sizeof(F) == 4, float, double>;
template <typename F>
Native<F> ToNative(F bits) {
  return std::bit_cast<Native<F>>(bits);
}
inline uint32_t ToBits(float value) { return std::bit_cast<uint32_t>(value); }
inline uint64_t ToBits(double value) { return std::bit_cast<uint64_t>(value); }

template <typename F>
inline constexpr int kFractionBits = sizeof(F) == 4 ? 23 : 52;
template <typename F>
inline constexpr F kExponentMask = sizeof(F) == 4 ? 0xff : 0x7ff;
template <typename F>
constexpr F ExponentField(F bits) {
  return bits >> kFractionBits<F> & kExponentMask<F>;
}
// Neither infinite nor NaN.
template <typename F>
constexpr bool IsFinite(F bits) {
  return ExponentField(bits) != kExponentMask<F>;
}
// Finite, and so far above the smallest normal number that it was not rounded up to it. No zero.
template <typename F>
constexpr bool IsClearlyNormal(F bits) {
  return static_cast<F>(ExponentField(bits) - 2) < kExponentMask<F> - 2;
}

inline constexpr uint32_t kMxcsrInexact = 0x20;

inline void ForgetInexact() {
  const uint32_t mxcsr = _mm_getcsr();
  if (mxcsr & kMxcsrInexact) [[unlikely]]
    _mm_setcsr(mxcsr & ~kMxcsrInexact);
}

// Each operation has
//   Value(operands)            its result;
//   Told(operands, &inexact)   the same, and whether it was inexact;
//   IsCertain(result)          whether the result shows that nothing else was raised.
// The instructions are written out, so that the compiler neither moves nor folds nor fuses them.
#define LOCKSTEP_HOST_OPERATION_2(SS, SD)                                       \
  static float Value(float a, float b) {                                        \
    asm(SS " %1, %0" : "+x"(a) : "x"(b));                                       \
    return a;                                                                   \
  }                                                                             \
  static double Value(double a, double b) {                                     \
    asm(SD " %1, %0" : "+x"(a) : "x"(b));                                       \
    return a;                                                                   \
  }                                                                             \
  template <typename T>                                                         \
  static T Told(T a, T b, bool* inexact) {                                      \
    ForgetInexact();                                                            \
    uint32_t mxcsr;                                                             \
    if constexpr (sizeof(T) == 4) {                                             \
      asm volatile(SS " %2, %0\n\tstmxcsr %1" : "+x"(a), "=m"(mxcsr) : "x"(b)); \
    } else {                                                                    \
      asm volatile(SD " %2, %0\n\tstmxcsr %1" : "+x"(a), "=m"(mxcsr) : "x"(b)); \
    }                                                                           \
    *inexact = (mxcsr & kMxcsrInexact) != 0;                                    \
    return a;                                                                   \
  }

struct FiniteIsCertain {
  template <typename F>
  static bool IsCertain(F result) {
    return IsFinite(result);
  }
};
struct NormalIsCertain {
  template <typename F>
  static bool IsCertain(F result) {
    return IsClearlyNormal(result);
  }
};

// A sum that is not normal is exact.
struct Add : FiniteIsCertain {
  LOCKSTEP_HOST_OPERATION_2("addss", "addsd")
};
struct Sub : FiniteIsCertain {
  LOCKSTEP_HOST_OPERATION_2("subss", "subsd")
};
struct Mul : NormalIsCertain {
  LOCKSTEP_HOST_OPERATION_2("mulss", "mulsd")
};
struct Div : NormalIsCertain {
  LOCKSTEP_HOST_OPERATION_2("divss", "divsd")
};
#undef LOCKSTEP_HOST_OPERATION_2

// One operand of type FROM, in a register of class REGISTER.
#define LOCKSTEP_HOST_OPERATION_1(INSN, FROM, REGISTER, TO)                               \
  static TO Value(FROM a) {                                                               \
    TO result = 0;                                                                        \
    asm(INSN " %1, %0" : "+x"(result) : REGISTER(a));                                     \
    return result;                                                                        \
  }                                                                                       \
  static TO Told(FROM a, bool* inexact) {                                                 \
    ForgetInexact();                                                                      \
    uint32_t mxcsr;                                                                       \
    TO result = 0;                                                                        \
    asm volatile(INSN " %2, %0\n\tstmxcsr %1" : "+x"(result), "=m"(mxcsr) : REGISTER(a)); \
    *inexact = (mxcsr & kMxcsrInexact) != 0;                                              \
    return result;                                                                        \
  }

struct Sqrt : NormalIsCertain {
  LOCKSTEP_HOST_OPERATION_1("sqrtss", float, "x", float)
  LOCKSTEP_HOST_OPERATION_1("sqrtsd", double, "x", double)
};
// fcvt.s.d
struct Narrow : NormalIsCertain {
  LOCKSTEP_HOST_OPERATION_1("cvtsd2ss", double, "x", float)
};
// fcvt.{s,d}.{w,l}: never tiny.
template <typename F>
struct FromSigned;
template <>
struct FromSigned<uint32_t> {
  LOCKSTEP_HOST_OPERATION_1("cvtsi2ssq", int64_t, "r", float)
};
template <>
struct FromSigned<uint64_t> {
  LOCKSTEP_HOST_OPERATION_1("cvtsi2sdq", int64_t, "r", double)
};
#undef LOCKSTEP_HOST_OPERATION_1

// a*b + c with one rounding.
struct MulAdd : NormalIsCertain {
  static float Value(float a, float b, float c) {
    asm("vfmadd213ss %2, %1, %0" : "+x"(a) : "x"(b), "x"(c));
    return a;
  }
  static double Value(double a, double b, double c) {
    asm("vfmadd213sd %2, %1, %0" : "+x"(a) : "x"(b), "x"(c));
    return a;
  }
  static float Told(float a, float b, float c, bool* inexact) {
    ForgetInexact();
    uint32_t mxcsr;
    asm volatile("vfmadd213ss %3, %2, %0\n\tstmxcsr %1" : "+x"(a), "=m"(mxcsr) : "x"(b), "x"(c));
    *inexact = (mxcsr & kMxcsrInexact) != 0;
    return a;
  }
  static double Told(double a, double b, double c, bool* inexact) {
    ForgetInexact();
    uint32_t mxcsr;
    asm volatile("vfmadd213sd %3, %2, %0\n\tstmxcsr %1" : "+x"(a), "=m"(mxcsr) : "x"(b), "x"(c));
    *inexact = (mxcsr & kMxcsrInexact) != 0;
    return a;
  }
};

// A number rounded to a signed integer of 64 bits; kNoInteger also where there is none. (Compilers
// fold the intrinsics, and give 0 for a NaN.)
inline constexpr int64_t kNoInteger = INT64_MIN;
#define LOCKSTEP_HOST_TO_INTEGER(NAME, INSN, FROM) \
  inline int64_t NAME(FROM a) {                    \
    int64_t result;                                \
    asm(INSN " %1, %0" : "=r"(result) : "x"(a));   \
    return result;                                 \
  }
LOCKSTEP_HOST_TO_INTEGER(ToNearestInteger, "cvtss2siq", float)
LOCKSTEP_HOST_TO_INTEGER(ToNearestInteger, "cvtsd2siq", double)
LOCKSTEP_HOST_TO_INTEGER(Truncated, "cvttss2siq", float)
LOCKSTEP_HOST_TO_INTEGER(Truncated, "cvttsd2siq", double)
#undef LOCKSTEP_HOST_TO_INTEGER

}  // namespace lockstep::fp::host

#endif  // defined(__x86_64__)

#endif  // EMULATOR_FP_HOST_FLOAT_H_

// IEEE 754 binary32 and binary64 arithmetic exactly as RISC-V's F and D extensions define it.
//
// Values are raw bit patterns. Integer arithmetic only: the host's floating-point unit and its
// modes play no part, so results are the same on every host. NaN results are canonical
// (0x7fc00000, 0x7ff8000000000000) except for sign injection, moves and classify.
// Underflow is detected after rounding. Pure functions; safe from any thread.
// Source: RISC-V Unprivileged ISA, chapters "F" and "D"; IEEE 754-2008/2019.
#ifndef EMULATOR_FP_FLOAT_H_
#define EMULATOR_FP_FLOAT_H_

#include <cstdint>

namespace lockstep::fp {

// The rounding mode encodings of the frm field.
enum class Round : uint8_t { kRne = 0, kRtz = 1, kRdn = 2, kRup = 3, kRmm = 4 };

// Bits of fflags.
inline constexpr uint8_t kInexact = 0x01;
inline constexpr uint8_t kUnderflow = 0x02;
inline constexpr uint8_t kOverflow = 0x04;
inline constexpr uint8_t kDivByZero = 0x08;
inline constexpr uint8_t kInvalid = 0x10;

// Each function ORs the exceptions that it raises into *flags (bits of fflags).
// F is uint32_t for binary32 and uint64_t for binary64; the templates are instantiated for both.
template <typename F>
F Add(F a, F b, Round rm, uint8_t* flags);
template <typename F>
F Sub(F a, F b, Round rm, uint8_t* flags);
template <typename F>
F Mul(F a, F b, Round rm, uint8_t* flags);
template <typename F>
F Div(F a, F b, Round rm, uint8_t* flags);
template <typename F>
F Sqrt(F a, Round rm, uint8_t* flags);
// a*b + c with one rounding. fmsub, fnmadd, fnmsub are had by flipping signs of a and c.
template <typename F>
F MulAdd(F a, F b, F c, Round rm, uint8_t* flags);

// fmin/fmax: IEEE 754-2019 minimumNumber/maximumNumber (F/D 2.2): -0 < +0, signalling NaN raises
// kInvalid.
template <typename F>
F Min(F a, F b, uint8_t* flags);
template <typename F>
F Max(F a, F b, uint8_t* flags);

// feq is quiet, flt and fle signal on any NaN.
template <typename F>
bool Eq(F a, F b, uint8_t* flags);
template <typename F>
bool Lt(F a, F b, uint8_t* flags);
template <typename F>
bool Le(F a, F b, uint8_t* flags);

// The ten-bit fclass mask.
template <typename F>
uint32_t Classify(F a);

// fcvt.{w,wu,l,lu}.{s,d}: saturating, with kInvalid as the manual's table says; kInexact otherwise.
// 32-bit results are returned sign-extended to 64 bits, the unsigned one too (as fcvt.wu writes
// x[rd]).
template <typename F>
uint64_t ToInt32(F a, Round rm, uint8_t* flags);
template <typename F>
uint64_t ToUint32(F a, Round rm, uint8_t* flags);
template <typename F>
uint64_t ToInt64(F a, Round rm, uint8_t* flags);
template <typename F>
uint64_t ToUint64(F a, Round rm, uint8_t* flags);

// fcvt.{s,d}.{w,wu,l,lu}: the 32-bit forms are had by widening the operand first.
template <typename F>
F FromInt64(int64_t v, Round rm, uint8_t* flags);
template <typename F>
F FromUint64(uint64_t v, Round rm, uint8_t* flags);

uint32_t NarrowToF32(uint64_t a, Round rm, uint8_t* flags);  // fcvt.s.d
uint64_t WidenToF64(uint32_t a, uint8_t* flags);             // fcvt.d.s

inline constexpr uint32_t kCanonicalNan32 = 0x7fc00000;
inline constexpr uint64_t kCanonicalNan64 = 0x7ff8000000000000;

}  // namespace lockstep::fp

#endif  // EMULATOR_FP_FLOAT_H_

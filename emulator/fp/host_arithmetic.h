// The host's SSE and FMA instructions as functions of a rounding mode, for tests: correctly rounded
// results and the exceptions that RISC-V would raise. x86 detects underflow after rounding, as
// RISC-V does, and has four of the five modes. Test code; x86-64 only.
#ifndef EMULATOR_FP_HOST_ARITHMETIC_H_
#define EMULATOR_FP_HOST_ARITHMETIC_H_

#if defined(__x86_64__)

#include <cstdint>

#include "emulator/fp/float.h"

namespace lockstep::fp {

// All exceptions masked, no flags set, rounding mode in bits 14:13.
inline uint32_t MxcsrFor(Round rm) {
  constexpr uint32_t kControl[] = {0, 3, 1, 2};  // by Round: nearest, zero, down, up
  return 0x1f80 | (kControl[static_cast<int>(rm)] << 13);
}

inline uint8_t FlagsOf(uint32_t mxcsr) {
  return static_cast<uint8_t>(((mxcsr & 0x20) ? kInexact : 0) | ((mxcsr & 0x10) ? kUnderflow : 0) |
                              ((mxcsr & 0x08) ? kOverflow : 0) | ((mxcsr & 0x04) ? kDivByZero : 0) |
                              ((mxcsr & 0x01) ? kInvalid : 0));
}

// One instruction under the given MXCSR. The whole sequence is one asm statement, so that the
// compiler can move nothing into it.
#define LOCKSTEP_HOST_BINARY(NAME, SUFFIXED, TYPE)                               \
  inline TYPE NAME(TYPE a, TYPE b, Round rm, uint8_t* flags) {                   \
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
  inline TO NAME(FROM a, Round rm, uint8_t* flags) {                         \
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
  inline TYPE HostMulAdd(TYPE a, TYPE b, TYPE c, Round rm, uint8_t* flags) {     \
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
  inline int NAME(TYPE a, TYPE b, uint8_t* flags) {              \
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

}  // namespace lockstep::fp

#endif  // defined(__x86_64__)

#endif  // EMULATOR_FP_HOST_ARITHMETIC_H_

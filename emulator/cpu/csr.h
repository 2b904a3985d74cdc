// Control and status registers: which exist, who may touch them, what can be written.
//
// Source: Privileged ISA 1.12; where it leaves a choice, QEMU 7.2's `-cpu rv64,h=off`. Not
// thread-safe.
#ifndef EMULATOR_CPU_CSR_H_
#define EMULATOR_CPU_CSR_H_

#include <cstdint>

namespace lockstep::cpu {

struct CsrValues;
struct HartState;

// CSR numbers that code refers to by name.
enum CsrNumber : uint16_t {
  kCsrFflags = 0x001,
  kCsrFrm = 0x002,
  kCsrFcsr = 0x003,
  kCsrSstatus = 0x100,
  kCsrSie = 0x104,
  kCsrStvec = 0x105,
  kCsrScounteren = 0x106,
  kCsrSenvcfg = 0x10a,
  kCsrSscratch = 0x140,
  kCsrSepc = 0x141,
  kCsrScause = 0x142,
  kCsrStval = 0x143,
  kCsrSip = 0x144,
  kCsrStimecmp = 0x14d,
  kCsrSatp = 0x180,
  kCsrMstatus = 0x300,
  kCsrMisa = 0x301,
  kCsrMedeleg = 0x302,
  kCsrMideleg = 0x303,
  kCsrMie = 0x304,
  kCsrMtvec = 0x305,
  kCsrMcounteren = 0x306,
  kCsrMenvcfg = 0x30a,
  kCsrMcountinhibit = 0x320,
  kCsrMhpmevent3 = 0x323,
  kCsrMhpmevent31 = 0x33f,
  kCsrMscratch = 0x340,
  kCsrMepc = 0x341,
  kCsrMcause = 0x342,
  kCsrMtval = 0x343,
  kCsrMip = 0x344,
  kCsrPmpcfg0 = 0x3a0,
  kCsrPmpcfg15 = 0x3af,
  kCsrPmpaddr0 = 0x3b0,
  kCsrPmpaddr15 = 0x3bf,
  kCsrMcycle = 0xb00,
  kCsrMinstret = 0xb02,
  kCsrMhpmcounter3 = 0xb03,
  kCsrMhpmcounter31 = 0xb1f,
  kCsrCycle = 0xc00,
  kCsrTime = 0xc01,
  kCsrInstret = 0xc02,
  kCsrHpmcounter3 = 0xc03,
  kCsrHpmcounter31 = 0xc1f,
  kCsrMvendorid = 0xf11,
  kCsrMarchid = 0xf12,
  kCsrMimpid = 0xf13,
  kCsrMhartid = 0xf14,
  kCsrMconfigptr = 0xf15,
};

// One csrr* instruction. `write_mask` selects the bits of `value` that are written; with
// `is_write` false nothing is, and with `is_read` false the old value is not wanted.
struct CsrAccess {
  uint16_t number = 0;
  bool is_read = true;
  bool is_write = false;
  uint64_t value = 0;
  uint64_t write_mask = 0;
};

// Carries it out in the hart's privilege mode. False: illegal instruction, nothing changed.
// `*old` is set when it is read.
bool AccessCsr(HartState& hart, const CsrAccess& access, uint64_t* old);

// Whether there is a CSR of this number. REQUIRES: number < 0x1000.
bool CsrExists(uint16_t number);

// The value as a read in M mode gives it, without side effects. REQUIRES: the CSR exists.
uint64_t PeekCsr(const HartState& hart, uint16_t number);

// The word of a CSR that is a value and no more: any write is taken, and nothing depends on it
// until a trap or a return. Null: another. Handlers of traps use hardly any but these.
uint64_t CsrValues::*PlainCsr(uint16_t number);

// To be called after mstatus, satp or the privilege mode changed: recomputes what is derived from
// them (FS state, translation contexts, address space).
void UpdateDerivedState(HartState& hart);

}  // namespace lockstep::cpu

#endif  // EMULATOR_CPU_CSR_H_

#include "emulator/cpu/csr.h"

#include "emulator/base/check.h"
#include "emulator/cpu/hart_state.h"
#include "emulator/cpu/memory.h"
#include "plugins/sdk/lockstep_producer.h"

namespace lockstep::cpu {
namespace {

using isa::Extension;

// Interrupt bits (Volume II, section 3.1.9). The VS bits and LCOFIP (13) can be set and delegated
// on the modelled CPU, though nothing raises them.
// Software, timer, external, and counter overflow.
constexpr uint64_t kSupervisorInterrupts = 1u << 1 | 1u << 5 | 1u << 9 | 1u << 13;
constexpr uint64_t kDelegable = kSupervisorInterrupts | 1u << 2 | 1u << 6 | 1u << 10;
constexpr uint64_t kAllInterrupts = kDelegable | 1u << 3 | 1u << 7 | 1u << 11;
// What software may write through sip, if delegated.
constexpr uint64_t kSipWritable = 1u << 1 | 1u << 13;

// Exceptions that medeleg can hold.
constexpr uint64_t kDelegableExceptions = 0xf0bfff;

constexpr uint64_t kMstatusWritable = kMstatusSie | kMstatusMie | kMstatusSpie | kMstatusMpie |
                                      kMstatusSpp | kMstatusVs | kMstatusMpp | kMstatusFs |
                                      kMstatusMprv | kMstatusSum | kMstatusMxr | kMstatusTvm |
                                      kMstatusTw | kMstatusTsr | kMstatusGva | kMstatusMpv;

constexpr uint64_t kMenvcfgWritable = 0xc0000000000000f1, kMenvcfgStce = uint64_t{1} << 63;
constexpr uint64_t kCounterTime = 2;  // bit of mcounteren
// With Sstc software cannot write these in mip.
constexpr uint64_t kTimerDriven = 1u << 5 | 1u << 6;
constexpr uint64_t kSenvcfgWritable = 0xf1;

// Programmable counters: mhpmcounter3 to 18.
constexpr int kFirstHpm = 3, kLastHpm = 18;
// Values of mhpmevent that QEMU counts with: cycles and instructions, which here are the same.
constexpr uint64_t kEventMask = 0xfffff, kEventCycles = 1, kEventInstructions = 2;

// Debug triggers: two of type 2 (address match), which never match here.
enum TriggerCsr : uint16_t {
  kTselect = 0x7a0,
  kTdata1 = 0x7a1,
  kTdata2 = 0x7a2,
  kTdata3 = 0x7a3,
  kTinfo = 0x7a4
};
constexpr uint64_t kTdata1Value = uint64_t{2} << 60;
constexpr uint64_t kTinfoValue = 0x44;

bool Has(const HartState& hart, Extension extension) {
  return hart.config.model.extensions.Has(extension);
}

uint64_t StatusDirty(uint64_t status) {
  const bool dirty = (status & kMstatusFs) == kMstatusFs || (status & kMstatusVs) == kMstatusVs;
  return dirty ? kMstatusSd : 0;
}

uint64_t ReadMstatus(const HartState& hart) {
  return hart.csr.mstatus | StatusDirty(hart.csr.mstatus);
}

uint64_t ReadSstatus(const HartState& hart) {
  const uint64_t status = hart.csr.mstatus & kSstatusFields;
  return status | StatusDirty(status);
}

void WriteMstatus(HartState& hart, uint64_t value) {
  const uint64_t old = hart.csr.mstatus;
  uint64_t writable = kMstatusWritable;
  if (value & kMstatusUxl) writable |= kMstatusUxl;  // 0 is no width: keeps the old one
  if (!Has(hart, Extension::kF)) writable &= ~kMstatusFs;
  if (hart.FaultActive(faults::Fault::kMstatusMask)) writable |= 1u << 23;
  hart.csr.mstatus = (old & ~writable) | (value & writable);
  UpdateDerivedState(hart);
  if ((old ^ hart.csr.mstatus) & kMstatusMxr) {
    FlushTlb(hart, FlushScope::kPermission, 0, mem::SatpAsid(hart.csr.satp));
  }
}

void WriteSatp(HartState& hart, uint64_t value) {
  const unsigned mode = mem::SatpMode(value);
  const bool is_known =
      mode == mem::kModeBare || (mode >= mem::kModeSv39 && mode <= mem::kModeSv57);
  if (!is_known || value == hart.csr.satp || !hart.config.model.has_mmu) return;
  hart.csr.satp = value;
  UpdateDerivedState(hart);
  FlushTlb(hart, FlushScope::kSatp, 0, mem::SatpAsid(value));
}

bool CounterRuns(const HartState& hart, int index) {
  const uint64_t event = hart.counters[index].event & kEventMask;
  return index == 0 || index == 2 || event == kEventCycles || event == kEventInstructions;
}

// The number a counter would have; an inhibited one keeps its value.
uint64_t ReadCounter(const HartState& hart, int index) {
  const Counter& counter = hart.counters[index];
  const bool inhibited = hart.csr.mcountinhibit >> index & 1;
  if (!CounterRuns(hart, index) || inhibited) return counter.value;
  return counter.value + (hart.time->CounterTicks(hart.Ran()) - counter.base);
}

void WriteCounter(HartState& hart, int index, uint64_t value) {
  hart.counters[index].value = value;
  hart.counters[index].base = hart.time->CounterTicks(hart.Ran());
}

// Counters that stop or start keep what they have.
void WriteCountInhibit(HartState& hart, uint64_t value) {
  for (int i = 0; i < 32; ++i) {
    if ((hart.csr.mcountinhibit ^ value) >> i & 1) WriteCounter(hart, i, ReadCounter(hart, i));
  }
  hart.csr.mcountinhibit = value;
}

void WriteEvent(HartState& hart, int index, uint64_t value) {
  WriteCounter(hart, index, ReadCounter(hart, index));
  hart.counters[index].event = value;
}

// Counter index of an unprivileged counter's number, or -1.
int UserCounterIndex(uint16_t number) {
  if (number < kCsrCycle || number > kCsrHpmcounter31) return -1;
  return number - kCsrCycle;
}

bool IsPmpConfig(uint16_t number) { return number >= kCsrPmpcfg0 && number <= kCsrPmpcfg15; }
bool IsPmpAddress(uint16_t number) { return number >= kCsrPmpaddr0 && number <= kCsrPmpaddr15; }
bool IsEvent(uint16_t number) { return number >= kCsrMhpmevent3 && number <= kCsrMhpmevent31; }
bool IsMachineCounter(uint16_t number) {
  return number == kCsrMcycle || number == kCsrMinstret ||
         (number >= kCsrMhpmcounter3 && number <= kCsrMcycle + kLastHpm);
}

bool Exists(uint16_t number) {
  if (IsPmpConfig(number)) return number == kCsrPmpcfg0 || number == kCsrPmpcfg0 + 2;
  if (IsPmpAddress(number) || IsEvent(number) || IsMachineCounter(number)) return true;
  if (const int index = UserCounterIndex(number); index >= 0) return index <= kLastHpm;
  switch (number) {
    case kCsrFflags:
    case kCsrFrm:
    case kCsrFcsr:
    case kCsrSstatus:
    case kCsrSie:
    case kCsrStvec:
    case kCsrScounteren:
    case kCsrSenvcfg:
    case kCsrSscratch:
    case kCsrSepc:
    case kCsrScause:
    case kCsrStval:
    case kCsrSip:
    case kCsrStimecmp:
    case kCsrSatp:
    case kCsrMstatus:
    case kCsrMisa:
    case kCsrMedeleg:
    case kCsrMideleg:
    case kCsrMie:
    case kCsrMtvec:
    case kCsrMcounteren:
    case kCsrMenvcfg:
    case kCsrMcountinhibit:
    case kCsrMscratch:
    case kCsrMepc:
    case kCsrMcause:
    case kCsrMtval:
    case kCsrMip:
    case kTselect:
    case kTdata1:
    case kTdata2:
    case kTdata3:
    case kTinfo:
    case kCsrMvendorid:
    case kCsrMarchid:
    case kCsrMimpid:
    case kCsrMhartid:
    case kCsrMconfigptr:
      return true;
    default:
      return false;
  }
}

bool Accessible(const HartState& hart, uint16_t number) {
  if (!Exists(number)) return false;
  if ((number >> 8 & 3) > hart.privilege) return false;
  if (number <= kCsrFcsr) return !hart.fp_off;
  if (IsPmpConfig(number) || IsPmpAddress(number)) return hart.config.model.has_pmp;
  if (number == kCsrStimecmp) {
    if (!Has(hart, Extension::kSstc)) return false;
    return hart.privilege == kMachine ||
           ((hart.csr.mcounteren & kCounterTime) && (hart.csr.menvcfg & kMenvcfgStce));
  }
  if (number == kCsrSatp) {
    return hart.privilege == kMachine || !(hart.csr.mstatus & kMstatusTvm);
  }
  if (const int index = UserCounterIndex(number); index >= 0) {
    if (hart.privilege < kMachine && !(hart.csr.mcounteren >> index & 1)) return false;
    if (hart.privilege < kSupervisor && !(hart.csr.scounteren >> index & 1)) return false;
  }
  return true;
}

// Trap vectors: modes 2 and 3 are reserved, such a write is ignored.
void WriteVector(uint64_t* vector, uint64_t value) {
  if ((value & 3) < 2) *vector = value;
}

// FP state became dirty by a write of its CSRs.
void MarkFpDirty(HartState& hart) {
  hart.csr.mstatus |= kMstatusFs;
  hart.fp_dirty = true;
}

// Interrupt-pending and -enable registers take the mask of the instruction, so that bits which
// devices drive are not written back.
bool WriteInterruptCsr(HartState& hart, const CsrAccess& access) {
  const uint64_t value = access.value, mask = access.write_mask;
  const auto merge = [](uint64_t old, uint64_t bits, uint64_t selected) {
    return (old & ~selected) | (bits & selected);
  };
  CsrValues& csr = hart.csr;
  switch (access.number) {
    case kCsrMie:
      csr.mie = merge(csr.mie, value, mask & kAllInterrupts);
      return true;
    case kCsrSie:
      csr.mie = merge(csr.mie, value, mask & csr.mideleg & kSupervisorInterrupts);
      return true;
    case kCsrMip: {
      const bool is_driven = Has(hart, Extension::kSstc) && (csr.menvcfg & kMenvcfgStce);
      const uint64_t writable = is_driven ? kDelegable & ~kTimerDriven : kDelegable;
      hart.mip_software = merge(hart.mip_software, value, mask & writable);
      return true;
    }
    case kCsrSip:
      hart.mip_software = merge(hart.mip_software, value, mask & csr.mideleg & kSipWritable);
      return true;
    case kCsrMideleg:
      csr.mideleg = merge(csr.mideleg, value, mask & kDelegable);
      return true;
    default:
      return false;
  }
}

void WritePmp(HartState& hart, uint16_t number, uint64_t value) {
  if (IsPmpConfig(number)) {
    hart.pmp.WriteConfig(number - kCsrPmpcfg0, value);
  } else {
    hart.pmp.WriteAddress(number - kCsrPmpaddr0, value);
  }
  FlushTlb(hart, FlushScope::kPermission, 0, mem::SatpAsid(hart.csr.satp));
}

// REQUIRES: the CSR exists and is not read-only.
void WriteCsr(HartState& hart, uint16_t number, uint64_t value) {
  CsrValues& csr = hart.csr;
  if (IsPmpConfig(number) || IsPmpAddress(number)) return WritePmp(hart, number, value);
  if (IsEvent(number)) return WriteEvent(hart, number - kCsrMhpmevent3 + 3, value);
  if (IsMachineCounter(number)) return WriteCounter(hart, number - kCsrMcycle, value);
  switch (number) {
    case kCsrFflags:
      hart.fflags = value & 0x1f;
      return MarkFpDirty(hart);
    case kCsrFrm:
      hart.frm = value & 7;
      return MarkFpDirty(hart);
    case kCsrFcsr:
      hart.fflags = value & 0x1f;
      hart.frm = value >> 5 & 7;
      return MarkFpDirty(hart);
    case kCsrMstatus:
      return WriteMstatus(hart, value);
    case kCsrSstatus:
      return WriteMstatus(hart, (csr.mstatus & ~kSstatusFields) | (value & kSstatusFields));
    case kCsrStimecmp:
      csr.stimecmp = value;
      hart.time->SetSupervisorCompare(hart.config.hart_id, value);
      return;
    case kCsrSatp:
      return WriteSatp(hart, value);
    case kCsrMedeleg:
      csr.medeleg = value & kDelegableExceptions;
      return;
    case kCsrMtvec:
      return WriteVector(&csr.mtvec, value);
    case kCsrStvec:
      return WriteVector(&csr.stvec, value);
    case kCsrMcountinhibit:
      return WriteCountInhibit(hart, value);
    case kCsrMenvcfg:
      csr.menvcfg = value & kMenvcfgWritable;
      return;
    case kCsrSenvcfg:
      csr.senvcfg = value & kSenvcfgWritable;
      return;
    case kTselect:
      if (value < hart.trigger_data.size()) hart.trigger_select = value;
      return;
    case kTdata2:
      hart.trigger_data[hart.trigger_select] = value;
      return;
    case kCsrMcounteren:
      csr.mcounteren = value;
      return;
    case kCsrScounteren:
      csr.scounteren = value;
      return;
    case kCsrMisa:
    case kTdata1:
    case kTdata3:
    case kTinfo:
      return;  // every value is taken as the one that is there
  }
  LOCKSTEP_CHECK(false) << "csr " << number << " exists but has no write rule";
}

// What was just changed may have made an interrupt takeable, if one is pending at all.
void AttendIfPending(HartState& hart) {
  if ((hart.mip() & hart.csr.mie) != 0) hart.attention |= kAttendInterrupt;
}

bool IsInterruptCsr(uint16_t number) {
  return number == kCsrMie || number == kCsrSie || number == kCsrMip || number == kCsrSip ||
         number == kCsrMideleg;
}

mem::Tlb::Context ContextOf(uint8_t privilege, uint64_t mstatus) {
  switch (privilege) {
    case kUser:
      return mem::Tlb::kUserMode;
    case kSupervisor:
      return mstatus & kMstatusSum ? mem::Tlb::kSupervisorSum : mem::Tlb::kSupervisorMode;
    case kMachine:
      return mem::Tlb::kMachineMode;
    default:
      return mem::Tlb::kReserved;
  }
}

}  // namespace

bool CsrExists(uint16_t number) { return Exists(number); }

uint64_t CsrValues::*PlainCsr(uint16_t number) {
  switch (number) {
    case kCsrSscratch:
      return &CsrValues::sscratch;
    case kCsrSepc:
      return &CsrValues::sepc;
    case kCsrScause:
      return &CsrValues::scause;
    case kCsrStval:
      return &CsrValues::stval;
    case kCsrMscratch:
      return &CsrValues::mscratch;
    case kCsrMepc:
      return &CsrValues::mepc;
    case kCsrMcause:
      return &CsrValues::mcause;
    case kCsrMtval:
      return &CsrValues::mtval;
    default:
      return nullptr;
  }
}

uint64_t PeekCsr(const HartState& hart, uint16_t number) {
  const CsrValues& csr = hart.csr;
  if (uint64_t CsrValues::*const plain = PlainCsr(number)) return csr.*plain;
  if (IsPmpConfig(number)) return hart.pmp.ReadConfig(number - kCsrPmpcfg0);
  if (IsPmpAddress(number)) return hart.pmp.ReadAddress(number - kCsrPmpaddr0);
  if (IsEvent(number)) return hart.counters[number - kCsrMhpmevent3 + 3].event;
  if (IsMachineCounter(number)) return ReadCounter(hart, number - kCsrMcycle);
  if (number == kCsrTime) return hart.time->TimeTicks(hart.Ran());
  if (const int index = UserCounterIndex(number); index >= 0) return ReadCounter(hart, index);
  switch (number) {
    case kCsrFflags:
      return hart.fflags;
    case kCsrFrm:
      return hart.frm;
    case kCsrFcsr:
      return static_cast<uint64_t>(hart.frm) << 5 | hart.fflags;
    case kCsrSstatus:
      return ReadSstatus(hart);
    case kCsrSie:
      return csr.mie & csr.mideleg & kSupervisorInterrupts;
    case kCsrStvec:
      return csr.stvec;
    case kCsrScounteren:
      return csr.scounteren;
    case kCsrSenvcfg:
      return csr.senvcfg;
    case kCsrSip:
      return hart.mip() & csr.mideleg & kSupervisorInterrupts;
    case kCsrStimecmp:
      return csr.stimecmp;
    case kCsrSatp:
      return csr.satp;
    case kCsrMstatus:
      return ReadMstatus(hart);
    case kCsrMisa:
      return isa::Misa(hart.config.model.extensions);
    case kCsrMedeleg:
      return csr.medeleg;
    case kCsrMideleg:
      return csr.mideleg;
    case kCsrMie:
      return csr.mie;
    case kCsrMtvec:
      return csr.mtvec;
    case kCsrMcounteren:
      return csr.mcounteren;
    case kCsrMenvcfg:
      return csr.menvcfg;
    case kCsrMcountinhibit:
      return csr.mcountinhibit;
    case kCsrMip:
      return hart.mip();
    case kTselect:
      return hart.trigger_select;
    case kTdata1:
      return kTdata1Value;
    case kTdata2:
      return hart.trigger_data[hart.trigger_select];
    case kTdata3:
      return 0;
    case kTinfo:
      return kTinfoValue;
    case kCsrMvendorid:
      return hart.config.model.mvendorid;
    case kCsrMarchid:
      return hart.config.model.marchid;
    case kCsrMimpid:
      return hart.config.model.mimpid;
    case kCsrMconfigptr:
      return 0;
    case kCsrMhartid:
      return hart.config.hart_id;
  }
  LOCKSTEP_CHECK(false) << "csr " << number << " has no read rule";
  return 0;
}

bool AccessCsr(HartState& hart, const CsrAccess& access, uint64_t* old) {
  if (uint64_t CsrValues::*const plain = PlainCsr(access.number)) {
    if ((access.number >> 8 & 3) > hart.privilege) return false;
    uint64_t& value = hart.csr.*plain;
    if (access.is_read) *old = value;
    if (!access.is_write) return true;
    value = (value & ~access.write_mask) | (access.value & access.write_mask);
    hart.digest.MarkCsr();
    hart.digest.NoteCsr(hart, access.number);
    return true;
  }
  const bool is_read_only = access.number >> 10 == 3;
  // A set or clear of no bits does not count as a write here.
  if (is_read_only && access.is_write && access.write_mask != 0) return false;
  if (!Accessible(hart, access.number)) return false;
  const uint64_t before =
      access.is_read || access.is_write ? PeekCsr(hart, access.number) : uint64_t{0};
  if (access.is_read) *old = before;
  if (!access.is_write || access.write_mask == 0) return true;
  if (IsInterruptCsr(access.number)) {
    WriteInterruptCsr(hart, access);
  } else {
    WriteCsr(hart, access.number,
             (before & ~access.write_mask) | (access.value & access.write_mask));
  }
  AttendIfPending(hart);
  if (hart.digest.enabled()) {
    hart.digest.MarkCsr();
    hart.digest.NoteCsr(hart, access.number);
    if (access.number <= kCsrFcsr) hart.digest.FcsrWritten(PeekCsr(hart, kCsrFcsr));
  }
  return true;
}

void UpdateDerivedState(HartState& hart) {
  const uint64_t mstatus = hart.csr.mstatus;
  hart.fp_off = (mstatus & kMstatusFs) == 0;
  hart.fp_dirty = (mstatus & kMstatusFs) == kMstatusFs;
  uint8_t data_privilege = hart.privilege;
  if (data_privilege == kMachine && (mstatus & kMstatusMprv)) {
    data_privilege = mstatus >> kMppShift & 3;
  }
  hart.data_context = ContextOf(data_privilege, mstatus);
  hart.fetch_context = ContextOf(hart.privilege, mstatus);
  SelectTlbTables(hart);
  const bool is_paged = hart.privilege != kMachine;
  const unsigned mode = is_paged ? mem::SatpMode(hart.csr.satp) : mem::kModeBare;
  const uint16_t asid = mode == mem::kModeBare ? uint16_t{0} : mem::SatpAsid(hart.csr.satp);
  hart.space = LOCKSTEP_SPACE(hart.privilege, mode, asid);
  AttendIfPending(hart);
  hart.digest.MarkCsr();
}

}  // namespace lockstep::cpu

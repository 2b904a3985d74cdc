// The rules of the CSRs, as measured on QEMU 7.2
// (-cpu rv64,h=off,zba=off,zbb=off,zbc=off,zbs=off,sstc=off).

#include "emulator/cpu/csr.h"

#include <gtest/gtest.h>

#include <map>

#include "emulator/cpu/hart_state.h"
#include "emulator/cpu/memory.h"

namespace lockstep::cpu {
namespace {

constexpr uint64_t kOnes = ~uint64_t{0};
constexpr uint64_t kKept = uint64_t{8} << 60 | 0x77;

class NoBus : public Bus {
 public:
  const MemoryRegion* FindMemory(uint64_t) override { return nullptr; }
  bool Read(uint64_t, unsigned, uint64_t*) override { return false; }
  bool Write(uint64_t, unsigned, uint64_t) override { return false; }
};
class FixedTime : public TimeSource {
 public:
  uint64_t TimeTicks(uint64_t) override { return 1234; }
  uint64_t CounterTicks(uint64_t ran_insns) override { return ran_insns + slept; }
  uint64_t slept = 0;
};

class CsrTest : public ::testing::Test {
 protected:
  CsrTest() {
    hart_.bus = &bus_;
    hart_.time = &time_;
    hart_.tlb = std::make_unique<mem::Tlb>(4, 4, 0);
    hart_.csr.mstatus = uint64_t{0xa} << 32;
    UpdateTlbTables(hart_);
    UpdateDerivedState(hart_);
  }
  void SetPrivilege(uint8_t privilege) {
    hart_.privilege = privilege;
    UpdateTlbTables(hart_);
    UpdateDerivedState(hart_);
  }
  bool Readable(uint16_t number) {
    uint64_t old;
    return AccessCsr(hart_, {.number = number}, &old);
  }
  uint64_t Read(uint16_t number) {
    uint64_t old = 0xdead;
    EXPECT_TRUE(AccessCsr(hart_, {.number = number}, &old)) << std::hex << number;
    return old;
  }
  bool Write(uint16_t number, uint64_t value, uint64_t mask = kOnes) {
    uint64_t old;
    return AccessCsr(
        hart_, {.number = number, .is_write = true, .value = value, .write_mask = mask}, &old);
  }
  // What a write of all ones leaves, and then of zero.
  void ExpectWarl(uint16_t number, uint64_t after_ones, uint64_t after_zero) {
    EXPECT_TRUE(Write(number, kOnes));
    EXPECT_EQ(Read(number), after_ones) << std::hex << number;
    EXPECT_TRUE(Write(number, 0));
    EXPECT_EQ(Read(number), after_zero) << std::hex << number;
  }

  NoBus bus_;
  FixedTime time_;
  HartState hart_;
};

TEST_F(CsrTest, WhatOnesAndZerosLeave) {
  const std::map<uint16_t, uint64_t> masks = {
      {kCsrMedeleg, 0xf0bfff},
      {kCsrMideleg, 0x2666},
      {kCsrMie, 0x2eee},
      {kCsrMip, 0x2666},
      {kCsrMcounteren, kOnes},
      {kCsrScounteren, kOnes},
      {kCsrMenvcfg, 0xc0000000000000f1},
      {kCsrSenvcfg, 0xf1},
      {kCsrMscratch, kOnes},
      {kCsrMepc, kOnes},
      {kCsrMcause, kOnes},
      {kCsrMtval, kOnes},
      {kCsrSscratch, kOnes},
      {kCsrSepc, kOnes},
      {kCsrScause, kOnes},
      {kCsrStval, kOnes},
      {kCsrMcountinhibit, kOnes},
      {kCsrMhpmevent3, kOnes},
      {kCsrMhpmevent31, kOnes},
      {kCsrMhpmcounter3, kOnes},
      {0xb12, kOnes},
      {kCsrPmpaddr0, kOnes},
      {kCsrPmpaddr15, kOnes},
      {0x7a2, kOnes},
      {0x7a3, 0},
      {kCsrSatp, 0},
      {kCsrMtvec, 0},
      {kCsrStvec, 0},
  };
  for (const auto& [number, mask] : masks) ExpectWarl(number, mask, 0);
  ExpectWarl(kCsrMisa, 0x800000000014112d, 0x800000000014112d);
  ExpectWarl(0x7a1, 0x2000000000000000, 0x2000000000000000);
  EXPECT_TRUE(Write(kCsrPmpcfg0, 0x7f7f7f7f7f7f7f7f));
  EXPECT_EQ(Read(kCsrPmpcfg0), 0x7f7f7f7f7f7f7f7fu);
}

TEST_F(CsrTest, Mstatus) {
  EXPECT_EQ(Read(kCsrMstatus), uint64_t{0xa00000000});
  EXPECT_TRUE(Write(kCsrMstatus, kOnes));
  EXPECT_EQ(Read(kCsrMstatus), 0x800000cb007e7faau);
  EXPECT_EQ(Read(kCsrSstatus), 0x80000003000c6722u);
  EXPECT_TRUE(Write(kCsrMstatus, 0));
  EXPECT_EQ(Read(kCsrMstatus), uint64_t{0xb00000000}) << "UXL keeps its value";
  EXPECT_TRUE(Write(kCsrMstatus, uint64_t{1} << 13));
  EXPECT_EQ(Read(kCsrMstatus) >> 63, 0u) << "FS is Initial, not Dirty";
  EXPECT_TRUE(Write(kCsrSstatus, uint64_t{3} << 13));
  EXPECT_EQ(Read(kCsrMstatus) >> 63, 1u);
}

TEST_F(CsrTest, SstatusWritesOnlyItsFields) {
  EXPECT_TRUE(Write(kCsrMstatus, kMstatusMie | kMstatusTvm | kMstatusMpp));
  EXPECT_TRUE(Write(kCsrSstatus, kMstatusSie | kMstatusTsr | kMstatusMprv));
  EXPECT_EQ(Read(kCsrMstatus) & 0xffffffff, kMstatusMie | kMstatusTvm | kMstatusMpp | kMstatusSie);
}

TEST_F(CsrTest, SatpTakesKnownModesOnly) {
  for (unsigned mode = 0; mode < 16; ++mode) {
    EXPECT_TRUE(Write(kCsrSatp, kKept));
    const uint64_t value = uint64_t{mode} << 60 | uint64_t{0xffff} << 44 | 0x123;
    EXPECT_TRUE(Write(kCsrSatp, value));
    const bool is_known = mode == 0 || (mode >= 8 && mode <= 10);
    EXPECT_EQ(Read(kCsrSatp), is_known ? value : kKept) << mode;
  }
}

TEST_F(CsrTest, VectorsRefuseReservedModes) {
  EXPECT_TRUE(Write(kCsrMtvec, 0x80000001));
  EXPECT_TRUE(Write(kCsrMtvec, 0x90000002));
  EXPECT_EQ(Read(kCsrMtvec), 0x80000001u);
}

TEST_F(CsrTest, PrivilegeAndExistence) {
  for (uint32_t number = 0; number < 4096; ++number) {
    SetPrivilege(kMachine);
    Write(kCsrMcounteren, kOnes);
    Write(kCsrScounteren, kOnes);
    Write(kCsrMstatus, kMstatusFs);
    const bool in_machine = Readable(static_cast<uint16_t>(number));
    for (const uint8_t privilege : {kSupervisor, kUser}) {
      SetPrivilege(privilege);
      EXPECT_EQ(Readable(static_cast<uint16_t>(number)),
                in_machine && (number >> 8 & 3) <= privilege)
          << std::hex << number << " " << int{privilege};
    }
  }
  SetPrivilege(kMachine);
  for (const uint16_t absent : {0x14d, 0x200, 0x310, 0x34a, 0x3a1, 0x3a3, 0x3c0, 0x747, 0xb13,
                                0xb80, 0xc13, 0xc80, 0xda0, 0xf16, 0x015}) {
    EXPECT_FALSE(Readable(absent)) << std::hex << absent;
  }
}

TEST_F(CsrTest, ReadOnlyRegistersRefuseWrites) {
  EXPECT_FALSE(Write(kCsrMhartid, 1));
  EXPECT_FALSE(Write(kCsrCycle, 1));
  EXPECT_TRUE(Write(kCsrCycle, 1, 0)) << "a set of no bits is none, as on QEMU";
}

TEST_F(CsrTest, FloatingPointNeedsFs) {
  for (const uint16_t number : {kCsrFflags, kCsrFrm, kCsrFcsr}) EXPECT_FALSE(Readable(number));
  EXPECT_TRUE(Write(kCsrMstatus, uint64_t{1} << 13));
  EXPECT_TRUE(Write(kCsrFcsr, kOnes));
  EXPECT_EQ(Read(kCsrFcsr), 0xffu);
  EXPECT_EQ(Read(kCsrFrm), 7u);
  EXPECT_EQ(Read(kCsrFflags), 31u);
  EXPECT_EQ(Read(kCsrMstatus) & kMstatusFs, kMstatusFs) << "a write makes it Dirty";
}

TEST_F(CsrTest, CountersNeedTheirEnables) {
  SetPrivilege(kSupervisor);
  EXPECT_FALSE(Readable(kCsrTime));
  hart_.csr.mcounteren = 2;
  EXPECT_EQ(Read(kCsrTime), 1234u);
  EXPECT_FALSE(Readable(kCsrCycle));
  SetPrivilege(kUser);
  EXPECT_FALSE(Readable(kCsrTime));
  hart_.csr.scounteren = 2;
  EXPECT_TRUE(Readable(kCsrTime));
}

TEST_F(CsrTest, TvmGuardsSatp) {
  hart_.csr.mstatus |= kMstatusTvm;
  EXPECT_TRUE(Readable(kCsrSatp));
  SetPrivilege(kSupervisor);
  EXPECT_FALSE(Readable(kCsrSatp));
}

TEST_F(CsrTest, SupervisorViewsOfInterrupts) {
  EXPECT_TRUE(Write(kCsrMideleg, 0x222));
  EXPECT_TRUE(Write(kCsrSie, kOnes));
  EXPECT_EQ(Read(kCsrMie), 0x222u);
  EXPECT_TRUE(Write(kCsrSip, kOnes));
  EXPECT_EQ(Read(kCsrMip), 2u) << "only SSIP can be written through sip";
  hart_.lines = 1u << 9;
  EXPECT_EQ(Read(kCsrSip), 0x202u);
  EXPECT_TRUE(Write(kCsrMip, 0));
  EXPECT_EQ(Read(kCsrMip), 0x200u) << "a line that a device holds stays";
  // Setting another bit does not take the device's level over into the software bit.
  EXPECT_TRUE(Write(kCsrMip, kOnes, 2));
  hart_.lines = 0;
  EXPECT_EQ(Read(kCsrMip), 2u);
}

TEST_F(CsrTest, CountersCountAndStop) {
  hart_.icount = 1000;
  EXPECT_TRUE(Write(kCsrMinstret, 5));
  hart_.icount = 1007;
  EXPECT_EQ(Read(kCsrInstret), 12u);
  EXPECT_EQ(Read(kCsrMcycle), 1007u);
  EXPECT_TRUE(Write(kCsrMcountinhibit, 4));
  hart_.icount = 2000;
  EXPECT_EQ(Read(kCsrMinstret), 12u);
  EXPECT_TRUE(Write(kCsrMcountinhibit, 0));
  hart_.icount = 2001;
  EXPECT_EQ(Read(kCsrMinstret), 13u);
  hart_.runtime_faults = 1;
  EXPECT_EQ(Read(kCsrMcycle), 2000u);
  time_.slept = 500;
  EXPECT_EQ(Read(kCsrMcycle), 2500u) << "time spent in WFI counts";
  time_.slept = 0;
  // A programmable counter runs when its event is cycles or instructions.
  EXPECT_TRUE(Write(kCsrMhpmcounter3, 100));
  hart_.icount = 3000;
  EXPECT_EQ(Read(kCsrMhpmcounter3), 100u);
  EXPECT_TRUE(Write(kCsrMhpmevent3, 2));
  hart_.icount = 3010;
  EXPECT_EQ(Read(kCsrMhpmcounter3), 110u);
}

}  // namespace
}  // namespace lockstep::cpu

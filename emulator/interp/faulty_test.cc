// Each planted fault shows in a small program, only from its instruction count on, and without it
// the program gives what the specification says.

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <vector>

#include "emulator/cpu/hart.h"
#include "emulator/cpu/testing/encode.h"
#include "emulator/cpu/testing/flat_machine.h"
#include "emulator/faults/catalogue.h"

namespace lockstep::interp {
namespace {

using namespace cpu::testing;  // NOLINT: instruction encoders
using faults::Fault;

constexpr uint64_t kBase = FlatMachine::kRamBase;
constexpr uint64_t kData = kBase + 0x8000;
constexpr uint64_t kRoot = kBase + 0x10000, kMiddle = kRoot + 0x1000, kLeaf = kRoot + 0x2000;

constexpr uint32_t RType(uint32_t opcode, uint32_t funct7, uint32_t funct3) {
  return funct7 << 25 | a2 << 20 | a1 << 15 | funct3 << 12 | a0 << 7 | opcode;
}
constexpr uint32_t BranchOver(uint32_t funct3) {  // b?? a1, a2, +8
  return a2 << 20 | a1 << 15 | funct3 << 12 | 8 << 7 | 0x63;
}

// The result is a0 after all of `code`, run with a1, a2 as given.
struct Case {
  Fault fault;
  uint64_t a1, a2;
  std::vector<uint32_t> code;
  uint64_t right, wrong;
};

std::vector<Case> Cases() {
  const uint64_t min = uint64_t{1} << 63;
  return {
      {Fault::kLwZeroExtends, kData, 0, {Lw(a0, 0, a1)}, 0xffffffff80000001, 0x80000001},
      {Fault::kAddwKeepsHigh, 0x7fffffff, 1, {RType(0x3b, 0, 0)}, 0xffffffff80000000, 0x80000000},
      {Fault::kSraiwLogical, ~uint64_t{255}, 0, {0x4045d51b}, ~uint64_t{15}, 0x0ffffff0},
      {Fault::kSllw6bitShift, 3, 33, {RType(0x3b, 0, 1)}, 6, 0},
      {Fault::kBltuSigned, 1, ~uint64_t{0}, {BranchOver(6), Addi(a0, a0, 7)}, 0, 7},
      {Fault::kBgeStrict, 5, 5, {BranchOver(5), Addi(a0, a0, 7)}, 0, 7},
      {Fault::kDivByZeroZero, 42, 0, {RType(0x33, 1, 4)}, ~uint64_t{0}, 0},
      {Fault::kRemOverflow, min, ~uint64_t{0}, {RType(0x33, 1, 6)}, 0, min},
      {Fault::kMulhsuUnsigned, ~uint64_t{2}, 5, {RType(0x33, 1, 2)}, ~uint64_t{0}, 4},
      // c.addi16sp sp, 64
      {Fault::kCAddi16spScale, 0, 0, {0x6121, Addi(a0, sp, 0)}, 64, 32},
      {Fault::kScAlwaysSucceeds, kData, 9, {ScD(a0, a2, a1), Ld(a0, 0, a1)}, 0x0123456780000001, 9},
      {Fault::kShStoresWord,
       kData,
       0x11112222,
       {Sh(a2, 0, a1), Lw(a0, 0, a1)},
       0xffffffff80002222,
       0x11112222},
      {Fault::kMstatusMask,
       ~uint64_t{0x2188a},
       0,
       {Csrrw(zero, 0x300, a1), Csrrs(a0, 0x300, zero)},
       0x800000cb007c6720,
       0x800000cb00fc6720},
  };
}

uint64_t RunCase(const Case& c, faults::Injection injection, bool digests) {
  cpu::HartConfig config;
  config.fault = injection;
  config.digests = digests;
  FlatMachine machine(config);
  machine.Store64(kData, 0x0123456780000001);
  uint64_t pc = kBase;
  for (const uint32_t word : c.code) {
    machine.StoreCode(pc, {word});
    pc += (word & 3) == 3 ? 4 : 2;
  }
  machine.StoreCode(pc, {kJumpHere});
  machine.Restart(kBase);
  machine.hart().set_x(a1, c.a1);
  machine.hart().set_x(a2, c.a2);
  machine.hart().Run(c.code.size() + 1);
  return machine.hart().x(a0);
}

TEST(FaultyTest, InstructionFaultsShowAndOnlyFromTheirCount) {
  for (const Case& c : Cases()) {
    const std::string name(faults::Catalogue()[static_cast<size_t>(c.fault) - 1].name);
    for (const bool digests : {false, true}) {
      EXPECT_EQ(RunCase(c, {}, digests), c.right) << name;
      EXPECT_EQ(RunCase(c, {c.fault, 0}, digests), c.wrong) << name;
      EXPECT_EQ(RunCase(c, {c.fault, 100}, digests), c.right) << name << " later";
    }
  }
}

// M mode with MPRV and MPP=S under Sv39: virtual page 0x40000000 is `frame`.
class PagedMachine : public FlatMachine {
 public:
  explicit PagedMachine(faults::Injection injection) : FlatMachine(Config(injection)) {}

  // Runs `code` after the set-up; a1 is the virtual page, a2 the address of its PTE.
  void Go(uint64_t pte, std::initializer_list<uint32_t> code) {
    Store64(kRoot + 8, kMiddle >> 2 | 1);
    Store64(kMiddle, kLeaf >> 2 | 1);
    Store64(kLeaf, pte);
    // Megapages for RAM itself, so that the PTE can be reached.
    Store64(kRoot + 16, (kRoot + 0x3000) >> 2 | 1);
    Store64(kRoot + 0x3000, kBase >> 2 | 0xcf);
    StoreCode(kBase, {Csrrw(zero, 0x3b0, a3), Csrrw(zero, 0x3a0, a4), Csrrw(zero, 0x180, a5),
                      Csrrw(zero, 0x300, t0)});
    StoreCode(kBase + 16, code);
    Restart(kBase);
    hart().set_x(a1, 0x40000000);
    hart().set_x(a2, kLeaf);
    hart().set_x(a3, ~uint64_t{0});
    hart().set_x(a4, 0x1f);
    hart().set_x(a5, uint64_t{8} << 60 | kRoot >> 12);
    hart().set_x(t0, 0x20800);  // MPRV, MPP = S
    hart().Run(4 + code.size());
  }

 private:
  static cpu::HartConfig Config(faults::Injection injection) {
    cpu::HartConfig config;
    config.fault = injection;
    return config;
  }
};

TEST(FaultyTest, DirtyBitNotSet) {
  const auto pte_after = [](faults::Injection injection) {
    PagedMachine machine(injection);
    machine.Go(kData >> 2 | 0x47, {Sd(a1, 0, a1)});
    EXPECT_EQ(machine.Load64(kData), 0x40000000u) << "the store itself is made";
    return machine.Load64(kLeaf) & 0xff;
  };
  EXPECT_EQ(pte_after({}), 0xc7u);
  EXPECT_EQ(pte_after({Fault::kDirtyBitNotSet, 0}), 0x47u);
  EXPECT_EQ(pte_after({Fault::kDirtyBitNotSet, 100}), 0xc7u);
}

TEST(FaultyTest, SfenceLeavesEntry) {
  const auto second_load = [](faults::Injection injection, uint32_t fence) {
    PagedMachine machine(injection);
    machine.Store64(kData, 111);
    machine.Store64(kData + 0x1000, 222);
    // Load, move the page by one frame (PPN + 1 is 0x400), fence, load again.
    machine.Go(kData >> 2 | 0xc7, {Ld(a0, 0, a1), Ld(t1, 0, a2), Addi(t1, t1, 0x400), Sd(t1, 0, a2),
                                   fence, Ld(a0, 0, a1)});
    return machine.hart().x(a0);
  };
  const uint32_t by_address = kSfenceVma | a1 << 15;
  EXPECT_EQ(second_load({}, by_address), 222u);
  EXPECT_EQ(second_load({Fault::kSfenceLeavesEntry, 0}, by_address), 111u);
  EXPECT_EQ(second_load({Fault::kSfenceLeavesEntry, 0}, kSfenceVma), 222u) << "not by address";
  EXPECT_EQ(second_load({Fault::kSfenceLeavesEntry, 100}, by_address), 222u);
}

uint64_t EpcOf(faults::Injection injection) {
  cpu::HartConfig config;
  config.fault = injection;
  FlatMachine machine(config);
  machine.StoreCode(kBase + 0x100, {Csrrs(a0, 0x341, zero)});
  machine.StoreCode(kBase, {Csrrw(zero, 0x305, a1), kEcall});
  machine.Restart(kBase);
  machine.hart().set_x(a1, kBase + 0x100);
  machine.hart().Run(3);
  return machine.hart().x(a0);
}

TEST(FaultyTest, EpcPlusTwo) {
  EXPECT_EQ(EpcOf({}), kBase + 4);
  EXPECT_EQ(EpcOf({Fault::kEpcPlusTwo, 0}), kBase + 6);
  EXPECT_EQ(EpcOf({Fault::kEpcPlusTwo, 100}), kBase + 4);
}

// Instructions of a straight run begun before a timer interrupt that is pending from the 4th on.
uint64_t InterruptedAfter(faults::Injection injection, uint64_t line) {
  cpu::HartConfig config;
  config.fault = injection;
  FlatMachine machine(config);
  machine.StoreCode(kBase, {Csrrw(zero, 0x305, a1), Csrrw(zero, 0x304, a2), Csrrs(zero, 0x300, a3),
                            kNop, kNop, kNop, kNop, kNop, kNop, kNop});
  machine.StoreCode(kBase + 0x100, {Csrrs(a0, 0x341, zero), kJumpHere});
  machine.Restart(kBase);
  machine.hart().set_x(a1, kBase + 0x100);
  machine.hart().set_x(a2, 0x888);
  machine.hart().set_x(a3, 8);
  machine.hart().Run(5);
  machine.hart().SetInterruptLines(line, line);
  machine.hart().Run(8);
  return (machine.hart().x(a0) - kBase) / 4;
}

TEST(FaultyTest, TimerLate) {
  EXPECT_EQ(InterruptedAfter({}, cpu::kMipMtip), 5u);
  EXPECT_EQ(InterruptedAfter({Fault::kTimerLate, 0}, cpu::kMipMtip), 6u);
  EXPECT_EQ(InterruptedAfter({Fault::kTimerLate, 0}, cpu::kMipMsip), 5u) << "timers only";
  EXPECT_EQ(InterruptedAfter({Fault::kTimerLate, 100}, cpu::kMipMtip), 5u);
}

}  // namespace
}  // namespace lockstep::interp

// Counting, limits, traps and blocks of a hart, on hand-assembled programs.

#include "emulator/cpu/hart.h"

#include <gtest/gtest.h>

#include <vector>

#include "emulator/cpu/testing/encode.h"
#include "emulator/cpu/testing/flat_machine.h"

namespace lockstep::cpu {
namespace {

using namespace testing;  // NOLINT: instruction encoders

constexpr uint64_t kBase = FlatMachine::kRamBase;
constexpr uint64_t kHandler = kBase + 0x1000;

// Records what an observer is told.
struct Recorder : observe::Observer {
  struct Entry {
    uint32_t id;
    uint64_t pc;
    uint64_t icount;
    uint64_t n_insns;
  };
  struct Occurrence {
    observe::EventKind kind;
    uint64_t icount;
    std::vector<uint64_t> fields;
  };
  void BlockTranslated(uint32_t, const observe::BlockView& block) override {
    if (blocks.size() <= block.id) blocks.resize(block.id + 1);
    blocks[block.id] = {block.id, block.pc, 0, block.offsets.size()};
    last_code.assign(block.code.begin(), block.code.end());
    last_space = block.space;
    ++translations;
  }
  void BlockEntered(uint32_t, uint32_t id, uint64_t icount, const observe::Digests&) override {
    ASSERT_LT(id, blocks.size()) << "entered before it was announced";
    entries.push_back({id, blocks[id].pc, icount, blocks[id].n_insns});
  }
  void Event(uint32_t, observe::EventKind kind, uint64_t icount,
             std::span<const uint64_t> fields) override {
    events.push_back({kind, icount, {fields.begin(), fields.end()}});
  }
  void Registers(uint32_t, uint64_t icount, std::span<const uint64_t> values) override {
    steps.push_back(icount);
    EXPECT_EQ(values.size(), Hart::RegisterNames().size());
  }
  std::vector<Occurrence> Of(observe::EventKind kind) const {
    std::vector<Occurrence> found;
    for (const Occurrence& e : events) {
      if (e.kind == kind) found.push_back(e);
    }
    return found;
  }

  std::vector<Entry> blocks, entries;
  std::vector<Occurrence> events;
  std::vector<uint64_t> steps;
  std::vector<uint8_t> last_code;
  uint64_t last_space = 0;
  int translations = 0;
};

class HartTest : public ::testing::Test {
 protected:
  Hart& hart() { return machine_.hart(); }
  // A handler that stays where it is.
  void LoopInHandler() { machine_.StoreCode(kHandler, {kJumpHere}); }
  FlatMachine machine_{HartConfig{}};
};

TEST_F(HartTest, ResetState) {
  machine_.Restart(0x1234);
  EXPECT_EQ(hart().pc(), 0x1234u);
  EXPECT_EQ(hart().icount(), 0u);
  for (int i = 0; i < 32; ++i) EXPECT_EQ(hart().x(i), 0u);
  const auto& names = Hart::RegisterNames();
  EXPECT_EQ(names[0], "pc:pc");
  EXPECT_EQ(names[1], "gpr:ra");
  EXPECT_EQ(names[32], "fpr:ft0");
  EXPECT_EQ(names[64], "fpr:fcsr");
  EXPECT_EQ(names[65], "csr:priv");
  EXPECT_EQ(names[66], "csr:mstatus");
  const std::vector<uint64_t> values = hart().Registers();
  EXPECT_EQ(values.size(), names.size());
  EXPECT_EQ(values[65], 3u);
  EXPECT_EQ(values[66], uint64_t{0xa00000000});
}

// An instruction whose extension is off is illegal, and counts like any other illegal encoding.
TEST(HartModelTest, InstructionsOfAnAbsentExtensionAreIllegal) {
  constexpr uint32_t kCtzw = 0x6015151b;  // ctzw a0,a0
  HartConfig config;
  config.model.extensions.Set(isa::Extension::kZbb, true);
  FlatMachine with(config);
  // The upper half is not looked at. (QEMU 7.2 gives 63; the manual and QEMU 10 are right.)
  with.RunCode({Addi(a0, zero, 1), Slli(a0, a0, 63), kCtzw}, 3);
  EXPECT_EQ(with.hart().x(a0), 32u);
  FlatMachine without{HartConfig{}};
  without.RunCode({Addi(a0, zero, 1), Slli(a0, a0, 63), kCtzw}, 3);
  EXPECT_EQ(without.hart().stats().exceptions, 1u);
  EXPECT_EQ(without.hart().x(a0), uint64_t{1} << 63);
  EXPECT_EQ(without.hart().ran_insns(), 3u);
}

TEST(HartModelTest, IdentityIsThatOfTheModel) {
  HartConfig config;
  config.model.mvendorid = 0x89abcdef;
  config.model.marchid = 0x123456789abcdef0;
  config.model.mimpid = 7;
  config.model.extensions.Set(isa::Extension::kD, false);
  FlatMachine machine(config);
  machine.RunCode({Csrrs(a0, 0xf11, zero), Csrrs(a1, 0xf12, zero), Csrrs(a2, 0xf13, zero),
                   Csrrs(a3, 0x301, zero)},
                  4);
  EXPECT_EQ(machine.hart().x(a0), 0x89abcdefu);
  EXPECT_EQ(machine.hart().x(a1), 0x123456789abcdef0u);
  EXPECT_EQ(machine.hart().x(a2), 7u);
  EXPECT_EQ(machine.hart().x(a3), 0x8000000000141125u);
}

TEST(HartModelTest, WithoutFloatingPointFsStaysOff) {
  HartConfig config;
  config.model.extensions.Set(isa::Extension::kF, false);
  config.model.extensions.Set(isa::Extension::kD, false);
  FlatMachine machine(config);
  // lui a0,0x6; csrs mstatus,a0 (FS); csrr a1,mstatus; csrr a2,fcsr
  machine.RunCode({Lui(a0, 6), Csrrs(zero, 0x300, a0), Csrrs(a1, 0x300, zero)}, 3);
  EXPECT_EQ(machine.hart().x(a1), 0xa00000000u);
  machine.RunCode({Lui(a0, 6), Csrrs(zero, 0x300, a0), Csrrs(a2, 3, zero)}, 3);
  EXPECT_EQ(machine.hart().stats().exceptions, 1u);
}

TEST(HartModelTest, WithoutPmpNothingIsProtectedAndItsRegistersAreIllegal) {
  HartConfig config;
  config.model.has_pmp = false;
  FlatMachine machine(config);
  machine.RunCode({Csrrs(a0, 0x3b0, zero)}, 1);
  EXPECT_EQ(machine.hart().stats().exceptions, 1u);
  // To U mode, and a load there: mepc = the instruction after mret.
  machine.RunCode({Auipc(a0, 0), Addi(a1, a0, 16), Csrrw(zero, 0x341, a1), kMret, Ld(a2, 0, a0)},
                  5);
  EXPECT_EQ(machine.hart().stats().exceptions, 0u);
  EXPECT_EQ(machine.hart().pc(), kBase + 20);
  EXPECT_EQ(machine.hart().x(a2), machine.Load64(kBase));
}

TEST_F(HartTest, CountsGoOnAcrossAReset) {
  machine_.RunCode({kNop, Ld(a0, 0, zero)}, 2);
  hart().Reset(kBase);
  EXPECT_EQ(hart().icount(), 2u);
  EXPECT_EQ(hart().ran_insns(), 1u);
  hart().Run(3);
  EXPECT_EQ(hart().pc(), kBase + 4);
}

TEST_F(HartTest, StopsExactlyAtEveryLimit) {
  for (uint64_t limit = 0; limit < 40; ++limit) {
    // A loop of three instructions.
    EXPECT_EQ(machine_.RunCode({Addi(a0, a0, 1), Addi(a1, a0, 0), JumpBack(8)}, limit),
              RunStop::kLimit);
    EXPECT_EQ(hart().icount(), limit);
    EXPECT_EQ(hart().x(a0), (limit + 2) / 3);
    EXPECT_EQ(hart().pc(), kBase + limit % 3 * 4);
  }
}

TEST_F(HartTest, CountsExceptionsOnceAndNotForTimeWhenTheyAriseAtRunTime) {
  LoopInHandler();
  struct Case {
    uint32_t insn;
    uint64_t cause;
    uint64_t tval;
    bool counts_for_time;
  };
  const Case cases[] = {
      {kEcall, 11, 0, true},
      {kEbreak, 3, 0, true},
      {kIllegal, 2, kIllegal, true},
      {0x0000, 2, 0, true},
      {Ld(a0, 8, zero), 5, 8, false},
      {Sd(a0, 16, zero), 7, 16, false},
      {AmoaddD(a0, a0, t1), 4, kBase + 4, false},
      {Csrrs(a0, 0x7ff, zero), 2, Csrrs(a0, 0x7ff, zero), false},
      {Csrrw(a0, 0xc00, a0), 2, Csrrw(a0, 0xc00, a0), false},
  };
  for (const Case& c : cases) {
    // t1 = pc of the auipc; t0 = kHandler; then the instruction, the sixth.
    machine_.RunCode({Auipc(t1, 0), Lui(t0, 1), 0x006282b3 /* add t0,t0,t1 */,
                      Csrrw(zero, 0x305, t0), Addi(t1, t1, 4), c.insn},
                     6);
    EXPECT_EQ(hart().icount(), 6u);
    EXPECT_EQ(hart().ran_insns(), c.counts_for_time ? 6u : 5u) << std::hex << c.insn;
    EXPECT_EQ(hart().pc(), kHandler) << std::hex << c.insn;
    const std::vector<uint64_t> values = hart().Registers();
    const auto& names = Hart::RegisterNames();
    for (size_t i = 0; i < names.size(); ++i) {
      uint64_t expected = values[i];
      if (names[i] == "csr:mcause") expected = c.cause;
      if (names[i] == "csr:mtval") expected = c.tval;
      if (names[i] == "csr:mepc") expected = kBase + 20;
      EXPECT_EQ(values[i], expected) << names[i] << " " << std::hex << c.insn;
    }
    hart().Run(9);
    EXPECT_EQ(hart().icount(), 9u);
  }
}

TEST_F(HartTest, FetchFaultCountsNothing) {
  LoopInHandler();
  Recorder recorder;
  machine_.SetObserver(&recorder, false);
  // A jump to nowhere: the jump counts, the fetch does not.
  machine_.RunCode({Auipc(t1, 0), Lui(t0, 1), 0x006282b3, Csrrw(zero, 0x305, t0), Jalr(zero, zero)},
                   7);
  EXPECT_EQ(hart().icount(), 7u);
  EXPECT_EQ(hart().ran_insns(), 7u);
  const auto traps = recorder.Of(observe::EventKind::kException);
  ASSERT_EQ(traps.size(), 1u);
  EXPECT_EQ(traps[0].icount, 5u);
  EXPECT_EQ(traps[0].fields, (std::vector<uint64_t>{1, 0, 0, 3, 3, kHandler}));
}

TEST_F(HartTest, HandlerThatCannotBeFetchedYields) {
  EXPECT_EQ(machine_.RunCode({kEcall}, 100), RunStop::kYield);  // mtvec is 0: nothing there
  EXPECT_EQ(hart().icount(), 1u);
}

TEST_F(HartTest, TimeAndInstretIncludeTheReadingInstruction) {
  machine_.RunCode({kNop, kNop, Csrrs(a0, 0xc02, zero), Csrrs(a1, 0xb00, zero)}, 4);
  EXPECT_EQ(hart().x(a0), 3u);
  EXPECT_EQ(hart().x(a1), 4u);
  for (int nops = 0; nops < 12; ++nops) {
    for (int i = 0; i < nops; ++i) machine_.Store32(kBase + 4 * i, kNop);
    machine_.Store32(kBase + 4 * nops, Csrrs(a0, 0xc01, zero));
    machine_.Restart(kBase);
    hart().Run(nops + 1);
    EXPECT_EQ(hart().x(a0), (nops + 1) / FlatMachine::kTickInsns);
  }
}

TEST_F(HartTest, DeviceSeesExactCountsAndItsYieldActsAtOnce) {
  EXPECT_EQ(machine_.RunCode({Lui(a1, 0x10000), kNop, kNop, Lw(a0, 0, a1), Lw(a2, 4, a1), kNop,
                              Sw(a0, 8, a1), kNop, kNop},
                             100),
            RunStop::kYield);
  EXPECT_EQ(hart().x(a0), 4u);
  EXPECT_EQ(hart().x(a2), 5u);
  EXPECT_EQ(hart().icount(), 7u);
  EXPECT_EQ(hart().pc(), kBase + 28);
  EXPECT_EQ(hart().Run(9), RunStop::kLimit);
}

TEST_F(HartTest, DeviceAccessEndsTheBlock) {
  Recorder recorder;
  machine_.SetObserver(&recorder, false);
  machine_.RunCode({Lui(a1, 0x10000), Lw(a0, 16, a1), kNop, JumpBack(4)}, 5);
  ASSERT_EQ(recorder.entries.size(), 3u);
  EXPECT_EQ(recorder.entries[0].n_insns, 4u);
  EXPECT_EQ(recorder.entries[1].pc, kBase + 8);
  EXPECT_EQ(recorder.entries[1].icount, 2u);
  EXPECT_EQ(recorder.entries[2].icount, 4u);
  const auto mmio = recorder.Of(observe::EventKind::kMmio);
  ASSERT_EQ(mmio.size(), 1u);
  EXPECT_EQ(mmio[0].fields, (std::vector<uint64_t>{0x10000010, 0, 4, 0}));
}

TEST_F(HartTest, RefusedDeviceAccessFaults) {
  LoopInHandler();
  machine_.RunCode({Auipc(t1, 0), Lui(t0, 1), 0x006282b3, Csrrw(zero, 0x305, t0), Lui(a1, 0x10000),
                    Ld(a0, 8, a1)},
                   6);
  EXPECT_EQ(hart().pc(), kHandler);
  EXPECT_EQ(hart().ran_insns(), 5u);
}

TEST_F(HartTest, MisalignedDeviceAccessesAreSplit) {
  // lw of offset 18: the words at 16 and 20; sw: four bytes.
  machine_.RunCode({Lui(a1, 0x10000), Lw(a0, 18, a1), Sw(a0, 33, a1)}, 3);
  EXPECT_EQ(machine_.device_accesses(),
            (std::vector<uint64_t>{0x10000010, 0x10000014, 0x10000021, 0x10000022, 0x10000023,
                                   0x10000024}));
}

TEST_F(HartTest, StoresToRomAreIgnored) {
  machine_.RunCode({Lui(a1, 1), Addi(a0, zero, 5), Sd(a0, 0, a1), Ld(a2, 0, a1)}, 4);
  EXPECT_EQ(hart().icount(), 4u);
  EXPECT_EQ(hart().pc(), kBase + 16) << "no fault";
  EXPECT_EQ(hart().x(a2), 0u);
}

TEST_F(HartTest, StoreIntoTheRunningBlockIsSeenByTheNextInstruction) {
  // Overwrites the instruction right behind the store: addi a0,a0,1 -> addi a0,a0,64.
  machine_.RunCode(
      {Auipc(a1, 0), Lui(a2, 0x04050), Addi(a2, a2, 0x513), Sw(a2, 16, a1), Addi(a0, a0, 1), kNop},
      5);
  EXPECT_EQ(hart().x(a2), Addi(a0, a0, 64));
  EXPECT_EQ(hart().x(a0), 64u);
}

TEST_F(HartTest, CodeIsTranslatedAgainWhenItChanges) {
  // Twice round a loop whose first instruction changes in between.
  machine_.RunCode({Addi(a0, a0, 1), Auipc(a1, 0), Lui(a2, 0x04050), Addi(a2, a2, 0x513),
                    Sw(a2, -4, a1), JumpBack(20)},
                   7);
  EXPECT_EQ(hart().x(a0), 65u);
}

TEST_F(HartTest, DataBesideCodeDropsNoTranslation) {
  // A counter in the same page as the loop, 512 bytes on, and one 32 bytes on.
  machine_.RunCode({Auipc(a1, 0), Addi(a0, a0, 1), Sd(a0, 512, a1), Sd(a0, 32, a1), JumpBack(12)},
                   4001);
  EXPECT_EQ(hart().x(a0), 1000u);
  EXPECT_LE(hart().stats().translations, 4u);
}

TEST_F(HartTest, DeviceWritesDropTranslations) {
  machine_.RunCode({Addi(a0, a0, 1), JumpBack(4)}, 4);
  EXPECT_EQ(hart().x(a0), 2u);
  machine_.Store32(kBase, Addi(a0, a0, 100));
  hart().InvalidateCode(kBase, 4);
  hart().Run(6);
  EXPECT_EQ(hart().x(a0), 102u);
}

TEST_F(HartTest, InstructionsMayCrossPages) {
  const uint64_t pc = kBase + 0x1ffa;
  machine_.RunCode({Addi(a0, a0, 1), Addi(a0, a0, 2), Addi(a0, a0, 4)}, 3, pc);
  EXPECT_EQ(hart().x(a0), 7u);
  EXPECT_EQ(hart().pc(), pc + 12);
  // Its second half can be changed through the other page.
  machine_.Store32(kBase + 0x1ffe, Addi(a0, a0, 512));
  hart().InvalidateCode(kBase + 0x2000, 1);
  machine_.Restart(pc);
  hart().Run(2);
  EXPECT_EQ(hart().x(a0), 513u);
}

TEST_F(HartTest, WfiWaitsUntilAnEnabledInterruptIsPending) {
  EXPECT_EQ(machine_.RunCode({Addi(a0, zero, 128), Csrrw(zero, 0x304, a0), kWfi, kNop, kNop}, 50),
            RunStop::kWaiting);
  EXPECT_EQ(hart().icount(), 3u);
  EXPECT_FALSE(hart().WakePending());
  EXPECT_EQ(hart().Run(50), RunStop::kWaiting);
  hart().SetInterruptLines(kMipMsip, kMipMsip);
  EXPECT_EQ(hart().Run(50), RunStop::kWaiting) << "not enabled in mie";
  hart().SetInterruptLines(kMipMtip, kMipMtip);
  EXPECT_TRUE(hart().WakePending());
  EXPECT_EQ(hart().Run(5), RunStop::kLimit);
  EXPECT_EQ(hart().pc(), kBase + 20) << "mstatus.MIE is off: wakes without a trap";
}

TEST_F(HartTest, InterruptsAreTakenAtTheirInstruction) {
  Recorder recorder;
  machine_.SetObserver(&recorder, false);
  LoopInHandler();
  // mie.MTIE, mtvec vectored, mstatus.MIE; then a long straight run.
  machine_.RunCode({Auipc(t1, 0), Lui(t0, 1), 0x006282b3, Addi(t0, t0, 1), Csrrw(zero, 0x305, t0),
                    Addi(a0, zero, 128), Csrrw(zero, 0x304, a0), Addi(a0, zero, 8),
                    Csrrs(zero, 0x300, a0), kNop, kNop, kNop, kNop, kNop},
                   11);
  hart().SetInterruptLines(kMipMtip, kMipMtip);
  hart().Run(12);
  const auto interrupts = recorder.Of(observe::EventKind::kInterrupt);
  ASSERT_EQ(interrupts.size(), 1u);
  EXPECT_EQ(interrupts[0].icount, 11u);
  EXPECT_EQ(interrupts[0].fields, (std::vector<uint64_t>{7, kBase + 44, 0, 3, 3, kHandler + 28}));
  EXPECT_EQ(hart().stats().interrupts, 1u);
}

TEST_F(HartTest, BlocksHonourTheLimitAndTheSpace) {
  HartConfig config;
  config.max_block_insns = 3;
  FlatMachine machine(config);
  Recorder recorder;
  machine.SetObserver(&recorder, false);
  machine.RunCode({kNop, kNop, kCNop, kNop, kNop, kNop, kNop, JumpBack(26)}, 16);
  ASSERT_GE(recorder.entries.size(), 6u);
  EXPECT_EQ(recorder.entries[0].n_insns, 3u);
  EXPECT_EQ(recorder.entries[1].pc, kBase + 10);
  EXPECT_EQ(recorder.entries[2].n_insns, 2u);
  EXPECT_EQ(recorder.entries[3].pc, kBase);
  EXPECT_EQ(recorder.entries[3].id, recorder.entries[0].id);
  EXPECT_EQ(recorder.translations, 3);
  EXPECT_EQ(recorder.last_space, 3u) << "M mode, Bare";
  EXPECT_EQ(recorder.last_code.size(), 8u);
}

TEST_F(HartTest, CutBlockBeginsAgainAsAnother) {
  Recorder recorder;
  machine_.SetObserver(&recorder, false);
  machine_.RunCode({kNop, kNop, kNop, kNop, JumpBack(16)}, 2);
  hart().Run(7);
  std::vector<uint64_t> icounts, pcs;
  for (const Recorder::Entry& e : recorder.entries) {
    icounts.push_back(e.icount);
    pcs.push_back(e.pc - kBase);
  }
  EXPECT_EQ(icounts, (std::vector<uint64_t>{0, 2, 5}));
  EXPECT_EQ(pcs, (std::vector<uint64_t>{0, 8, 0}));
}

TEST_F(HartTest, StepModeSendsRegistersBeforeEachInstruction) {
  Recorder recorder;
  machine_.SetObserver(&recorder, true);
  machine_.RunCode({kNop, kNop, kNop, JumpBack(12)}, 6);
  EXPECT_EQ(recorder.steps, (std::vector<uint64_t>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(recorder.entries.size(), 6u);
}

TEST_F(HartTest, ScFailsAfterATrapOrWithoutReservation) {
  LoopInHandler();
  machine_.RunCode({Auipc(a1, 2), Addi(a0, zero, 5), LrD(a2, a1), ScD(a3, a0, a1), ScD(a4, a0, a1),
                    Ld(a5, 0, a1)},
                   6);
  EXPECT_EQ(hart().x(a3), 0u);
  EXPECT_EQ(hart().x(a4), 1u);
  EXPECT_EQ(hart().x(a5), 5u);
}

}  // namespace
}  // namespace lockstep::cpu

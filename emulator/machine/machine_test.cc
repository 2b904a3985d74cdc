// The event loop with a real hart and small programs in machine code.

#include "emulator/machine/machine.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>
#include <map>
#include <string>

namespace lockstep::machine {
namespace {

constexpr uint64_t kRam = 0x80000000;

// Encoders of the few instructions that the programs are made of.
constexpr uint32_t kT0 = 5, kT1 = 6, kT2 = 7;
constexpr uint32_t Lui(uint32_t rd, uint32_t upper20) { return upper20 << 12 | rd << 7 | 0x37; }
constexpr uint32_t Addi(uint32_t rd, uint32_t rs, int imm) {
  return static_cast<uint32_t>(imm) << 20 | rs << 15 | rd << 7 | 0x13;
}
constexpr uint32_t Store(uint32_t funct3, uint32_t base, uint32_t source, uint32_t offset) {
  return (offset >> 5) << 25 | source << 20 | base << 15 | funct3 << 12 | (offset & 31) << 7 | 0x23;
}
constexpr uint32_t Sw(uint32_t base, uint32_t source, uint32_t offset) {
  return Store(2, base, source, offset);
}
constexpr uint32_t Sd(uint32_t base, uint32_t source, uint32_t offset) {
  return Store(3, base, source, offset);
}
constexpr uint32_t Sb(uint32_t base, uint32_t source, uint32_t offset) {
  return Store(0, base, source, offset);
}
constexpr uint32_t Csrw(uint32_t csr, uint32_t rs) { return csr << 20 | rs << 15 | 1 << 12 | 0x73; }
constexpr uint32_t kWfi = 0x10500073, kJumpToSelf = 0x0000006f;
constexpr uint32_t kMtvec = 0x305, kMie = 0x304, kMstatus = 0x300;

// Records interrupts.
struct Recorder : observe::Observer {
  void BlockTranslated(uint32_t, const observe::BlockView&) override {}
  void BlockEntered(uint32_t, uint32_t, uint64_t icount, const observe::Digests&) override {
    ++blocks;
    last_icount = icount;
  }
  void Event(uint32_t, observe::EventKind kind, uint64_t icount,
             std::span<const uint64_t> fields) override {
    if (kind == observe::EventKind::kInterrupt) interrupts.emplace_back(icount, fields[0]);
    if (kind == observe::EventKind::kReset) resets.push_back(icount);
  }
  void Registers(uint32_t, uint64_t, std::span<const uint64_t>) override {}
  void TurnBegins(uint32_t hart, uint64_t others_insns) override {
    turns.emplace_back(hart, others_insns);
  }
  std::vector<std::pair<uint32_t, uint64_t>> turns;       // hart, instructions of the others
  std::vector<std::pair<uint64_t, uint64_t>> interrupts;  // icount, cause
  std::vector<uint64_t> resets;
  uint64_t blocks = 0;
  uint64_t last_icount = 0;
};

struct MachineOptions {
  uint32_t max_block_insns = 64;
  unsigned shift = 0;
  bool exit_on_reset = false;
  std::string script;
  unsigned harts = 1;
  uint64_t quantum = 100;
};

// A machine whose program lies at the start of RAM; all harts begin there.
struct TestMachine {
  TestMachine(const std::vector<uint32_t>& program, const MachineOptions& options = {}) {
    std::string path = ::testing::TempDir() + "/program.bin";
    std::FILE* file = std::fopen(path.c_str(), "wb");
    EXPECT_NE(file, nullptr);
    EXPECT_EQ(std::fwrite(program.data(), 4, program.size(), file), program.size());
    std::fclose(file);
    Console::Config console_config;
    console_config.output = [this](uint8_t byte) { printed += static_cast<char>(byte); };
    console_config.script = *ParseConsoleScript(options.script);
    console_config.icount_shift = options.shift;
    console = std::make_unique<Console>(std::move(console_config));
    MachineConfig config;
    config.boot.bios = "none";
    config.boot.loaders = {
        *ParseLoader("loader,file=" + path + ",addr=0x80000000,force-raw=on,cpu-num=0")};
    for (unsigned hart = 1; hart < options.harts; ++hart) {
      config.boot.loaders.push_back(
          *ParseLoader("loader,addr=0x80000000,cpu-num=" + std::to_string(hart)));
    }
    config.boot.harts = options.harts;
    config.quantum_insns = options.quantum;
    config.icount_shift = options.shift;
    config.exit_on_reset = options.exit_on_reset;
    config.hart.max_block_insns = options.max_block_insns;
    absl::StatusOr<std::unique_ptr<Machine>> made =
        Machine::Create(config, console.get(), cpu::Hart::Create);
    EXPECT_TRUE(made.ok()) << made.status();
    machine = *std::move(made);
    machine->SetObserver(&recorder, false);
  }
  RunEnd Run(uint64_t limit = 10'000'000) {
    return machine->Run(limit, [] { return true; });
  }
  Recorder recorder;
  std::unique_ptr<Console> console;
  std::unique_ptr<Machine> machine;
  std::string printed;
};

// Sets mtimecmp to `ticks` with its 8th instruction, enables the timer interrupt, then does `rest`.
std::vector<uint32_t> TimerProgram(int ticks, const std::vector<uint32_t>& rest) {
  std::vector<uint32_t> program = {
      Lui(kT0, 0x80001),    // handler at 0x80001000
      Addi(kT0, kT0, 0),    // (sign-extended: made positive by the next two)
      0x02029293,           // slli t0, t0, 32
      0x0202d293,           // srli t0, t0, 32
      Csrw(kMtvec, kT0),    //
      Lui(kT1, 0x2004),     // mtimecmp
      Addi(kT2, 0, ticks),  //
      Sd(kT1, kT2, 0),      // the 8th instruction
      Addi(kT0, 0, 0x80),   //
      Csrw(kMie, kT0),      //
      Addi(kT0, 0, 8),      //
      Csrw(kMstatus, kT0),  // interrupts on after 12
  };
  program.insert(program.end(), rest.begin(), rest.end());
  program.resize(0x1000 / 4, Addi(0, 0, 0));
  program.push_back(kJumpToSelf);  // the handler
  return program;
}

// Block limit, icount shift, compare value.
class TimerExactnessTest : public ::testing::TestWithParam<std::tuple<uint32_t, unsigned, int>> {};

TEST_P(TimerExactnessTest, InterruptComesAtTheInstructionWhereTimeHasReachedIt) {
  auto [limit, shift, ticks] = GetParam();
  MachineOptions options;
  options.max_block_insns = limit;
  options.shift = shift;
  TestMachine test(TimerProgram(ticks, {}), options);
  EXPECT_EQ(test.Run(800), RunEnd::kLimit);
  // The write happens with 8 instructions begun.
  uint64_t written_ns = uint64_t{8} << shift;
  uint64_t deadline_ns = written_ns + (static_cast<uint64_t>(ticks) - written_ns / 100) * 100;
  uint64_t expected = (deadline_ns + (1u << shift) - 1) >> shift;
  ASSERT_EQ(test.recorder.interrupts.size(), 1u);
  EXPECT_EQ(test.recorder.interrupts[0].first, expected);
  EXPECT_EQ(test.recorder.interrupts[0].second, 7u);
  EXPECT_EQ(test.machine->hart().pc(), 0x80001000u);
}
INSTANTIATE_TEST_SUITE_P(BlocksShiftsTicks, TimerExactnessTest,
                         ::testing::Combine(::testing::Values(1u, 2u, 7u, 64u, 65535u),
                                            ::testing::Values(0u, 1u, 3u),
                                            ::testing::Values(1, 2, 3, 5)));

TEST(MachineTest, WfiJumpsToTheTimer) {
  TestMachine test(TimerProgram(1000, {kWfi}));
  EXPECT_EQ(test.Run(20), RunEnd::kLimit);
  ASSERT_EQ(test.recorder.interrupts.size(), 1u);
  EXPECT_EQ(test.recorder.interrupts[0].first, 13u) << "right after the wfi";
  // 8 ns at the write, 1000 ticks; then 7 more instructions.
  EXPECT_EQ(test.machine->virtual_time_ns(), 8u + 100000 + 7);
}

TEST(MachineTest, WfiWithoutAnythingToWaitForHalts) {
  TestMachine test({Csrw(kMie, 0), kWfi});
  // mtimecmp is 0: the interrupt is pending, but not enabled.
  EXPECT_EQ(test.Run(), RunEnd::kHalted);
  EXPECT_EQ(test.machine->hart().icount(), 2u);
}

TEST(MachineTest, HandlerThatCannotBeFetchedHalts) {
  TestMachine test({0x00000000});  // illegal; mtvec is 0, where nothing is
  EXPECT_EQ(test.Run(), RunEnd::kHalted);
  EXPECT_EQ(test.machine->hart().icount(), 1u);
}

TEST(MachineTest, FinisherEndsTheRunAtItsStore) {
  TestMachine test(
      {Lui(kT0, 0x100), Lui(kT1, 0x23), Addi(kT1, kT1, 0x333), Sw(kT0, kT1, 0), kJumpToSelf});
  EXPECT_EQ(test.Run(), RunEnd::kExit);
  EXPECT_EQ(test.machine->exit_code(), 2) << "upper half of 0x23333";
  EXPECT_EQ(test.machine->hart().icount(), 4u);
  EXPECT_EQ(test.Run(), RunEnd::kExit) << "for good";
}

// Prints 'a', then resets through the finisher.
std::vector<uint32_t> ResetProgram() {
  return {Lui(kT0, 0x10000), Addi(kT1, 0, 'a'),     Sb(kT0, kT1, 0), Lui(kT0, 0x100),
          Lui(kT1, 0x7),     Addi(kT1, kT1, 0x777), Sw(kT0, kT1, 0), kJumpToSelf};
}

TEST(MachineTest, ResetStartsAgainAndCountsOn) {
  TestMachine test(ResetProgram());
  int slices = 0;  // a count that starts again would never reach the limit
  EXPECT_EQ(test.machine->Run(24, [&slices] { return ++slices < 10; }), RunEnd::kLimit);
  EXPECT_EQ(test.printed, "aaaa");
  EXPECT_EQ(test.machine->hart().icount(), 24u);
  EXPECT_EQ(test.recorder.resets, (std::vector<uint64_t>{7, 14, 21}));
  EXPECT_EQ(test.machine->virtual_time_ns(), 24u);
}

TEST(MachineTest, NoRebootExitsInstead) {
  MachineOptions options;
  options.exit_on_reset = true;
  TestMachine test(ResetProgram(), options);
  EXPECT_EQ(test.Run(), RunEnd::kExit);
  EXPECT_EQ(test.machine->exit_code(), 0);
  EXPECT_EQ(test.printed, "a");
}

TEST(MachineTest, LimitIsExactAndGoesOn) {
  for (uint32_t limit : {1u, 7u, 64u}) {
    MachineOptions options;
    options.max_block_insns = limit;
    TestMachine test({Addi(kT0, kT0, 1), Addi(kT0, kT0, 1), 0xff9ff06f /* j -8 */}, options);
    EXPECT_EQ(test.Run(100), RunEnd::kLimit);
    EXPECT_EQ(test.machine->hart().icount(), 100u);
    EXPECT_EQ(test.machine->hart().x(kT0), 67u);
    EXPECT_EQ(test.Run(2'500'000), RunEnd::kLimit);
    EXPECT_EQ(test.machine->hart().icount(), 2'500'000u);
  }
}

TEST(MachineTest, StopsWhenAsked) {
  TestMachine test({kJumpToSelf});
  int calls = 0;
  EXPECT_EQ(test.machine->Run(UINT64_MAX, [&calls] { return ++calls < 3; }), RunEnd::kAsked);
  EXPECT_EQ(test.machine->hart().icount(), 2 * Machine::kSliceInsns);
}

// Prints a prompt, then polls the port and echoes until 'q'.
std::vector<uint32_t> EchoProgram() {
  return {
      Lui(kT0, 0x10000), Addi(kT1, 0, '>'), Sb(kT0, kT1, 0),
      0x0052c303,  // poll: lbu t1, 5(t0)
      0x00137313,  // andi t1, t1, 1
      0xfe030ce3,  // beqz t1, poll
      0x0002c303,  // lbu t1, 0(t0)
      Sb(kT0, kT1, 0),   Addi(kT2, 0, 'q'),
      0xfe7314e3,  // bne t1, t2, poll
      Lui(kT0, 0x100),   Lui(kT1, 0x5),     Addi(kT1, kT1, 0x555), Sw(kT0, kT1, 0), kJumpToSelf,
  };
}

TEST(MachineTest, ScriptedInputComesAtTheSameInstructionWhateverTheBlocks) {
  std::map<uint64_t, int> icounts;
  for (uint32_t limit : {1u, 2u, 7u, 64u, 65535u}) {
    MachineOptions options;
    options.max_block_insns = limit;
    options.script = "expect >\nsend ab\ndelay-insns 12345\nsend \"q\"";
    TestMachine test(EchoProgram(), options);
    EXPECT_EQ(test.Run(), RunEnd::kExit);
    EXPECT_EQ(test.printed, ">abq");
    ++icounts[test.machine->hart().icount()];
  }
  EXPECT_EQ(icounts.size(), 1u);
  EXPECT_GT(icounts.begin()->first, 12345u);
}

// Reads mhartid into t0; hart 0 goes on with the fourth instruction, the others with the third.
constexpr uint32_t kReadHartId = 0xf14022f3, kSkipOneIfHart0 = 0x00028463;

TEST(SmpTest, TurnsAreExactlyTheQuantum) {
  std::vector<std::pair<uint32_t, uint64_t>> reference;
  for (uint32_t block : {1u, 3u, 64u}) {
    MachineOptions options;
    options.harts = 3;
    options.quantum = 7;
    options.max_block_insns = block;
    TestMachine test({Addi(kT0, kT0, 1), Addi(kT0, kT0, 1), 0xff9ff06f /* j -8 */}, options);
    // Where a run stops does not matter to the turns.
    for (uint64_t limit : {5u, 7u, 8u, 50u, 105u}) {
      EXPECT_EQ(test.Run(limit), RunEnd::kLimit);
      EXPECT_EQ(test.machine->step(), limit);
    }
    for (unsigned hart = 0; hart < 3; ++hart) EXPECT_EQ(test.machine->hart(hart).icount(), 35u);
    EXPECT_EQ(test.machine->virtual_time_ns(), 105u) << "the sum";
    if (reference.empty()) reference = test.recorder.turns;
    EXPECT_EQ(test.recorder.turns, reference);
  }
  ASSERT_EQ(reference.size(), 16u) << "the first, and one after each";
  for (uint64_t turn = 0; turn < reference.size(); ++turn) {
    EXPECT_EQ(reference[turn].first, turn % 3);
    EXPECT_EQ(reference[turn].second, 7 * (turn - turn / 3)) << turn;
  }
}

TEST(SmpTest, StopsAtOneHartsCount) {
  MachineOptions options;
  options.harts = 2;
  options.quantum = 10;
  TestMachine test({kJumpToSelf}, options);
  Machine::Limit limit;
  limit.hart = 1;
  limit.icount = 13;
  EXPECT_EQ(test.machine->Run(limit, [] { return true; }), RunEnd::kLimit);
  EXPECT_EQ(test.machine->hart(0).icount(), 20u);
  EXPECT_EQ(test.machine->hart(1).icount(), 13u);
  EXPECT_EQ(test.machine->current_hart(), 1u);
  EXPECT_EQ(test.Run(43), RunEnd::kLimit);
  EXPECT_EQ(test.machine->hart(0).icount(), 23u) << "the turn went on where it was";
  EXPECT_EQ(test.machine->hart(1).icount(), 20u);
}

TEST(SmpTest, AHartThatWaitsYieldsItsTurn) {
  MachineOptions options;
  options.harts = 2;
  options.quantum = 50;
  // Hart 1 waits for ever; hart 0 counts.
  TestMachine test({kReadHartId, kSkipOneIfHart0, kWfi, kJumpToSelf}, options);
  EXPECT_EQ(test.Run(1003), RunEnd::kLimit);
  EXPECT_EQ(test.machine->hart(1).icount(), 3u);
  EXPECT_EQ(test.machine->hart(0).icount(), 1000u);
}

TEST(SmpTest, WhenAllWaitTimeJumpsToTheFirstTimer) {
  MachineOptions options;
  options.harts = 2;
  options.quantum = 5;
  // Hart 0 sets its timer and waits for it, hart 1 just waits. The handler stays where it is.
  std::vector<uint32_t> program = TimerProgram(1000, {kWfi});
  const std::vector<uint32_t> head = {kReadHartId, kSkipOneIfHart0, kWfi};
  program.insert(program.begin(), head.begin(), head.end());
  program.erase(program.end() - 4, program.end() - 1);
  TestMachine test(program, options);
  EXPECT_EQ(test.Run(30), RunEnd::kLimit);
  ASSERT_EQ(test.recorder.interrupts.size(), 1u);
  EXPECT_EQ(test.recorder.interrupts[0].first, 15u) << "right after the wfi";
  EXPECT_EQ(test.machine->hart(1).icount(), 3u);
  // The write is hart 0's tenth instruction, after three of hart 1: 13 ns. The interrupt comes 1000
  // ticks later; then 12 more instructions.
  EXPECT_EQ(test.machine->virtual_time_ns(), 13u + 100000 + 12);
}

TEST(SmpTest, HaltsWhenNothingCanWakeAnyHart) {
  MachineOptions options;
  options.harts = 4;
  TestMachine test({Csrw(kMie, 0), kWfi, kJumpToSelf}, options);
  EXPECT_EQ(test.Run(), RunEnd::kHalted);
  EXPECT_EQ(test.machine->step(), 8u);
  // One that traps for ever, of which time does not pass, and one that waits.
  options.harts = 2;
  TestMachine stuck({kReadHartId, kSkipOneIfHart0, kWfi, 0x00000000}, options);
  EXPECT_EQ(stuck.Run(), RunEnd::kHalted);
  EXPECT_EQ(stuck.machine->hart(0).icount(), 3u);
  EXPECT_EQ(stuck.machine->hart(1).icount(), 3u);
  // With one that works beside it the machine goes on.
  TestMachine busy({kReadHartId, kSkipOneIfHart0, kJumpToSelf, 0x00000000}, options);
  EXPECT_EQ(busy.Run(100'000), RunEnd::kLimit);
  EXPECT_EQ(busy.machine->hart(0).icount(), 3u);
}

TEST(SmpTest, AResetIsOfAllHarts) {
  MachineOptions options;
  options.harts = 2;
  options.quantum = 1000;
  // Hart 1 waits; hart 0 resets with its seventh instruction.
  TestMachine test({kReadHartId, kSkipOneIfHart0, kWfi, Lui(kT0, 0x100), Lui(kT1, 0x7),
                    Addi(kT1, kT1, 0x777), Sw(kT0, kT1, 0), kJumpToSelf},
                   options);
  EXPECT_EQ(test.Run(15), RunEnd::kLimit);
  EXPECT_EQ(test.recorder.resets, (std::vector<uint64_t>{6, 0, 12, 0}));
  EXPECT_EQ(test.machine->hart(0).icount(), 15u);
}

TEST(SmpTest, TheMachineEndsForAllHarts) {
  MachineOptions options;
  options.harts = 2;
  options.quantum = 10;
  // Hart 1 powers off, hart 0 spins.
  TestMachine test({kReadHartId, 0x00029463 /* bnez t0, +8 */, kJumpToSelf, Lui(kT0, 0x100),
                    Lui(kT1, 0x5), Addi(kT1, kT1, 0x555), Sw(kT0, kT1, 0), kJumpToSelf},
                   options);
  EXPECT_EQ(test.Run(), RunEnd::kExit);
  EXPECT_EQ(test.machine->hart(0).icount(), 10u);
  EXPECT_EQ(test.machine->hart(1).icount(), 6u);
}

}  // namespace
}  // namespace lockstep::machine

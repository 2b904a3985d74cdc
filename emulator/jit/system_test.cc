// Programs that trap from U to S mode and back do the same on both engines: what of that has host
// code of its own, and what keeps it from being used.

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "emulator/cpu/hart.h"
#include "emulator/cpu/hart_state.h"
#include "emulator/cpu/testing/encode.h"
#include "emulator/cpu/testing/flat_machine.h"

namespace lockstep::jit {
namespace {

using namespace cpu::testing;  // NOLINT: instruction encoders
using cpu::Hart;
using cpu::HartConfig;

constexpr uint64_t kBase = FlatMachine::kRamBase;
constexpr uint64_t kMachineHandler = kBase + 0x100, kSupervisorHandler = kBase + 0x400,
                   kUser = kBase + 0x1000, kFrame = kBase + 0x2000;
constexpr uint32_t kSstatus = 0x100, kSscratch = 0x140, kSepc = 0x141, kScause = 0x142,
                   kStval = 0x143, kMepc = 0x341;
constexpr Reg a6 = static_cast<Reg>(16), t3 = static_cast<Reg>(28);

constexpr uint32_t WithImmediate(uint32_t csr_word, uint32_t value) {
  return (csr_word & ~(31u << 15)) | value << 15 | 4u << 12;
}

struct Variant {
  std::string name;
  uint64_t mstatus = 0;         // set from the beginning
  uint64_t medeleg = 1u << 8;   // ecall of U mode
  uint64_t handler_sets = 0;    // in sstatus, before sret
  uint64_t handler_clears = 0;  // likewise
};

// The handlers, and a program that counts in a0 and calls.
void Load(const Variant& variant, FlatMachine* machine) {
  machine->StoreCode(kMachineHandler,
                     {Csrrs(t3, kMepc, zero), Addi(t3, t3, 4), Csrrw(zero, kMepc, t3), kMret});
  machine->StoreCode(
      kSupervisorHandler,
      {Csrrw(sp, kSscratch, sp), Sd(a0, 0, sp), Csrrs(t0, kSepc, zero), Csrrs(t1, kScause, zero),
       0x00034463 /* bltz t1, over the next */, Addi(t0, t0, 4), Csrrw(zero, kSepc, t0),
       Csrrs(t2, kSstatus, zero), 0x00770733 /* add a4,a4,t2 */, Csrrs(t2, kStval, t1),
       WithImmediate(Csrrs(t2, kSstatus, zero), 2), 0x00770733,
       WithImmediate(Csrrc(t2, kSstatus, zero), 2), 0x00770733, Csrrs(zero, kSstatus, a5),
       Csrrc(zero, kSstatus, a6), Ld(a0, 0, sp), Csrrw(sp, kSscratch, sp), kSret});
  machine->StoreCode(
      kUser, {Addi(a0, a0, 1), Addi(a1, a1, 3), kEcall, Addi(a1, a1, 5), kEcall, JumpBack(20)});
  Hart& hart = machine->hart();
  constexpr uint64_t kPrologue = kBase + 0x800;
  // pmpaddr0, pmpcfg0, mtvec, stvec, medeleg, mideleg, mie, sscratch, mepc, mstatus.
  const std::vector<std::pair<uint32_t, uint64_t>> setup = {
      {0x3b0, ~uint64_t{0}},    {0x3a0, 0x1f},
      {0x305, kMachineHandler}, {0x105, kSupervisorHandler},
      {0x302, variant.medeleg}, {0x303, 0x222},
      {0x304, 0xaaa},           {kSscratch, kFrame},
      {kMepc, kUser},           {0x300, uint64_t{0xa} << 32 | 1u << 13 | variant.mstatus}};
  uint64_t pa = kPrologue;
  for (const auto& [number, value] : setup) {
    machine->StoreCode(pa, {Csrrw(zero, number, a0)});
    pa += 4;
  }
  machine->StoreCode(pa, {kMret});
  hart.Reset(kPrologue);
  for (const auto& [number, value] : setup) {
    hart.set_x(a0, value);
    hart.Run(hart.icount() + 1);
  }
  hart.Run(hart.icount() + 1);
  hart.set_x(a0, 0);
  hart.set_x(a5, variant.handler_sets);
  hart.set_x(a6, variant.handler_clears);
}

const Variant kVariants[] = {
    {.name = "plain"},
    {.name = "sum", .mstatus = cpu::kMstatusSum},
    {.name = "float_dirty", .mstatus = cpu::kMstatusFs},
    {.name = "not_delegated", .medeleg = 0},
    {.name = "sret_is_trapped", .mstatus = cpu::kMstatusTsr},
    {.name = "to_supervisor", .handler_sets = cpu::kMstatusSpp},
    {.name = "without_interrupts", .handler_clears = cpu::kMstatusSpie},
    {.name = "with_interrupts", .handler_sets = cpu::kMstatusSie},
    {.name = "sum_goes", .mstatus = cpu::kMstatusSum, .handler_clears = cpu::kMstatusSum},
};

void PrintTo(const Variant& variant, std::ostream* out) { *out << variant.name; }

class SystemTest : public ::testing::TestWithParam<Variant> {};

TEST_P(SystemTest, BothEnginesGoTheSameWay) {
  HartConfig plain, jit;
  jit.engine = cpu::Engine::kJit;
  jit.jit.threshold = 1;
  jit.jit.verify = true;
  const absl::Status host = Hart::Check(jit);
  if (!host.ok()) GTEST_SKIP() << host;
  FlatMachine interpreted(plain), translated(jit);
  Load(GetParam(), &interpreted);
  Load(GetParam(), &translated);
  const auto& names = Hart::RegisterNames();
  for (uint64_t piece = 0; piece < 400; ++piece) {
    // Of odd lengths, so that they end anywhere; now and then with an interrupt for S mode.
    const uint64_t stop = interpreted.hart().icount() + (piece % 50 == 0 ? 3001 : piece % 37 + 1);
    for (FlatMachine* machine : {&interpreted, &translated}) {
      machine->hart().SetInterruptLines(cpu::kMipSeip, piece % 20 == 7 ? cpu::kMipSeip : 0);
      machine->hart().Run(stop);
    }
    ASSERT_EQ(interpreted.hart().icount(), translated.hart().icount());
    const auto want = interpreted.hart().Registers(), got = translated.hart().Registers();
    for (size_t i = 0; i < names.size(); ++i) {
      ASSERT_EQ(want[i], got[i]) << names[i] << " after " << stop;
    }
    ASSERT_EQ(interpreted.hart().stats().exceptions, translated.hart().stats().exceptions);
  }
  EXPECT_EQ(interpreted.hart().stats().interrupts, translated.hart().stats().interrupts);
  EXPECT_GT(interpreted.hart().stats().exceptions, 100u);
}

INSTANTIATE_TEST_SUITE_P(Variants, SystemTest, ::testing::ValuesIn(kVariants),
                         [](const auto& info) { return info.param.name; });

// Of a loop with two calls of S mode nothing returns to the run loop.
TEST(SystemTest, StaysInHostCode) {
  HartConfig config;
  config.engine = cpu::Engine::kJit;
  config.jit.threshold = 1;
  const absl::Status host = Hart::Check(config);
  if (!host.ok()) GTEST_SKIP() << host;
  FlatMachine machine(config);
  Load(Variant{}, &machine);
  machine.hart().Run(10'000);
  const Hart::Stats before = machine.hart().stats();
  machine.hart().Run(20'000);
  const Hart::Stats after = machine.hart().stats();
  EXPECT_GT(after.exceptions - before.exceptions, 300u);
  EXPECT_LE(after.jit.entries - before.jit.entries, 2u);
  EXPECT_LE(after.jit.out_of_line() - before.jit.out_of_line(), 2u);
}

}  // namespace
}  // namespace lockstep::jit

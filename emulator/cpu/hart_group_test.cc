// What harts of one machine do to each other: reservations, translated code, page tables.

#include "emulator/cpu/hart_group.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <memory>
#include <vector>

#include "emulator/cpu/testing/encode.h"
#include "emulator/cpu/testing/flat_machine.h"

namespace lockstep::cpu {
namespace {

using namespace testing;  // NOLINT: instruction encoders

constexpr uint64_t kBase = FlatMachine::kRamBase;
constexpr uint64_t kCell = kBase + 0x4000;
constexpr uint64_t kSecond = kBase + 0x1000;  // where hart 1 begins

// Two harts on one memory.
struct Pair {
  explicit Pair(bool is_group = true, HartConfig config = {}) {
    if (is_group) config.group = Hart::MakeGroup();
    machine = std::make_unique<FlatMachine>(config);
    config.hart_id = 1;
    second = Hart::Create(config, machine.get(), machine.get());
    second->Reset(kSecond);
    for (Hart* hart : {&machine->hart(), second.get()}) {
      hart->set_x(a1, kCell);
      hart->set_x(a3, 0x77);
    }
  }
  void Run(int number, uint64_t insns) {
    Hart& hart = number == 0 ? machine->hart() : *second;
    hart.BeginTurn();
    hart.Run(hart.icount() + insns);
  }
  std::unique_ptr<FlatMachine> machine;
  std::unique_ptr<Hart> second;
};

// What sc gives after lr, a turn of hart 1 with one instruction, and `also`.
uint64_t ScAfter(uint32_t instruction, void (*also)(Pair*) = nullptr) {
  Pair pair;
  pair.machine->Store64(kCell, 0x77);
  pair.machine->StoreCode(kBase, {LrD(a0, a1), ScD(a2, a3, a1)});
  pair.machine->StoreCode(kSecond, {instruction});
  pair.Run(0, 1);
  pair.Run(1, 1);
  if (also != nullptr) also(&pair);
  pair.Run(0, 1);
  return pair.machine->hart().x(a2);
}

TEST(HartGroupTest, AnotherHartsStoreBreaksAReservationWhateverItStores) {
  EXPECT_EQ(ScAfter(kNop), 0u);
  EXPECT_EQ(ScAfter(Ld(a0, 0, a1)), 0u) << "a load";
  EXPECT_EQ(ScAfter(Sd(a3, 0, a1)), 1u) << "the value that is there";
  EXPECT_EQ(ScAfter(Sb(a3, 7, a1)), 1u) << "a byte of it";
  EXPECT_EQ(ScAfter(Sd(a3, 8, a1)), 0u) << "the double word behind";
  EXPECT_EQ(ScAfter(Sd(a3, -8, a1)), 0u) << "the one before";
  EXPECT_EQ(ScAfter(Sd(a3, -4, a1)), 1u) << "one that overlaps";
}

TEST(HartGroupTest, ADevicesWriteBreaksAReservation) {
  EXPECT_EQ(ScAfter(kNop, [](Pair* pair) { pair->machine->hart().InvalidateCode(kCell, 8); }), 1u);
  EXPECT_EQ(ScAfter(kNop, [](Pair* pair) { pair->machine->hart().InvalidateCode(kCell + 8, 8); }),
            0u);
}

TEST(HartGroupTest, AStoreByAnEntryThatIsInTheTlbAlreadyBreaksToo) {
  Pair pair;
  pair.machine->Store64(kCell, 0x77);
  pair.machine->StoreCode(kBase, {LrD(a0, a1), ScD(a2, a3, a1), LrD(a0, a1), ScD(a2, a3, a1)});
  pair.machine->StoreCode(kSecond, {Sd(a3, 0, a1), Sd(a3, 0, a1), Sd(a3, 0, a1)});
  pair.Run(1, 1);
  pair.Run(0, 1);
  pair.Run(1, 1);
  pair.Run(0, 1);
  EXPECT_EQ(pair.machine->hart().x(a2), 1u);
  pair.Run(1, 1);
  pair.Run(0, 2);
  EXPECT_EQ(pair.machine->hart().x(a2), 0u) << "nothing came between";
}

// Round robin of single instructions: of two that contend, exactly one goes through.
TEST(HartGroupTest, OneOfTwoThatContendGoesThrough) {
  Pair pair;
  pair.machine->StoreCode(kBase, {LrD(a0, a1), ScD(a2, a3, a1)});
  pair.machine->StoreCode(kSecond, {LrD(a0, a1), ScD(a2, a3, a1)});
  for (int i = 0; i < 2; ++i) {
    pair.Run(0, 1);
    pair.Run(1, 1);
  }
  EXPECT_EQ(pair.machine->hart().x(a2), 0u);
  EXPECT_EQ(pair.second->x(a2), 1u);
}

// Hart 0 runs an instruction that hart 1 replaces.
TEST(HartGroupTest, CodeThatAnotherHartRanIsSeenToChange) {
  for (const uint32_t block : {1u, 64u}) {
    HartConfig config;
    config.max_block_insns = block;
    Pair pair(true, config);
    pair.machine->StoreCode(kBase, {Addi(a0, a0, 1), Addi(a4, a4, 1), JumpBack(8)});
    pair.machine->StoreCode(kSecond, {Sw(a3, 0, a1), Sw(a3, 0, a1)});
    pair.second->set_x(a1, kBase);
    pair.second->set_x(a3, Addi(a0, a0, 16));
    pair.Run(0, 30);
    EXPECT_EQ(pair.machine->hart().x(a0), 10u);
    pair.Run(1, 1);
    pair.Run(0, 3);
    EXPECT_EQ(pair.machine->hart().x(a0), 26u);
    // The entry of the store TLB is flagged again, although hart 1 has none of the code.
    pair.second->set_x(a3, Addi(a0, a0, 256));
    pair.Run(1, 1);
    pair.Run(0, 3);
    EXPECT_EQ(pair.machine->hart().x(a0), 26u + 256);
  }
}

// Sv39 tables for hart 0, whose loads are made in S mode (MPRV): RAM at its own address, and
// kWindow, whose entry is at kLeaf.
constexpr uint64_t kRoot = kBase + 0x8000, kMiddle = kBase + 0x9000, kLeaf = kBase + 0xa000;
constexpr uint64_t kWindow = 0x40000000;
constexpr uint64_t kPageA = kBase + 0xb000, kPageB = kBase + 0xc000;
constexpr uint64_t kReadWrite = 0x7;

uint64_t Pte(uint64_t pa, uint64_t flags) { return pa >> 2 | flags; }

std::unique_ptr<Pair> TranslatedPair(bool is_group) {
  auto pair = std::make_unique<Pair>(is_group);
  FlatMachine& machine = *pair->machine;
  machine.Store64(kRoot + 8 * 2, Pte(0x80000000, 0xf));
  machine.Store64(kRoot + 8 * 1, Pte(kMiddle, 1));
  machine.Store64(kMiddle, Pte(kLeaf, 1));
  machine.Store64(kLeaf, Pte(kPageA, kReadWrite));
  machine.Store64(kPageA, 0xa);
  machine.Store64(kPageB, 0xb);
  machine.StoreCode(
      kBase, {Csrrw(zero, 0x3b0, a4), Csrrw(zero, 0x3a0, a5), Csrrw(zero, 0x180, t0),
              Csrrw(zero, 0x300, t1), Ld(a0, 0, t2), Ld(a2, 0, t2), Sd(a3, 0, a1), Ld(a2, 0, t2)});
  Hart& hart = machine.hart();
  hart.set_x(a4, ~uint64_t{0});
  hart.set_x(a5, 0x1f);
  hart.set_x(t0, uint64_t{8} << 60 | kRoot >> 12);
  hart.set_x(t1, uint64_t{0xa} << 32 | 1u << 17 | 1u << 11);
  hart.set_x(t2, kWindow);
  machine.StoreCode(kSecond, {Sd(a3, 0, a1)});
  pair->second->set_x(a1, kLeaf);
  pair->second->set_x(a3, Pte(kPageB, kReadWrite));
  pair->Run(0, 5);
  EXPECT_EQ(hart.x(a0), 0xau);
  return pair;
}

TEST(HartGroupTest, AChangedPageTableIsSeenWithoutAFence) {
  const auto pair = TranslatedPair(true);
  pair->Run(1, 1);
  pair->Run(0, 1);
  EXPECT_EQ(pair->machine->hart().x(a2), 0xbu);
}

TEST(HartGroupTest, AHartWithoutAGroupKeepsItsTranslation) {
  const auto pair = TranslatedPair(false);
  pair->Run(1, 1);
  pair->Run(0, 1);
  EXPECT_EQ(pair->machine->hart().x(a2), 0xau);
}

TEST(HartGroupTest, AHartsOwnChangeActsOnItsNextInstruction) {
  const auto pair = TranslatedPair(true);
  Hart& hart = pair->machine->hart();
  hart.set_x(a1, kLeaf);
  hart.set_x(a3, Pte(kPageB, kReadWrite));
  pair->Run(0, 3);
  EXPECT_EQ(hart.x(a2), 0xbu);
}

TEST(HartGroupTest, WhatNobodyUsesFlushesNothing) {
  const auto pair = TranslatedPair(true);
  const uint64_t fills = pair->machine->hart().stats().tlb_fills;
  pair->second->set_x(a1, kLeaf + 8);  // another entry
  pair->Run(1, 1);
  pair->second->Reset(kSecond);
  pair->second->set_x(a1, kLeaf);
  pair->second->set_x(a3, pair->machine->Load64(kLeaf));  // the value that is there
  pair->Run(1, 1);
  pair->Run(0, 1);
  EXPECT_EQ(pair->machine->hart().stats().tlb_fills, fills);
}

TEST(HartGroupTest, ADevicesWriteToAPageTableIsSeen) {
  const auto pair = TranslatedPair(true);
  pair->machine->Store64(kLeaf, Pte(kPageB, kReadWrite));
  pair->machine->hart().InvalidateCode(kLeaf - 8, 0x1010);
  pair->Run(0, 1);
  EXPECT_EQ(pair->machine->hart().x(a2), 0xbu);
}

TEST(HartGroupTest, ResetForgets) {
  Pair pair;
  pair.machine->StoreCode(kBase, {LrD(a0, a1), ScD(a2, a3, a1)});
  pair.Run(0, 1);
  pair.machine->hart().Reset(kBase + 4);
  pair.machine->hart().set_x(a1, kCell);
  pair.Run(0, 1);
  EXPECT_EQ(pair.machine->hart().x(a2), 1u);
}

}  // namespace
}  // namespace lockstep::cpu

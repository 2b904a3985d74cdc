// Random programs of several harts give the same state however they are cut into blocks, whatever
// the TLB's geometry and the engine: harts that store to each other's data, code and page tables,
// reserve, and never fence.

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "emulator/cpu/hart.h"
#include "emulator/cpu/testing/encode.h"
#include "emulator/cpu/testing/flat_machine.h"
#include "emulator/isa/random_encoding.h"

namespace lockstep::cpu {
namespace {

using namespace testing;  // NOLINT: instruction encoders

constexpr uint64_t kBase = FlatMachine::kRamBase;
constexpr uint64_t kHandler = kBase + 0x1000;
constexpr uint64_t kPrologue = kBase + 0x2000;
constexpr uint64_t kShared = kBase + 0x3000;    // a function that harts rewrite
constexpr uint64_t kPrograms = kBase + 0x4000;  // a page for each hart
constexpr uint64_t kRoot = kBase + 0x10000, kMiddle = kBase + 0x11000, kLeaf = kBase + 0x12000;
constexpr uint64_t kPages = kBase + 0x20000;  // of data
constexpr uint64_t kWindow = 0x40000000;      // where they are mapped
constexpr unsigned kHarts = 3, kWindowPages = 4;
constexpr uint64_t kTurns = 200;

// Registers of the programs: x8..x15 data, x16..x19 into the window, x20 the shared function, x21
// the leaf page table, x22 and x23 instructions, x24..x26 page-table entries.
constexpr Reg kWindows = static_cast<Reg>(16), kCode = static_cast<Reg>(20),
              kTable = static_cast<Reg>(21), kInstructions = static_cast<Reg>(22),
              kPtes = static_cast<Reg>(24);

Reg Nth(Reg first, uint64_t n) { return static_cast<Reg>(first + n); }

uint32_t RandomInstruction(uint64_t* random) {
  const auto pick = [random](uint64_t n) { return isa::NextRandom(*random) % n; };
  const Reg data = Nth(static_cast<Reg>(8), pick(8)), other = Nth(static_cast<Reg>(8), pick(8));
  const Reg window = Nth(kWindows, pick(4));
  const int32_t offset = static_cast<int32_t>(8 * pick(4));
  const uint32_t atomic = 0x302f | window << 15 | data << 7;
  switch (pick(16)) {
    case 0:
    case 1:
      return Ld(data, offset, window);
    case 2:
    case 3:
      return Sd(data, offset, window);
    case 4:
      return Lw(data, offset + 4, window);
    case 5:
      return Sw(data, offset + 4, window);
    case 6:
    case 7:
      return atomic | 0x10000000;  // lr.d
    case 8:
    case 9:
      return atomic | 0x18000000 | other << 20;  // sc.d
    case 10:
      return atomic | other << 20;  // amoadd.d
    case 11:
      return Sw(Nth(kInstructions, pick(2)), static_cast<int32_t>(4 * pick(2)), kCode);
    case 12:
      // An entry of the window: one page or another, read-only, or none.
      return Sd(pick(4) == 0 ? zero : Nth(kPtes, pick(3)),
                static_cast<int32_t>(8 * pick(kWindowPages)), kTable);
    case 13:
      return Jalr(ra, kCode);
    default:
      return Addi(data, other, static_cast<int32_t>(pick(100)));
  }
}

uint64_t Pte(uint64_t pa, uint64_t flags) { return pa >> 2 | flags; }

void StoreTables(FlatMachine* machine) {
  machine->Store64(kRoot + 8 * 2, Pte(0x80000000, 0xcf));
  machine->Store64(kRoot + 8 * 1, Pte(kMiddle, 1));
  machine->Store64(kMiddle, Pte(kLeaf, 1));
  for (uint64_t page = 0; page < kWindowPages; ++page) {
    machine->Store64(kLeaf + 8 * page, Pte(kPages + 0x1000 * page, 7));
  }
}

void StoreCode(FlatMachine* machine, uint64_t* random) {
  constexpr Reg t6 = static_cast<Reg>(31);
  // Goes on behind an instruction that trapped.
  machine->StoreCode(kHandler, {Csrrw(t6, 0x340, t6), Csrrs(t6, 0x341, zero), Addi(t6, t6, 4),
                                Csrrw(zero, 0x341, t6), Csrrw(t6, 0x340, t6), kMret});
  machine->StoreCode(
      kPrologue, {Csrrw(zero, 0x305, a0), Csrrw(zero, 0x3b0, a1), Csrrw(zero, 0x3a0, a2),
                  Csrrw(zero, 0x341, a3), Csrrw(zero, 0x300, a4), Csrrw(zero, 0x180, a5), kMret});
  machine->StoreCode(kShared, {Addi(a0, a0, 1), Addi(a1, a1, 1), Jalr(zero, ra)});
  constexpr uint32_t kWords = 120;
  for (unsigned hart = 0; hart < kHarts; ++hart) {
    for (uint32_t word = 0; word < kWords; ++word) {
      machine->Store32(kPrograms + 0x1000 * hart + 4 * word, RandomInstruction(random));
    }
    machine->Store32(kPrograms + 0x1000 * hart + 4 * kWords, JumpBack(4 * kWords));
  }
}

void Begin(Hart* hart, unsigned number) {
  hart->Reset(kPrologue);
  hart->set_x(a0, kHandler);
  hart->set_x(a1, ~uint64_t{0});
  hart->set_x(a2, 0x1f);
  hart->set_x(a3, kPrograms + 0x1000 * number);
  hart->set_x(a4, uint64_t{0xa} << 32 | 1u << 11);
  hart->set_x(a5, uint64_t{8} << 60 | kRoot >> 12);
  hart->Run(hart->icount() + 7);
  for (int i = 0; i < 4; ++i) hart->set_x(kWindows + i, kWindow + 0x1000u * i);
  hart->set_x(kCode, kShared);
  hart->set_x(kTable, kLeaf);
  hart->set_x(kInstructions, Addi(a0, a0, 3));
  hart->set_x(kInstructions + 1, Addi(a1, a1, 5));
  hart->set_x(kPtes, Pte(kPages, 7));
  hart->set_x(kPtes + 1, Pte(kPages + 0x1000, 7));
  hart->set_x(kPtes + 2, Pte(kPages + 0x2000, 3));
}

struct Outcome {
  std::vector<std::vector<uint64_t>> registers;  // by hart
  std::vector<observe::Digests> digests;
  std::vector<uint8_t> ram;
  uint64_t exceptions = 0;
  uint64_t tlb_fills = 0;
  friend bool operator==(const Outcome& a, const Outcome& b) {
    return a.registers == b.registers && a.digests == b.digests && a.ram == b.ram &&
           a.exceptions == b.exceptions;
  }
};

// In turns of `quantum` instructions, each in pieces of `stride`.
Outcome RunProgram(uint64_t seed, uint64_t quantum, HartConfig config, uint64_t stride) {
  uint64_t random = seed;
  FlatMachine machine(config);
  std::vector<std::unique_ptr<Hart>> others;
  std::vector<Hart*> harts = {&machine.hart()};
  for (unsigned number = 1; number < kHarts; ++number) {
    config.hart_id = number;
    others.push_back(Hart::Create(config, &machine, &machine));
    harts.push_back(others.back().get());
  }
  StoreTables(&machine);
  StoreCode(&machine, &random);
  for (unsigned number = 0; number < kHarts; ++number) Begin(harts[number], number);
  for (uint64_t turn = 0; turn < kTurns; ++turn) {
    Hart& hart = *harts[turn % kHarts];
    hart.BeginTurn();
    const uint64_t end = hart.icount() + quantum;
    while (hart.icount() < end) hart.Run(std::min(hart.icount() + stride, end));
  }
  Outcome outcome;
  for (Hart* hart : harts) {
    outcome.registers.push_back(hart->Registers());
    outcome.digests.push_back(hart->digests());
    outcome.exceptions += hart->stats().exceptions;
    outcome.tlb_fills += hart->stats().tlb_fills;
  }
  outcome.ram.assign(machine.ram().begin(), machine.ram().end());
  return outcome;
}

struct Variant {
  std::string name;
  uint32_t block, tlb, victims;
  uint64_t stride;
  Engine engine = Engine::kInterpreter;
};

std::vector<Variant> Variants() {
  std::vector<Variant> variants = {{"tiny", 1, 1, 0, 1000},
                                   {"odd", 7, 4, 1, 17},
                                   {"large", 65535, 4096, 64, 3},
                                   {"single", 64, 2, 8, 1}};
  HartConfig jit;
  jit.engine = Engine::kJit;
  if (Hart::Check(jit).ok()) {
    variants.push_back({"jit", 64, 256, 8, 1000, Engine::kJit});
    variants.push_back({"jit tiny", 5, 1, 0, 13, Engine::kJit});
  }
  return variants;
}

HartConfig ConfigOf(const Variant& variant, bool is_group, bool digests) {
  HartConfig config;
  config.max_block_insns = variant.block;
  config.tlb_entries = config.max_tlb_entries = variant.tlb;
  config.victim_entries = variant.victims;
  config.engine = variant.engine;
  config.jit.threshold = 1;
  config.digests = digests;
  if (is_group) config.group = Hart::MakeGroup();
  return config;
}

const Variant kReference = {"reference", 64, 256, 8, 1000};

TEST(GroupEquivalenceTest, GeometryCutsAndEngineChangeNothing) {
  uint64_t exceptions = 0, fills = 0, reference_fills = 0;
  for (uint64_t seed = 1; seed <= 25; ++seed) {
    const uint64_t quantum = seed % 3 == 0 ? 1 : 20 + seed;
    for (const bool digests : {false, true}) {
      const Outcome reference =
          RunProgram(seed, quantum, ConfigOf(kReference, true, digests), 1000);
      exceptions += reference.exceptions;
      reference_fills += reference.tlb_fills;
      for (const Variant& variant : Variants()) {
        const Outcome other =
            RunProgram(seed, quantum, ConfigOf(variant, true, digests), variant.stride);
        EXPECT_TRUE(other == reference) << "seed " << seed << " " << variant.name;
        fills = std::max(fills, other.tlb_fills);
      }
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(exceptions, 1000u);
  EXPECT_GT(fills, reference_fills / 50) << "the geometry made no difference to the TLB";
}

// The programs are of the kind that shows a difference: without a group there is one.
TEST(GroupEquivalenceTest, HartsThatKnowNothingOfEachOtherDiffer) {
  int different = 0;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    const Variant tiny = Variants().front();
    const Outcome a = RunProgram(seed, 50, ConfigOf(kReference, false, false), 1000);
    const Outcome b = RunProgram(seed, 50, ConfigOf(tiny, false, false), 1000);
    different += !(a == b);
  }
  EXPECT_GT(different, 0);
}

}  // namespace
}  // namespace lockstep::cpu

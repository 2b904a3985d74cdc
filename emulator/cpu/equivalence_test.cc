// Random programs give the same state on both engines, however they are cut into blocks and
// whatever the TLB's geometry: registers, memory, digests, counts and traps. The digests that are
// kept by writes are those of the state from scratch.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "emulator/cpu/hart.h"
#include "emulator/cpu/testing/encode.h"
#include "emulator/cpu/testing/flat_machine.h"
#include "emulator/isa/inst.h"
#include "emulator/isa/random_encoding.h"

namespace lockstep::cpu {
namespace {

using namespace testing;  // NOLINT: instruction encoders

constexpr uint64_t kBase = FlatMachine::kRamBase;
constexpr uint64_t kHandler = kBase;            // trap handler
constexpr uint64_t kProgram = kBase + 0x10000;  // random words, 16 KiB
constexpr uint64_t kProgramBytes = 0x4000;
constexpr uint64_t kTables = kBase + 0x40000;  // page tables, unreachable from S mode
constexpr uint64_t kInsns = 6000;

// Where a program begins: in M mode without translation, or in S mode under a paging mode.
struct Setting {
  uint64_t seed;
  unsigned satp_mode;  // 0: M mode
};

// CSRs that a random program may name. The others would end most programs early: a changed mtvec
// or PMP leaves no handler to fetch.
constexpr uint16_t kCsrs[] = {0x001, 0x002, 0x003, 0x100, 0x104, 0x106, 0x140, 0x141, 0x142, 0x143,
                              0x144, 0x300, 0x302, 0x303, 0x304, 0x306, 0x323, 0x340, 0x342, 0x343,
                              0x344, 0xb00, 0xb02, 0xb03, 0xc00, 0xc01, 0xc02, 0xf14, 0x7ff, 0x3b9};

uint32_t RandomWord(uint64_t& random) {
  const isa::Op op = static_cast<isa::Op>(1 + isa::NextRandom(random) %
                                                  (static_cast<uint64_t>(isa::Op::kCount) - 1));
  if (op == isa::Op::kWfi) return kNop;
  uint32_t word = isa::RandomEncoding(op, random);
  if (isa::ClassOf(op) == isa::Class::kCsr) {
    word = (word & 0xfffff) | uint32_t{kCsrs[isa::NextRandom(random) % std::size(kCsrs)]} << 20;
  }
  return word;
}

// Brings mepc back into the program, on an even address; from S mode it returns to S mode. The
// handler may lose two registers; a random program does not care.
void StoreHandler(FlatMachine* machine, bool to_supervisor) {
  constexpr Reg t5 = static_cast<Reg>(30), t6 = static_cast<Reg>(31);
  machine->StoreCode(kHandler, {Lui(t5, 0x20),
                                Csrrc(zero, 0x300, t5),  // MPRV off
                                Csrrs(t6, 0x341, zero),
                                Addi(t6, t6, 2),
                                Lui(t5, 0x4),
                                Addi(t5, t5, -2),
                                0x01efffb3 /* and t6,t6,t5 */,
                                Lui(t5, 0x10),
                                0x01ef8fb3 /* add t6,t6,t5 */,
                                Addi(t5, zero, 1),
                                Slli(t5, t5, 31),
                                0x01ef8fb3,
                                Csrrw(zero, 0x341, t6),
                                Lui(t5, 2),
                                Addi(t5, t5, -2048),
                                Csrrc(zero, 0x300, t5),  // MPP
                                to_supervisor ? Addi(t5, t5, 2047) : kNop,
                                to_supervisor ? Lui(t5, 1) : kNop,
                                to_supervisor ? Addi(t5, t5, -2048) : kNop,
                                Csrrs(zero, 0x300, t5),
                                kMret});
}

// Page tables: RAM (without the tables) at its own address and again, page-swapped, at kAlias; the
// device page at its own. Returns satp.
uint64_t StorePageTables(FlatMachine* machine, unsigned mode, uint64_t* random) {
  const unsigned levels = mode - 8 + 3;
  uint64_t next_table = kTables;
  const auto new_table = [&] {
    const uint64_t table = next_table;
    next_table += 0x1000;
    return table;
  };
  const uint64_t root = new_table();
  const auto map = [&](uint64_t va, uint64_t pa, uint64_t flags) {
    uint64_t table = root;
    for (unsigned level = levels - 1;; --level) {
      const uint64_t slot = table + (va >> (12 + 9 * level) & 511) * 8;
      if (level == 0) {
        machine->Store64(slot, pa >> 2 | flags);
        return;
      }
      if (machine->Load64(slot) == 0) machine->Store64(slot, new_table() >> 2 | 1);
      table = (machine->Load64(slot) >> 10) << 12;
    }
  };
  for (uint64_t pa = kBase; pa < kTables; pa += 0x1000) {
    const bool is_program = pa >= kProgram && pa < kProgram + kProgramBytes;
    // V R W X always for the program; else some without W or X. A and D are set by hardware.
    const uint64_t flags = is_program ? 0xf : 0x3 | (isa::NextRandom(*random) & 0xc);
    map(pa, pa, flags);
    map(0x40000000 + ((pa - kBase) ^ 0x1000), pa, 0x7);
  }
  map(FlatMachine::kDeviceBase, FlatMachine::kDeviceBase, 0x7);
  return uint64_t{mode} << 60 | root >> 12;
}

// Checks at every block entry that the kept digests are those of the state, and sums up events
// that must not depend on geometry.
class Checker : public observe::Observer {
 public:
  explicit Checker(Hart* hart) : hart_(hart) {}
  void BlockTranslated(uint32_t, const observe::BlockView&) override {}
  void BlockEntered(uint32_t, uint32_t, uint64_t, const observe::Digests& digests) override {
    ++entries;
    if (digests != hart_->digests()) ++wrong_digests;
  }
  void Event(uint32_t, observe::EventKind kind, uint64_t icount,
             std::span<const uint64_t> fields) override {
    if (kind == observe::EventKind::kTlbFill) return;
    events.push_back(static_cast<uint64_t>(kind));
    events.push_back(icount);
    events.insert(events.end(), fields.begin(), fields.end());
  }
  void Registers(uint32_t, uint64_t, std::span<const uint64_t>) override {}

  uint64_t entries = 0;
  uint64_t wrong_digests = 0;
  std::vector<uint64_t> events;

 private:
  Hart* hart_;
};

struct Outcome {
  std::vector<uint64_t> registers;
  observe::Digests digests;
  std::vector<uint8_t> ram;
  uint64_t icount = 0;
  uint64_t ran_insns = 0;
  std::vector<uint64_t> events;
  std::vector<uint64_t> device_accesses;
  uint64_t blocks = 0;
  uint64_t exceptions = 0;
  uint64_t tlb_fills = 0;
  jit::Counters jit;
  bool is_stuck = false;  // in fetch faults, whose number is then arbitrary
};

// Runs in pieces of `stride` instructions; the timer line changes every 500.
Outcome RunProgram(const Setting& setting, const HartConfig& config, uint64_t stride,
                   bool is_observed) {
  FlatMachine machine(config);
  uint64_t random = setting.seed;
  StoreHandler(&machine, setting.satp_mode != 0);
  for (uint64_t pa = kProgram; pa < kProgram + kProgramBytes;) {
    const uint32_t word = RandomWord(random);
    const bool fits = pa + 4 <= kProgram + kProgramBytes;
    if (!fits && (word & 3) == 3) continue;
    machine.StoreCode(pa, {word});
    pa += (word & 3) == 3 ? 4 : 2;
  }
  Hart& hart = machine.hart();
  Checker checker(&hart);
  if (is_observed) hart.SetObserver(&checker, false);
  // A prologue sets mtvec and, with paging, satp and S mode; it is part of the run.
  constexpr uint64_t kPrologue = kBase + 0x800;
  machine.StoreCode(
      kPrologue, {Csrrw(zero, 0x305, a0), Csrrw(zero, 0x3b0, a1), Csrrw(zero, 0x3a0, a2),
                  Csrrw(zero, 0x341, a3), Csrrw(zero, 0x300, a4), Csrrw(zero, 0x180, a5), kMret});
  hart.Reset(kPrologue);
  const uint64_t satp =
      setting.satp_mode != 0 ? StorePageTables(&machine, setting.satp_mode, &random) : 0;
  hart.set_x(a0, kHandler);
  hart.set_x(a1, ~uint64_t{0});
  hart.set_x(a2, 0x1f);
  hart.set_x(a3, kProgram);
  hart.set_x(a4, uint64_t{0xa} << 32 | 1u << 13 | (setting.satp_mode != 0 ? 1u << 11 : 3u << 11));
  hart.set_x(a5, satp);
  hart.Run(7);
  // Registers point into RAM, some to the device, some are small.
  for (int i = 1; i < 32; ++i) {
    const uint64_t kind = isa::NextRandom(random) % 8;
    const uint64_t offset = isa::NextRandom(random) % 0x3f000;
    uint64_t value = kBase + offset;
    if (kind == 0) value = FlatMachine::kDeviceBase + (offset & 0xffc);
    if (kind == 1) value = offset & 0xff;
    if (kind == 2) value = isa::NextRandom(random);
    if (kind >= 5 && setting.satp_mode != 0) value = 0x40000000 + offset;
    if (kind >= 4) value &= ~uint64_t{7};
    hart.set_x(i, value);
  }
  bool is_stuck = false;
  while (hart.icount() < kInsns) {
    const uint64_t toggle = (hart.icount() / 500 + 1) * 500;
    const uint64_t before = hart.icount();
    const RunStop stop = hart.Run(std::min({hart.icount() + stride, toggle, kInsns}));
    // Asleep for ever, or the handler cannot be fetched: the program has ended by itself.
    is_stuck = stop == RunStop::kYield && hart.icount() == before;
    if (is_stuck || stop == RunStop::kWaiting) break;
    if (hart.icount() == toggle) {
      hart.SetInterruptLines(kMipMtip | kMipMsip, toggle / 500 % 2 == 0 ? kMipMtip : kMipMsip);
    }
  }
  EXPECT_EQ(checker.wrong_digests, 0u);
  const Hart::Stats stats = hart.stats();
  return {hart.Registers(),
          hart.digests(),
          {machine.ram().begin(), machine.ram().end()},
          hart.icount(),
          hart.ran_insns(),
          checker.events,
          machine.device_accesses(),
          stats.blocks,
          stats.exceptions,
          stats.tlb_fills,
          stats.jit,
          is_stuck};
}

void ExpectSame(const Outcome& a, const Outcome& b, const std::string& what) {
  const auto& names = Hart::RegisterNames();
  for (size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(a.registers[i], b.registers[i]) << names[i] << " " << what;
  }
  EXPECT_EQ(a.icount, b.icount) << what;
  EXPECT_EQ(a.ran_insns, b.ran_insns) << what;
  EXPECT_EQ(a.is_stuck, b.is_stuck) << what;
  if (!a.is_stuck) {
    EXPECT_EQ(a.exceptions, b.exceptions) << what;
  }
  EXPECT_EQ(a.device_accesses, b.device_accesses) << what;
  EXPECT_TRUE(a.ram == b.ram) << what;
}

// The translator with each of its optimisations off in turn, and all on.
std::vector<HartConfig> JitConfigs() {
  std::vector<HartConfig> configs;
  HartConfig config;
  config.engine = Engine::kJit;
  config.jit.threshold = 1;
  config.jit.verify = true;
  configs.push_back(config);
  for (const jit::Switch& option : jit::kSwitches) {
    config.jit.*option.member = false;
    configs.push_back(config);
    config.jit.*option.member = true;
  }
  config.max_block_insns = 7;
  config.tlb_entries = config.max_tlb_entries = 1;
  config.victim_entries = 0;
  configs.push_back(config);
  return configs;
}

class EquivalenceTest : public ::testing::TestWithParam<unsigned> {};

TEST_P(EquivalenceTest, TheTranslatorChangesNothing) {
  const absl::Status host = Hart::Check(JitConfigs().front());
  if (!host.ok()) GTEST_SKIP() << host;
  uint64_t translated = 0, out_of_line = 0;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    const Setting setting{seed * 104729 + GetParam(), GetParam()};
    HartConfig config;
    config.digests = true;
    const Outcome reference = RunProgram(setting, config, kInsns, true);
    size_t number = 0;
    for (HartConfig jit : JitConfigs()) {
      const std::string what = "seed " + std::to_string(seed) + " jit " + std::to_string(number++);
      jit.digests = true;
      // Observed, the run loop has control at each block; not, translations go on to each other.
      const Outcome observed = RunProgram(setting, jit, kInsns, true);
      ExpectSame(reference, observed, what + " observed");
      EXPECT_EQ(reference.digests, observed.digests) << what;
      if (!reference.is_stuck) {
        EXPECT_TRUE(reference.events == observed.events) << what;
      }
      jit.digests = false;
      for (const uint64_t stride : {kInsns, uint64_t{97}}) {
        const Outcome linked = RunProgram(setting, jit, stride, false);
        ExpectSame(reference, linked, what + " stride " + std::to_string(stride));
        translated += linked.jit.insns;
        out_of_line += linked.jit.out_of_line();
      }
      if (HasFailure()) return;
    }
  }
  EXPECT_GT(translated, out_of_line * 2);
}

TEST_P(EquivalenceTest, GeometryAndCutsChangeNothing) {
  uint64_t exceptions = 0, fills_small = 0, fills_large = 0, long_runs = 0;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    const Setting setting{seed * 7919 + GetParam(), GetParam()};
    HartConfig config;
    config.digests = true;
    const Outcome reference = RunProgram(setting, config, kInsns, true);
    long_runs += reference.icount == kInsns;
    exceptions += reference.exceptions;
    fills_large += reference.tlb_fills;
    struct Geometry {
      uint32_t block, tlb, max_tlb, victims;
      uint64_t stride;
      bool observed;
    };
    for (const Geometry& g :
         {Geometry{1, 1, 1, 0, kInsns, true}, Geometry{2, 4, 4, 1, 17, true},
          Geometry{7, 1, 1, 8, kInsns, true}, Geometry{65535, 4096, 4096, 64, 1, true},
          Geometry{64, 2, 2, 0, 3, true}, Geometry{9, 1, 64, 2, 5, true},
          Geometry{64, 256, 256, 8, kInsns, false}}) {
      config.max_block_insns = g.block;
      config.tlb_entries = g.tlb;
      config.max_tlb_entries = g.max_tlb;
      config.victim_entries = g.victims;
      const std::string what = "seed " + std::to_string(seed) + " block " +
                               std::to_string(g.block) + " tlb " + std::to_string(g.tlb) +
                               " stride " + std::to_string(g.stride);
      const Outcome other = RunProgram(setting, config, g.stride, g.observed);
      ExpectSame(reference, other, what);
      EXPECT_EQ(reference.digests, other.digests) << what;
      if (g.observed && !reference.is_stuck) {
        EXPECT_TRUE(reference.events == other.events) << what;
      }
      if (g.block == 1) fills_small += other.tlb_fills;
    }
    // Without digests nothing else may change.
    config = HartConfig{};
    ExpectSame(reference, RunProgram(setting, config, kInsns, false), "no digests");
  }
  EXPECT_GT(exceptions, 100u);
  EXPECT_GE(long_runs, 6u);
  EXPECT_GT(fills_small, fills_large) << "the geometry made no difference to the TLB";
}

// A loaded value whose own register is written again at once, so that only its copy is left, with a
// load that misses the TLB each time.
TEST(TranslatorTest, AValueThatOnlyItsCopyKeepsIsRightAfterAMiss) {
  HartConfig config;
  config.engine = Engine::kJit;
  config.jit.threshold = 1;
  config.tlb_entries = config.max_tlb_entries = 1;
  config.victim_entries = 0;
  const absl::Status host = Hart::Check(config);
  if (!host.ok()) GTEST_SKIP() << host;
  FlatMachine machine(config);
  machine.Store64(kBase + 0x2000, 7);
  machine.StoreCode(
      kBase, {Lw(a2, 0, a1), Lw(a5, 0, a0), Addi(a4, a5, 0), Addi(a5, zero, 1), JumpBack(16)});
  Hart& hart = machine.hart();
  hart.set_x(a0, kBase + 0x2000);
  hart.set_x(a1, kBase + 0x4000);
  hart.Run(50);
  hart.set_x(a4, 0);
  hart.Run(100);
  EXPECT_EQ(hart.x(a4), 7u);
  EXPECT_GT(hart.stats().jit.out_of_line(), 5u);
}

INSTANTIATE_TEST_SUITE_P(Modes, EquivalenceTest, ::testing::Values(0u, 8u, 9u, 10u));

}  // namespace
}  // namespace lockstep::cpu

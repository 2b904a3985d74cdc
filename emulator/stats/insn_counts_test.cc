// Instructions by operation against a count by one-instruction blocks, on both engines, with
// loops, device accesses, faults within blocks, changed code and limits.

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "emulator/cpu/hart.h"
#include "emulator/cpu/testing/encode.h"
#include "emulator/cpu/testing/flat_machine.h"
#include "emulator/isa/inst.h"
#include "emulator/observe/observer.h"

namespace lockstep::stats {
namespace {

using namespace cpu::testing;  // NOLINT: instruction encoders
using cpu::Hart;
using cpu::HartConfig;

constexpr uint64_t kBase = FlatMachine::kRamBase;
constexpr uint64_t kHandler = kBase + 0x1000;
constexpr uint32_t kMtvec = 0x305, kMepc = 0x341;
constexpr uint64_t kInsns = 20000;

// Decodes each block that is entered, of one instruction.
class Counter : public observe::Observer {
 public:
  std::vector<uint64_t> by_op = std::vector<uint64_t>(static_cast<size_t>(isa::Op::kCount));
  uint64_t entries = 0;

  void BlockTranslated(uint32_t, const observe::BlockView& block) override {
    if (ops_.size() <= block.id) ops_.resize(block.id + 1);
    ASSERT_EQ(block.offsets.size(), 1u);
    uint32_t word = 0;
    std::memcpy(&word, block.code.data(), block.code.size());
    ops_[block.id] = isa::Decode(word).op;
  }
  void BlockEntered(uint32_t, uint32_t id, uint64_t, const observe::Digests&) override {
    ++by_op[static_cast<size_t>(ops_[id])];
    ++entries;
  }
  void Event(uint32_t, observe::EventKind, uint64_t, std::span<const uint64_t>) override {}
  void Registers(uint32_t, uint64_t, std::span<const uint64_t>) override {}

 private:
  std::vector<isa::Op> ops_;
};

void Load(FlatMachine* machine) {
  machine->StoreCode(kBase, {Lui(t0, 0x80001), Slli(t0, t0, 32), 0x0202d293,  // srli t0,t0,32
                             Csrrw(zero, kMtvec, t0), Lui(a0, 0x10000),
                             // From here on again and again: a device read in the middle, an ecall,
                             // a fault in the middle, and a store over the handler's first nop.
                             Addi(a3, a3, 1), Lw(a1, 0, a0), Addi(a3, a3, 1), kCNop, kCNop, kEcall,
                             Addi(a3, a3, 1), Lw(a2, 0, zero), Addi(a3, a3, 1), Lui(t2, 0x13),
                             0x00c3d393,  // srli t2,t2,12: a nop's low half
                             Sh(t2, 0, t0), kIllegal, AmoaddD(a4, a3, zero), JumpBack(52)});
  machine->StoreCode(
      kHandler, {kNop, Csrrs(t1, kMepc, zero), Addi(t1, t1, 4), Csrrw(zero, kMepc, t1), kMret});
}

cpu::InsnCounts CountsOf(HartConfig config, uint64_t stride, Counter* counter) {
  config.count_insns = true;
  FlatMachine machine(config);
  Load(&machine);
  machine.SetObserver(counter, false);
  machine.Restart(kBase);
  // Limits cut blocks.
  for (uint64_t limit = 0; limit < kInsns;) {
    limit = std::min(limit + stride, kInsns);
    EXPECT_EQ(machine.hart().Run(limit), cpu::RunStop::kLimit);
  }
  const uint64_t icount = machine.hart().icount();
  EXPECT_EQ(icount, kInsns);
  const cpu::InsnCounts counts = machine.hart().insn_counts();
  uint64_t sum = 0;
  for (const uint64_t count : counts.by_op) sum += count;
  EXPECT_EQ(sum, icount);
  // A reset loses nothing.
  machine.hart().Reset(kBase);
  EXPECT_EQ(machine.hart().insn_counts().by_op, counts.by_op);
  EXPECT_EQ(machine.hart().insn_counts().block_entries, counts.block_entries);
  return counts;
}

TEST(InsnCountsTest, EqualOneByOne) {
  HartConfig single;
  single.max_block_insns = 1;
  Counter counter;
  const cpu::InsnCounts expected = CountsOf(single, kInsns, &counter);
  EXPECT_EQ(expected.by_op, counter.by_op);
  EXPECT_EQ(expected.block_entries, counter.entries);
  EXPECT_GT(counter.by_op[static_cast<size_t>(isa::Op::kMret)], 100u);
  EXPECT_GT(counter.by_op[static_cast<size_t>(isa::Op::kCAddi)], 100u);
  EXPECT_GT(counter.by_op[static_cast<size_t>(isa::Op::kIllegal)], 100u);

  std::vector<HartConfig> configs(4);
  configs[1].max_block_insns = 5;
  configs[2].engine = cpu::Engine::kJit;
  configs[2].jit.threshold = 1;
  configs[3] = configs[2];
  configs[3].jit.threshold = 7;
  configs[3].jit.link = false;
  for (const HartConfig& config : configs) {
    if (!Hart::Check(config).ok()) continue;
    for (const uint64_t stride : {kInsns, uint64_t{7}, uint64_t{101}}) {
      const cpu::InsnCounts counts = CountsOf(config, stride, nullptr);
      EXPECT_EQ(counts.by_op, expected.by_op) << "stride " << stride;
      EXPECT_LE(counts.block_entries, kInsns);
    }
  }
}

TEST(InsnCountsTest, NothingUnlessAskedFor) {
  FlatMachine machine(HartConfig{});
  Load(&machine);
  machine.hart().Run(100);
  EXPECT_TRUE(machine.hart().insn_counts().by_op.empty());
  EXPECT_EQ(machine.hart().insn_counts().block_entries, 0u);
}

}  // namespace
}  // namespace lockstep::stats

// Which blocks make a region, in which order, and how much each counts.

#include "emulator/jit/region.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <vector>

namespace lockstep::jit {
namespace {

using interp::Block;
using interp::Slot;

constexpr uint64_t kPage = 0x80000000;
constexpr uint32_t kNop = 0x13, kBeq = 0x63, kJal = 0x6f, kJalr = 0x67, kEcall = 0x73;

// Blocks of `n_insns` instructions of four bytes, the last of which is `word`.
class Blocks {
 public:
  Block* Add(uint64_t pc, uint32_t n_insns, uint32_t word, uint64_t target = 0, bool links = false,
             int32_t heat = 16) {
    std::vector<Slot>& slots = slots_.emplace_back(n_insns);
    slots.back().raw = word | (links ? 1u << 7 : 0);
    slots.back().imm = target;
    slots.back().rd = links ? 1 : cpu::HartState::kSink;
    Block& block = blocks_.emplace_back();
    block.pc = pc;
    block.slots = slots.data();
    block.n_insns = n_insns;
    block.n_bytes = 4 * n_insns;
    block.heat = heat;
    by_pc_[pc] = &block;
    return &block;
  }
  std::vector<uint64_t> Grow(Block* entry) {
    region_ = GrowRegion(entry, [this](uint64_t pc) {
      const auto it = by_pc_.find(pc);
      return it == by_pc_.end() ? nullptr : it->second;
    });
    std::vector<uint64_t> pcs;
    for (const Block* block : region_) pcs.push_back(block->pc - kPage);
    return pcs;
  }
  std::vector<uint32_t> Weights() { return WeighBlocks(region_); }

 private:
  std::deque<Block> blocks_;
  std::deque<std::vector<Slot>> slots_;
  std::map<uint64_t, Block*> by_pc_;
  std::vector<Block*> region_;
};

using Pcs = std::vector<uint64_t>;
using Counts = std::vector<uint32_t>;

TEST(RegionTest, ABlockByItself) {
  Blocks blocks;
  EXPECT_EQ(blocks.Grow(blocks.Add(kPage, 2, kJalr)), Pcs{0});
  EXPECT_EQ(blocks.Weights(), Counts{1});
  EXPECT_EQ(blocks.Grow(blocks.Add(kPage, 2, kEcall)), Pcs{0});
  // Nobody has been at its target.
  EXPECT_EQ(blocks.Grow(blocks.Add(kPage, 2, kJal, kPage + 0x100)), Pcs{0});
}

TEST(RegionTest, ALoopWithinALoop) {
  Blocks blocks;
  Block* entry = blocks.Add(kPage, 1, kNop);                  // goes on behind
  blocks.Add(kPage + 0x4, 2, kBeq, kPage + 0x20);             // outer
  blocks.Add(kPage + 0xc, 3, kBeq, kPage + 0xc, false, 100);  // inner
  blocks.Add(kPage + 0x18, 2, kJal, kPage + 0x4, false, 50);  // end of the outer
  blocks.Add(kPage + 0x20, 1, kJalr);
  EXPECT_EQ(blocks.Grow(entry), (Pcs{0, 0x4, 0xc, 0x18, 0x20}));
  EXPECT_EQ(blocks.Weights(), (Counts{1, 8, 64, 8, 1}));
}

TEST(RegionTest, TheHotterWayIsNextInLine) {
  Blocks blocks;
  Block* entry = blocks.Add(kPage, 1, kBeq, kPage + 0x40);
  blocks.Add(kPage + 0x4, 1, kJalr, 0, false, 10);
  blocks.Add(kPage + 0x40, 1, kJalr, 0, false, 11);
  EXPECT_EQ(blocks.Grow(entry), (Pcs{0, 0x40, 0x4}));
}

TEST(RegionTest, ACallComesBack) {
  Blocks blocks;
  Block* entry = blocks.Add(kPage, 1, kJal, kPage + 0x40, true);
  blocks.Add(kPage + 0x4, 1, kJal, kPage);
  blocks.Add(kPage + 0x40, 1, kJalr);
  EXPECT_EQ(blocks.Grow(entry), (Pcs{0, 0x4}));
  EXPECT_EQ(blocks.Weights(), (Counts{8, 8}));
}

TEST(RegionTest, StaysInThePageAndIsBounded) {
  Blocks blocks;
  Block* entry = blocks.Add(kPage + 0xff8, 2, kNop);
  blocks.Add(kPage + 0x1000, 1, kJalr);
  EXPECT_EQ(blocks.Grow(entry), Pcs{0xff8});
  entry = blocks.Add(kPage, 1, kNop);
  for (uint64_t pc = 4; pc < 0x200; pc += 4) blocks.Add(kPage + pc, 1, kNop);
  EXPECT_EQ(blocks.Grow(entry).size(), kMaxRegionBlocks);
  entry = blocks.Add(kPage + 0x800, 200, kJal, kPage + 0x400);
  blocks.Add(kPage + 0x400, kMaxRegionInsns - 200, kJal, kPage);
  EXPECT_EQ(blocks.Grow(entry), (Pcs{0x800, 0x400}));
}

}  // namespace
}  // namespace lockstep::jit

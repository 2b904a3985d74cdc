#include "emulator/jit/region.h"

#include <algorithm>
#include <bit>

#include "emulator/isa/inst.h"
#include "emulator/mem/access.h"

namespace lockstep::jit {
namespace {

using interp::Block;
using isa::Op;

using Mask = uint32_t;  // of blocks of a region
static_assert(kMaxRegionBlocks <= 32);
constexpr int kMaxDepth = 3;

// Where a block goes on; behind a call, where that comes back to.
std::vector<uint64_t> Successors(const Block& block) {
  const interp::Slot& last = block.slots[block.n_insns - 1];
  const uint64_t next = block.pc + block.n_bytes;
  const Op op = isa::BaseOp(isa::Decode(last.raw).op);
  const bool is_call = last.rd != cpu::HartState::kSink;
  switch (isa::ClassOf(op)) {
    case isa::Class::kBranch:
      return {last.imm, next};
    case isa::Class::kJump:
      if (is_call) return {next};
      return op == Op::kJal ? std::vector<uint64_t>{last.imm} : std::vector<uint64_t>{};
    case isa::Class::kSystem:
      return {};
    default:
      return {next};
  }
}

// The masks of blocks that can be reached from each within `allowed`, in one step or more.
std::vector<Mask> Reach(const std::vector<Mask>& edges, Mask allowed) {
  std::vector<Mask> reach(edges.size(), 0);
  for (size_t i = 0; i < edges.size(); ++i) {
    if (allowed >> i & 1) reach[i] = edges[i] & allowed;
  }
  for (size_t via = 0; via < edges.size(); ++via) {
    for (Mask& from : reach) {
      if (from >> via & 1) from |= reach[via];
    }
  }
  return reach;
}

// Multiplies the weights of the blocks in loops, and goes on into each loop without its first
// block.
void WeighLoops(const std::vector<Mask>& edges, Mask allowed, int depth,
                std::vector<uint32_t>* weights) {
  if (depth == kMaxDepth) return;
  const std::vector<Mask> reach = Reach(edges, allowed);
  Mask done = 0;
  for (size_t i = 0; i < edges.size(); ++i) {
    if ((reach[i] >> i & 1) == 0 || (done >> i & 1) != 0) continue;
    Mask loop = 0;
    for (size_t k = 0; k < edges.size(); ++k) {
      if ((reach[i] >> k & 1) != 0 && (reach[k] >> i & 1) != 0) loop |= Mask{1} << k;
    }
    done |= loop;
    for (Mask left = loop; left != 0; left &= left - 1) {
      (*weights)[static_cast<size_t>(std::countr_zero(left))] *= 8;
    }
    WeighLoops(edges, loop & ~(Mask{1} << i), depth + 1, weights);
  }
}

}  // namespace

std::vector<Block*> GrowRegion(Block* entry, const FindBlock& find) {
  std::vector<Block*> order;
  std::vector<Block*> waiting = {entry};
  uint32_t n_insns = 0;
  while (!waiting.empty() && order.size() < kMaxRegionBlocks) {
    Block* block = waiting.back();
    waiting.pop_back();
    if (std::ranges::find(order, block) != order.end()) continue;
    if (!order.empty() && n_insns + block->n_insns > kMaxRegionInsns) continue;
    order.push_back(block);
    n_insns += block->n_insns;
    std::vector<Block*> next;
    for (const uint64_t pc : Successors(*block)) {
      if ((pc ^ entry->pc) >> mem::kPageShift != 0) continue;
      Block* found = find(pc);
      if (found != nullptr) next.push_back(found);
    }
    // What is taken last comes next in line: the hotter one, of two equals that behind the block.
    std::ranges::stable_sort(next, {}, [](const Block* found) { return found->heat; });
    waiting.insert(waiting.end(), next.begin(), next.end());
  }
  return order;
}

std::vector<uint32_t> WeighBlocks(std::span<Block* const> blocks) {
  std::vector<Mask> edges(blocks.size(), 0);
  for (size_t i = 0; i < blocks.size(); ++i) {
    for (const uint64_t pc : Successors(*blocks[i])) {
      for (size_t k = 0; k < blocks.size(); ++k) {
        if (blocks[k]->pc == pc) edges[i] |= Mask{1} << k;
      }
    }
  }
  std::vector<uint32_t> weights(blocks.size(), 1);
  WeighLoops(edges, ~Mask{0}, 0, &weights);
  return weights;
}

}  // namespace lockstep::jit

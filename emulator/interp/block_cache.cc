#include "emulator/interp/block_cache.h"

#include <algorithm>
#include <cstring>

#include "emulator/base/check.h"
#include "emulator/isa/operands.h"

namespace lockstep::interp {
namespace {

using isa::Class;
using isa::Instruction;
using isa::Op;
using mem::kPageBytes;
using mem::kPageOffsetMask;

constexpr unsigned kLineShift = 6;

bool EndsBlock(const Instruction& inst) {
  switch (isa::ClassOf(inst.op)) {
    case Class::kBranch:
    case Class::kJump:
    case Class::kSystem:
    case Class::kCsr:
      return true;
    default:
      return inst.op == Op::kIllegal;
  }
}

bool IsPcRelative(Op base) {
  const Class cls = isa::ClassOf(base);
  return base == Op::kAuipc || base == Op::kJal || cls == Class::kBranch;
}

// The bits of CodePage::lines that bytes of one page touch.
uint64_t LineMask(uint64_t pa, uint64_t n_bytes) {
  const unsigned first = (pa & kPageOffsetMask) >> kLineShift;
  const unsigned last = ((pa + n_bytes - 1) & kPageOffsetMask) >> kLineShift;
  return (~uint64_t{0} >> (63 - last)) & (~uint64_t{0} << first);
}

// What is not legal on this hart has the handler that says so.
size_t OpIndex(const Slot& slot) {
  constexpr size_t kIllegal = static_cast<size_t>(Op::kIllegal);
  if (slot.fn == Handlers().plain[kIllegal]) return kIllegal;
  return static_cast<size_t>(isa::Decode(slot.raw).op);
}

uint16_t HalfAt(const uint8_t* host) {
  uint16_t half;
  std::memcpy(&half, host, sizeof(half));
  return half;
}

}  // namespace

BlockCache::BlockCache(HartState* hart) : hart_(*hart), max_insns_(hart->config.max_block_insns) {
  counts_.by_op.resize(static_cast<size_t>(Op::kCount));
  hart_.jump_cache = jump_cache_.data();
}

Block* BlockCache::Find() {
  Block* block = jump_cache_[JumpIndex(hart_.pc)];
  if (block != nullptr && block->Matches(hart_.pc, hart_)) [[likely]]
    return block;
  return FindSlow();
}

Block* BlockCache::FindSlow() {
  const uint64_t pc = hart_.pc;
  cpu::Place place;
  const bool has_place = cpu::Translate(hart_, pc, 2, mem::Access::kFetch, &place);
  hart_.leave_block = false;
  if (!has_place) return nullptr;
  if (place.host == nullptr) {
    hart_.trap = {cpu::kCauseFetchAccess, pc};
    return nullptr;
  }
  // A page that PMP splits is checked anew for every instruction, so nothing of it is kept.
  const bool is_split_page =
      !hart_.pmp.ForPage(place.pa & ~kPageOffsetMask, hart_.privilege).uniform;
  if (!is_split_page) {
    if (const auto it = by_key_.find(Key{pc, place.pa, hart_.space}); it != by_key_.end()) {
      Block* block = it->second;
      uint16_t half;
      uint64_t second_page = Block::kNoPage;
      const bool crosses = block->second_page_pa != Block::kNoPage;
      if (crosses && !CrossingHalf(pc, &half, &second_page)) return nullptr;
      if (second_page == block->second_page_pa) {
        block->epoch = hart_.map_epoch;
        jump_cache_[JumpIndex(pc)] = block;
        return block;
      }
      DropOverlapping(block->pa, block->n_bytes);
    }
  }
  if (!Reserve()) {
    Clear();
    LOCKSTEP_CHECK(Reserve());
  }
  Block* block = Translate(place, is_split_page);
  if (block != nullptr && !is_split_page) jump_cache_[JumpIndex(pc)] = block;
  return block;
}

Block* BlockCache::Peek(const Block& near, uint64_t pc) const {
  const auto it = by_key_.find(Key{pc, near.pa + (pc - near.pc), near.space});
  return it == by_key_.end() ? nullptr : it->second;
}

bool BlockCache::Reserve() {
  constexpr size_t kMostSlots = kPageBytes / 2 + 2;
  if (n_blocks_ == kMaxBlocks) return false;
  if (n_blocks_ == blocks_.size()) blocks_.emplace_back();
  if (!chunks_.empty() && kSlotsPerChunk - n_slots_ >= kMostSlots) return true;
  if (!chunks_.empty()) {
    if (chunk_ + 1 == kMaxChunks) return false;
    ++chunk_;
    n_slots_ = 0;
  }
  if (chunk_ == chunks_.size()) chunks_.push_back(std::make_unique<Slot[]>(kSlotsPerChunk));
  return true;
}

// The half-word behind the page that `va`'s instruction begins in.
bool BlockCache::CrossingHalf(uint64_t va, uint16_t* half, uint64_t* page_pa) {
  cpu::Place place;
  const bool has_place = cpu::Translate(hart_, va + 2, 2, mem::Access::kFetch, &place);
  hart_.leave_block = false;
  if (!has_place) return false;
  if (place.host == nullptr) {
    hart_.trap = {cpu::kCauseFetchAccess, va + 2};
    return false;
  }
  *half = HalfAt(place.host);
  *page_pa = place.pa & ~kPageOffsetMask;
  return true;
}

Block* BlockCache::Translate(const cpu::Place& place, bool is_split_page) {
  Block& block = blocks_[n_blocks_];
  block = Block{};
  block.pc = hart_.pc;
  block.pa = place.pa;
  block.space = hart_.space;
  block.slots = &chunks_[chunk_][n_slots_];
  const uint32_t room = kPageBytes - (place.pa & kPageOffsetMask);
  const uint32_t max_insns = is_split_page ? 1 : max_insns_;
  uint32_t offset = 0;
  bool has_end = false;
  base_ops_.clear();
  while (block.n_insns < max_insns && offset < room && !has_end) {
    uint32_t word = HalfAt(place.host + offset);
    const bool is_wide = (word & 3) == 3;
    if (is_wide && (room - offset < 4 || is_split_page)) {
      // Its second half needs a translation of its own; such an instruction is a block by itself.
      if (block.n_insns != 0) break;
      uint16_t half;
      uint64_t second_page;
      if (!CrossingHalf(block.pc, &half, &second_page)) return nullptr;
      word |= uint32_t{half} << 16;
      if (room < 4) block.second_page_pa = second_page;
    } else if (is_wide) {
      word |= uint32_t{HalfAt(place.host + offset + 2)} << 16;
    }
    const Instruction inst = isa::Decode(word, hart_.config.model.extensions);
    Decode(&block, inst, offset);
    offset += inst.length_bytes;
    has_end = EndsBlock(inst);
    if (block.second_page_pa != Block::kNoPage) break;
  }
  if (!has_end) {
    Slot& end = block.slots[block.n_insns];
    end = Slot{};
    end.fn = chains_ ? FallThroughAndGoOn : FallThrough;
    end.imm = block.pc + offset;
    end.offset_bytes = static_cast<uint16_t>(offset);
    end.index = static_cast<uint16_t>(block.n_insns);
  }
  Fuse(&block);
  block.n_bytes = offset;
  block.id = static_cast<uint32_t>(n_blocks_);
  ++n_blocks_;
  const uint32_t last = has_end ? block.n_insns - 1 : block.n_insns;
  SetBlockEndedBy(&block.slots[last], &block);
  n_slots_ += last + 2;
  ++hart_.stats.translations;
  // Of a split page nothing is found again: epoch stays 0.
  if (is_split_page) return &block;
  block.epoch = hart_.map_epoch;
  by_key_[Key{block.pc, block.pa, block.space}] = &block;
  const uint64_t first_bytes = std::min<uint64_t>(block.n_bytes, room);
  Watch(&block, block.pa, first_bytes);
  if (block.second_page_pa != Block::kNoPage) Watch(&block, block.second_page_pa, 2);
  return &block;
}

Handler BlockCache::HandlerOf(const Instruction& inst) const {
  const Op base = isa::BaseOp(inst.op);
  const size_t row = static_cast<size_t>(base);
  const bool keeps_digest = hart_.digest.enabled();
  if (hart_.config.fault.fault != faults::Fault::kNone) {
    const Handler faulty = FaultyHandler(hart_.config.fault.fault, inst.op, keeps_digest);
    if (faulty != nullptr) return faulty;
  }
  const HandlerTable& table = Handlers();
  if (chains_ && table.chained[row] != nullptr) return table.chained[row];
  if (isa::ClassOf(inst.op) == Class::kFloat && hart_.config.interp.host_float) {
    const Handler host = HostFloatHandler(base, inst.rm);
    if (host != nullptr) return host;
  }
  return keeps_digest ? table.digest[row] : table.plain[row];
}

Handler BlockCache::SingleHandler(const Slot& slot) const {
  return HandlerOf(isa::Decode(slot.raw, hart_.config.model.extensions));
}

// Gives pairs of instructions the handler that carries out both.
void BlockCache::Fuse(Block* block) {
  if (!chains_ || !hart_.config.interp.fuse || hart_.config.fault.fault != faults::Fault::kNone) {
    return;
  }
  for (uint32_t i = 0; i + 1 < block->n_insns; ++i) {
    const Handler pair = PairHandler(base_ops_[i], base_ops_[i + 1]);
    if (pair == nullptr) continue;
    block->slots[i].fn = pair;
    ++i;
  }
}

void BlockCache::Decode(Block* block, const Instruction& inst, uint32_t offset) {
  Slot& slot = block->slots[block->n_insns];
  const Op base = isa::BaseOp(inst.op);
  base_ops_.push_back(base);
  slot = Slot{};
  slot.fn = HandlerOf(inst);
  if (isa::ClassOf(inst.op) == Class::kFloat) block->writes_fcsr = true;
  const isa::OperandUse use = isa::OperandsOf(inst.op);
  slot.rd = inst.rd;
  if (use.rd == isa::RegFile::kInt) {
    if (inst.rd == 0) {
      slot.rd = HartState::kSink;
    } else {
      block->gpr_mask |= 1u << inst.rd;
    }
  } else if (use.rd == isa::RegFile::kFloat) {
    block->fpr_mask |= 1u << inst.rd;
  }
  slot.rs1 = inst.rs1;
  slot.rs2 = inst.rs2;
  slot.rs3 = inst.rs3;
  slot.rm = inst.rm;
  slot.csr = inst.csr;
  slot.imm = static_cast<uint64_t>(inst.imm);
  if (IsPcRelative(base)) slot.imm += block->pc + offset;
  slot.length_bytes = inst.length_bytes;
  slot.offset_bytes = static_cast<uint16_t>(offset);
  slot.index = static_cast<uint16_t>(block->n_insns);
  slot.raw = inst.raw;
  ++block->n_insns;
}

void BlockCache::Watch(Block* block, uint64_t pa, uint64_t n_bytes) {
  const uint64_t page = pa & ~kPageOffsetMask;
  CodePage& code = pages_[page];
  if (code.blocks.empty()) cpu::MarkCode(hart_, page, true);
  code.lines |= LineMask(pa, n_bytes);
  code.blocks.push_back(block);
}

bool BlockCache::CodeWritten(uint64_t pa, uint64_t size_bytes) {
  return DropOverlapping(pa, size_bytes);
}

void BlockCache::Invalidate(uint64_t pa, uint64_t size_bytes) {
  const uint64_t end = pa + size_bytes;
  while (pa < end) {
    const uint64_t part = std::min(end - pa, kPageBytes - (pa & kPageOffsetMask));
    if (PageHasCode(pa & ~kPageOffsetMask)) DropOverlapping(pa, part);
    pa += part;
  }
}

// REQUIRES: the bytes lie in one page. True: the running block is among those dropped.
bool BlockCache::DropOverlapping(uint64_t pa, uint64_t size_bytes) {
  const uint64_t page = pa & ~kPageOffsetMask;
  const auto it = pages_.find(page);
  if (it == pages_.end()) return false;
  CodePage& code = it->second;
  if ((code.lines & LineMask(pa, size_bytes)) == 0) return false;
  bool hits_running = false;
  uint64_t lines = 0;
  std::vector<Block*> kept;
  for (Block* block : code.blocks) {
    if (block->epoch == 0) continue;  // dropped through its other page
    uint64_t first = block->pa;
    uint64_t n_bytes = block->n_bytes;
    if (block->second_page_pa != Block::kNoPage) {
      n_bytes = 2;
      if (block->second_page_pa == page) first = page;
    }
    if (first < pa + size_bytes && pa < first + n_bytes) {
      hits_running |= block == hart_.running;
      block->epoch = 0;
      if (block->native != nullptr) native_->Drop(*block);
      by_key_.erase(Key{block->pc, block->pa, block->space});
    } else {
      lines |= LineMask(first, n_bytes);
      kept.push_back(block);
    }
  }
  code.lines = lines;
  code.blocks = std::move(kept);
  if (code.blocks.empty()) {
    pages_.erase(it);
    cpu::MarkCode(hart_, page, false);
  }
  return hits_running;
}

void BlockCache::RanPart(const Block& block, uint32_t begun) {
  for (uint32_t i = begun; i < block.n_insns; ++i) --counts_.by_op[OpIndex(block.slots[i])];
}

cpu::InsnCounts BlockCache::Counts() const {
  cpu::InsnCounts counts = counts_;
  AddRuns(&counts);
  return counts;
}

void BlockCache::AddRuns(cpu::InsnCounts* counts) const {
  for (size_t i = 0; i < n_blocks_; ++i) {
    const Block& block = blocks_[i];
    if (block.runs == 0) continue;
    counts->block_entries += block.runs;
    for (uint32_t k = 0; k < block.n_insns; ++k) {
      counts->by_op[OpIndex(block.slots[k])] += block.runs;
    }
  }
}

void BlockCache::Clear() {
  if (hart_.config.count_insns) AddRuns(&counts_);
  ++clears_;
  jump_cache_.fill(nullptr);
  by_key_.clear();
  for (const auto& [page, code] : pages_) cpu::MarkCode(hart_, page, false);
  pages_.clear();
  n_blocks_ = 0;
  chunk_ = 0;
  n_slots_ = 0;
  hart_.running = nullptr;
  if (native_ != nullptr) native_->Clear();
}

observe::BlockView BlockCache::View(const Block& block) {
  view_offsets_.clear();
  view_code_.clear();
  for (uint32_t i = 0; i < block.n_insns; ++i) {
    const Slot& slot = block.slots[i];
    view_offsets_.push_back(slot.offset_bytes);
    for (uint32_t k = 0; k < slot.length_bytes; ++k) {
      view_code_.push_back(static_cast<uint8_t>(slot.raw >> (8 * k)));
    }
  }
  return {block.id, block.pc, block.space, view_offsets_, view_code_};
}

}  // namespace lockstep::interp

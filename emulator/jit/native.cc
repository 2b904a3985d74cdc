#include "emulator/jit/native.h"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <deque>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "emulator/base/check.h"
#include "emulator/cpu/csr.h"
#include "emulator/cpu/trap.h"
#include "emulator/interp/block_cache.h"
#include "emulator/interp/sums.h"
#include "emulator/isa/inst.h"
#include "emulator/jit/damage.h"
#include "emulator/jit/frontend/translate.h"
#include "emulator/jit/ir/passes.h"
#include "emulator/jit/jump_table.h"
#include "emulator/jit/region.h"
#include "emulator/jit/system_code.h"
#include "emulator/jit/x64/emitter.h"
#include "plugins/sdk/lockstep_producer.h"

namespace lockstep::jit {
namespace {

using cpu::HartState;
using interp::Block;

// An out-of-line guest instruction: its slot, followed by one that ends the excursion.
struct Site {
  interp::Slot pair[2];
  const Block* block = nullptr;
  uint16_t op = 0;       // isa::BaseOp
  bool settles = false;  // instead, digests are brought up to date at the end of the block
};

// MXCSR: all exceptions masked; its flags, and the fflags that they are.
constexpr uint32_t kMasked = 0x1f80, kInvalid = 1, kDivide = 4, kOverflow = 8, kUnderflow = 16,
                   kInexact = 32, kFlags = 0x3f;
// Rounding control of frm 0..3: RNE, RTZ, RDN, RUP.
constexpr uint32_t kRounding[] = {0x0000, 0x6000, 0x2000, 0x4000};

uint8_t FflagsOf(uint32_t mxcsr) {
  return static_cast<uint8_t>((mxcsr & kInvalid ? 0x10 : 0) | (mxcsr & kDivide ? 0x08 : 0) |
                              (mxcsr & kOverflow ? 0x04 : 0) | (mxcsr & kUnderflow ? 0x02 : 0) |
                              (mxcsr & kInexact ? 0x01 : 0));
}

std::string GuestCode(const Block& block) {
  std::string text = absl::StrFormat("guest code at %#x\n", block.pc);
  for (uint32_t i = 0; i < block.n_insns; ++i) {
    const interp::Slot& slot = block.slots[i];
    const uint64_t pc = block.pc + slot.offset_bytes;
    absl::StrAppendFormat(&text, "  %#x  %s\n", pc, isa::Disassemble(isa::Decode(slot.raw), pc));
  }
  return text;
}

class Native : public interp::NativeCode {
 public:
  Native(HartState* hart, const Options& options, std::unique_ptr<x64::CodeArena> arena)
      : hart_(*hart),
        options_(options),
        dump_icount_(options.dump_icount),
        arena_(std::move(arena)) {}

  void Attach(interp::BlockCache* blocks) override { blocks_ = blocks; }
  void Consider(Block* block) override;
  // A new upper half would make old epochs look current in the half that code compares.
  bool IsFull() const override { return is_full_ || hart_.map_epoch >> 32 != epoch_high_; }
  Exit Run(Block* block, uint64_t bound, bool* needs_interpreter) override;
  void Connect(Exit exit, const Block& next) override;
  void Drop(const Block& block) override;
  void Clear() override;

 private:
  // Identity of a block over being dropped and made again.
  struct Key {
    uint64_t pc, pa, space;
    friend bool operator==(const Key&, const Key&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Key& k) {
      return H::combine(std::move(h), k.pc, k.pa, k.space);
    }
  };

  static void SettleDigests(HartState* hart, const Block& block);
  static x64::Next Interpret(void* state, uint64_t site, uint64_t budget);
  x64::Next NextBlock();
  JumpTable& CurrentTable();
  void EnterContext();
  void EnterFloat();
  void LeaveFloat();
  x64::StateLayout Layout() const;
  uint64_t MakeSite(const Block& block, uint32_t index);
  ir::Unit Translate(const Block& block);
  // Appends what each pass made of the unit to `dump`, if not null.
  void RunPasses(ir::Unit* unit, std::string* dump) const;
  // Whether the block that is entered now holds the instruction that is to be dumped.
  bool IsDumpedNow(const Block& block) const {
    return dump_icount_.has_value() && *dump_icount_ - hart_.icount < block.n_insns;
  }
  bool IsDumped(const Block& block) const {
    if (options_.dump_pc.has_value() && *options_.dump_pc - block.pc < block.n_bytes) return true;
    if (options_.dump_icount.has_value()) return IsDumpedNow(block);
    return options_.dump_sink && !options_.dump_pc.has_value();
  }
  uint64_t DumpOrStop(Block* block, uint64_t bound);
  ir::Unit MakeUnit(const Block& block, faults::Fault fault, std::string* dump);
  void SetLockstep(const Block& block, x64::Part* part);
  // Whether other blocks may jump to this one, and it to them, without a link.
  bool MayJoin(const Block& block) const;
  std::vector<Block*> RegionOf(Block* block) const;
  void Compile(Block* block);
  bool CompileRegion(std::span<Block* const> blocks);
  void SetNative(Block* block, const x64::PartCode& code, faults::Fault fault);

  HartState& hart_;
  const Options options_;
  std::optional<uint64_t> dump_icount_;  // until it was dumped
  std::unique_ptr<x64::CodeArena> arena_;
  interp::BlockCache* blocks_ = nullptr;
  x64::StateLayout layout_;
  x64::Thunks thunks_;
  std::array<JumpTable, 4> jump_tables_;  // by privilege
  uint64_t jump_epoch_ = 0;               // map_epoch of what they hold
  std::deque<Site> sites_;
  std::deque<x64::Link> links_;
  // How often a block is translated anew to be part of another region.
  static constexpr int kMaxTimes = 3;
  struct Versions {
    std::vector<x64::PartCode> copies;  // the latest is the last; none is dropped, or all are
    bool is_dropped = false;
    int times = 0;
  };
  absl::flat_hash_map<Key, Versions> entries_;
  bool is_full_ = false;
  // In this run one block may follow another without the run loop, whatever lies between.
  bool is_chained_ = false;
  bool has_float_ = false;  // some code uses MXCSR
  uint32_t guest_mxcsr_ = 0;
  uint64_t epoch_high_ = 0;
};

int32_t OffsetIn(const HartState& hart, const void* field) {
  return static_cast<int32_t>(static_cast<const char*>(field) -
                              reinterpret_cast<const char*>(&hart));
}

x64::StateLayout Native::Layout() const {
  static_assert(sizeof(mem::TlbEntry) == 1 << x64::kTlbEntryShift);
  static_assert(offsetof(mem::TlbEntry, tag) == x64::kTlbTag);
  static_assert(offsetof(mem::TlbEntry, addend) == x64::kTlbAddend);
  static_assert(offsetof(mem::TlbEntry, digest_addend) == x64::kTlbDigestAddend);
  static_assert(sizeof(x64::FloatMasks) == sizeof(hart_.native.float_masks));
  static_assert(std::endian::native == std::endian::little);
  x64::StateLayout layout;
  layout.slots_int = OffsetIn(hart_, hart_.x.data());
  layout.slots_float = OffsetIn(hart_, hart_.f.data());
  layout.pc = OffsetIn(hart_, &hart_.pc);
  layout.budget = OffsetIn(hart_, &hart_.native.budget);
  layout.load_tlb = OffsetIn(hart_, &hart_.load_tlb);
  layout.store_tlb = OffsetIn(hart_, &hart_.store_tlb);
  layout.tlb_mask = OffsetIn(hart_, &hart_.tlb_mask);
  layout.map_epoch = OffsetIn(hart_, &hart_.map_epoch);
  layout.jump_table = OffsetIn(hart_, &hart_.native.jump_table);
  layout.float_ready = OffsetIn(hart_, &hart_.native.float_ready);
  layout.masks = OffsetIn(hart_, hart_.native.float_masks.data());
  layout.mem_digest = OffsetIn(hart_, hart_.digest.group(cpu::kGroupMem));
  layout.bound = OffsetIn(hart_, &hart_.native.bound);
  layout.writer = OffsetIn(hart_, &hart_.native.ring.writer);
  layout.run_at = OffsetIn(hart_, &hart_.native.ring.run_at);
  layout.sum = OffsetIn(hart_, &hart_.native.sum);
  layout.gpr_digest = OffsetIn(hart_, hart_.digest.group(cpu::kGroupGpr));
  layout.gpr_terms = OffsetIn(hart_, hart_.digest.gpr_terms());
  layout.gpr_keys = OffsetIn(hart_, hart_.native.gpr_keys.data());
  return layout;
}

void Native::Clear() {
  for (size_t i = 0; i < jump_tables_.size(); ++i) {
    jump_tables_[i].Reset();
    hart_.native.jump_tables[i] = jump_tables_[i].entries();
  }
  jump_epoch_ = hart_.map_epoch;
  sites_.clear();
  links_.clear();
  entries_.clear();
  is_full_ = false;
  has_float_ = false;
  epoch_high_ = hart_.map_epoch >> 32;
  arena_->Truncate(0);
  layout_ = Layout();
  thunks_ = x64::MakeThunks(layout_, Interpret, hart_.native.ring.sums, arena_.get());
  MakeSystemCode(hart_, arena_.get(), &thunks_);
  const x64::FloatMasks masks;
  std::memcpy(hart_.native.float_masks.data(), &masks, sizeof(masks));
  hart_.native.runtime = this;
  for (size_t i = 0; i < hart_.native.gpr_keys.size(); ++i) {
    hart_.native.gpr_keys[i] = {cpu::kDigestTables.a[i], cpu::kDigestTables.b[i]};
  }
  ++hart_.stats.jit.clears;
}

// The host's own floating-point code, wherever it is, neither sees the guest's mode nor leaves
// flags in it. A write of MXCSR is slow, a look at it is not.
void Native::EnterFloat() {
  const uint32_t mxcsr = _mm_getcsr();
  if (mxcsr != guest_mxcsr_) _mm_setcsr(guest_mxcsr_);
}

void Native::LeaveFloat() {
  const uint32_t mxcsr = _mm_getcsr();
  const bool loses = hart_.FaultActive(faults::Fault::kJitFlagsLost);
  if ((mxcsr & kFlags) != 0 && !loses) hart_.fflags |= FflagsOf(mxcsr);
  if (mxcsr != kMasked) _mm_setcsr(kMasked);
}

// At the end of a block with floating point, ahead of the record of the next one.
void Native::SettleDigests(HartState* hart, const Block& block) {
  hart->digest.GprsWritten(hart->x, block.gpr_mask);
  if (block.fpr_mask != 0) hart->digest.FprsWritten(hart->f, block.fpr_mask);
  if (block.writes_fcsr) hart->digest.FcsrWritten(cpu::PeekCsr(*hart, cpu::kCsrFcsr));
  const observe::Observer::Inline& ring = hart->native.ring;
  struct lockstep_writer& writer = *ring.writer;
  const uint64_t fpr = hart->digest.groups()[cpu::kGroupFpr];
  if ((ring.groups >> LOCKSTEP_FPR & 1) == 0 || fpr == writer.groups[LOCKSTEP_FPR]) return;
  if (writer.head >= writer.limit) {
    writer.limit = 0;  // the run loop tells of it, and of the next block
    return;
  }
  writer.ring[writer.head & writer.mask] = {
      LOCKSTEP_CONTROL_BIT | LOCKSTEP_REC_GROUP << 16 | LOCKSTEP_FPR, 0, fpr};
  writer.groups[LOCKSTEP_FPR] = fpr;
  __atomic_store_n(writer.written, ++writer.head, __ATOMIC_RELEASE);
}

// What was found before holds while nothing has another address; another address space is another
// epoch.
JumpTable& Native::CurrentTable() {
  if (jump_epoch_ != hart_.map_epoch && !hart_.FaultActive(faults::Fault::kJitJumpCache)) {
    for (JumpTable& table : jump_tables_) table.Reset();
    jump_epoch_ = hart_.map_epoch;
  }
  return jump_tables_[hart_.privilege];
}

x64::Next Native::Interpret(void* state, uint64_t site_number, uint64_t budget) {
  HartState& hart = *static_cast<HartState*>(state);
  Native& native = *static_cast<Native*>(hart.native.runtime);
  const Site& site = *reinterpret_cast<const Site*>(site_number);
  const bool has_float = hart.native.float_ready;
  if (has_float) native.LeaveFloat();
  const uint32_t n_insns = site.block->n_insns;
  hart.icount = hart.native.bound - budget - n_insns;
  hart.block_pc = site.block->pc;
  if (site.settles) {
    SettleDigests(&hart, *site.block);
    if (has_float) native.EnterFloat();
    return {x64::Way::kGoOn, 0};
  }
  native.blocks_->set_running(site.block);
  ++hart.stats.jit.out_of_line_by_op[site.op];
  const observe::Observer::Inline& ring = hart.native.ring;
  if (ring.writer != nullptr) *ring.entered_icount = hart.icount;
  const uint32_t begun = site.pair[0].fn(&hart, site.pair);
  if (begun == 0) {
    // The run loop has to tell of the next block, for it knows the csr group.
    const bool has_news = hart.digest.csr_changed() && !hart.config.lazy_digests;
    if (ring.writer != nullptr && has_news) ring.writer->limit = 0;
    if (has_float) native.EnterFloat();
    return {x64::Way::kGoOn, 0};
  }
  if (hart.config.count_insns && begun != n_insns) native.blocks_->RanPart(*site.block, begun);
  hart.native.float_ready = false;  // it has been left already
  hart.native.budget = budget + n_insns - begun;
  hart.native.unsettled = site.block;
  hart.icount += begun;
  if (ring.sums) interp::AddLeftBlock(&hart, *site.block, begun);
  return native.NextBlock();
}

// Behind the end of a block, icount and pc being exact. Does what the run loop would do between two
// blocks, and leaves to it when that is more than to take a trap and to find a block that has been
// found before.
x64::Next Native::NextBlock() {
  constexpr x64::Next kToRunLoop = {x64::Way::kLeave, x64::kLeft};
  HartState& hart = hart_;
  if (!is_chained_) return kToRunLoop;
  if (hart.attention != 0) {
    if (hart.attention & cpu::kAttendTrap) {
      hart.attention &= ~cpu::kAttendTrap;
      cpu::EnterException(hart, hart.trap.cause, hart.trap.tval);
    }
    const bool looks = hart.attention & cpu::kAttendInterrupt;
    if (looks && cpu::TakeableInterrupt(hart) < 0) hart.attention &= ~cpu::kAttendInterrupt;
    if (hart.attention != 0) return kToRunLoop;
  }
  if (hart.map_epoch >> 32 != epoch_high_) return kToRunLoop;
  EnterContext();
  const uint8_t* entry = CurrentTable().Find(hart.pc);
  if (entry != nullptr) return {x64::Way::kEnter, reinterpret_cast<uint64_t>(entry)};
  if (hart.native.float_ready) LeaveFloat();
  hart.native.float_ready = false;
  return {x64::Way::kLeave, x64::kIndirect};
}

// What the code to be entered next relies on. Nothing of it changes but by instructions that are
// carried out out of line.
void Native::EnterContext() {
  hart_.native.jump_table = CurrentTable().entries();
  // Of the rounding modes some are not the host's.
  const bool has_float =
      has_float_ && !hart_.fp_off && hart_.fp_dirty && hart_.frm < std::size(kRounding);
  hart_.native.float_ready = has_float;
  if (!has_float) return;
  const bool is_nearest = hart_.FaultActive(faults::Fault::kJitRoundingNearest);
  guest_mxcsr_ = kMasked | kRounding[is_nearest ? 0 : hart_.frm];
  EnterFloat();
}

// The block that holds the instruction to be dumped is to be entered from the run loop: where to
// stop for that.
uint64_t Native::DumpOrStop(Block* block, uint64_t bound) {
  if (IsDumpedNow(*block) && !is_full_) Compile(block);
  return dump_icount_.has_value() && hart_.icount < *dump_icount_ ? std::min(bound, *dump_icount_)
                                                                  : bound;
}

Native::Exit Native::Run(Block* block, uint64_t bound, bool* needs_interpreter) {
  const uint64_t before = hart_.icount;
  if (dump_icount_.has_value()) [[unlikely]] {
    bound = DumpOrStop(block, bound);
  }
  if (hart_.native.ring.run_at != nullptr) {
    const uint64_t wanted = std::min<uint64_t>(bound - before, LOCKSTEP_RUN_BLOCKS);
    const uint32_t room =
        hart_.observer->OpenRun(hart_.config.hart_id, before, static_cast<uint32_t>(wanted));
    bound = before + std::max(room, block->n_insns);
  }
  if (hart_.native.is_told) hart_.native.sum_begin = before + block->n_insns;
  hart_.native.bound = bound;
  hart_.native.budget = bound - before;
  // Without records the run loop has control after every block, whose digests it settles.
  hart_.native.unsettled = hart_.native.ring.writer == nullptr ? block : nullptr;
  // Those who watch are told by the run loop, and these faults are in it.
  const faults::Fault fault = hart_.config.fault.fault;
  const bool is_watched =
      hart_.digest.enabled() || (hart_.observer != nullptr && hart_.observer->wants_blocks());
  is_chained_ = options_.system && !is_watched && fault != faults::Fault::kTimerLate &&
                fault != faults::Fault::kEpcPlusTwo;
  EnterContext();
  const Exit exit =
      thunks_.enter(&hart_, hart_.native.is_told ? block->native_start : block->native);
  if (hart_.native.float_ready) LeaveFloat();
  hart_.icount = bound - hart_.native.budget;
  if (hart_.native.ring.writer != nullptr) *hart_.native.ring.entered_icount = hart_.icount;
  ++hart_.stats.jit.entries;
  hart_.stats.jit.insns += hart_.icount - before;
  // A block without floating point may have led to one that must not be entered now; then some
  // instructions are done, and the run loop comes to that block by itself.
  *needs_interpreter = exit == x64::kNeedsInterpreter && hart_.icount == before;
  return exit == x64::kNeedsInterpreter ? x64::kLeft : exit;
}

void Native::Connect(Exit exit, const Block& next) {
  if (exit == x64::kIndirect) {
    if (!options_.jump_cache) return;
    CurrentTable().Add(next.pc, next.native);
    return;
  }
  const x64::Link& link = *reinterpret_cast<const x64::Link*>(exit);
  if (!options_.link || link.target_pc != next.pc) return;
  if (link.epoch == nullptr && next.second_page_pa != Block::kNoPage) return;
  if (link.epoch != nullptr) arena_->Patch(link.epoch, static_cast<uint32_t>(hart_.map_epoch));
  arena_->Patch(link.jump, static_cast<uint32_t>(next.native - (link.jump + 4)));
  ++hart_.stats.jit.links;
}

void Native::Drop(const Block& block) {
  const auto it = entries_.find(Key{block.pc, block.pa, block.space});
  LOCKSTEP_CHECK(it != entries_.end() && it->second.copies.back().entry == block.native);
  if (hart_.FaultActive(faults::Fault::kJitCodeKept)) return;
  for (const x64::PartCode& copy : it->second.copies) arena_->PatchJump(copy.inner, copy.dropped);
  it->second.is_dropped = true;
}

void Native::Consider(Block* block) {
  const bool is_hot = ++block->heat >= static_cast<int32_t>(options_.threshold);
  if ((is_hot || IsDumpedNow(*block)) && !is_full_) Compile(block);
}

uint64_t Native::MakeSite(const Block& block, uint32_t index) {
  Site& site = sites_.emplace_back();
  site.block = &block;
  site.pair[0] = block.slots[index];
  site.op = static_cast<uint16_t>(isa::BaseOp(isa::Decode(block.slots[index].raw).op));
  site.pair[1] = interp::Slot{};
  site.pair[1].fn = interp::CompletedOne;
  site.pair[1].imm = block.pc + site.pair[0].offset_bytes + site.pair[0].length_bytes;
  return reinterpret_cast<uint64_t>(&site);
}

ir::Unit Native::Translate(const Block& block) {
  FrontendOptions frontend;
  frontend.inline_float = options_.inline_float;
  frontend.extensions = hart_.config.model.extensions;
  frontend.fault = hart_.config.fault.fault;
  // The csr digest has to know of what changes.
  const bool is_digested =
      hart_.digest.enabled() && (!hart_.config.lazy_digests || hart_.native.ring.sums_values);
  if (options_.system && !is_digested) frontend.words = &hart_;
  frontend.inline_traps = options_.system && !hart_.digest.enabled() && hart_.observer == nullptr &&
                          hart_.config.fault.fault == faults::Fault::kNone;
  frontend.make_site = [&](uint32_t index) { return MakeSite(block, index); };
  return TranslateBlock(block, frontend);
}

void Native::RunPasses(ir::Unit* unit, std::string* dump) const {
  const auto verify = [&](std::string_view after) {
    const std::string problem = options_.verify ? ir::Verify(*unit) : "";
    LOCKSTEP_CHECK(problem.empty()) << "after " << after << ": " << problem << "\n"
                                    << ir::Print(*unit);
  };
  verify("translation");
  for (const ir::Pass& pass : ir::Passes()) {
    for (const Switch& option : kSwitches) {
      if (option.name != pass.name || !(options_.*option.member)) continue;
      pass.run(unit);
      verify(pass.name);
      if (dump != nullptr) {
        absl::StrAppend(dump, "after ", pass.name.data(), ": ", ir::Print(*unit));
      }
    }
  }
}

// As it is emitted. Appends to `dump`, if not null.
ir::Unit Native::MakeUnit(const Block& block, faults::Fault fault, std::string* dump) {
  ir::Unit unit = Translate(block);
  if (dump != nullptr) {
    absl::StrAppend(dump, GuestCode(block), "translated: ", ir::Print(unit));
  }
  Damage(&unit, fault);  // what the passes see, and what they have made
  RunPasses(&unit, dump);
  Damage(&unit, fault);
  return unit;
}

void Native::SetLockstep(const Block& block, x64::Part* part) {
  part->block_id = block.id;
  if (hart_.native.ring.sums) {
    const interp::FlowDigest flow = interp::FlowOf(block, block.n_insns);
    part->flow = flow.digest;
    part->flow_power = flow.power;
    part->values = interp::ValuesOf(hart_, block);
    return;
  }
  if (!hart_.digest.enabled() || hart_.config.lazy_digests) return;
  const bool has_float = block.fpr_mask != 0 || block.writes_fcsr;
  if (has_float) {
    Site& site = sites_.emplace_back();
    site.block = &block;
    site.settles = true;
    part->settle_site = reinterpret_cast<uint64_t>(&site);
  } else {
    part->settled_gprs = block.gpr_mask;
  }
}

// Not where the run loop has control behind every block, nor to what lies in two pages.
bool Native::MayJoin(const Block& block) const {
  const bool is_watched =
      hart_.digest.enabled() || (hart_.observer != nullptr && hart_.observer->wants_blocks());
  const bool is_told = !is_watched || hart_.native.ring.writer != nullptr;
  return options_.region && is_told && block.second_page_pa == Block::kNoPage;
}

// The blocks to be translated with this one.
std::vector<Block*> Native::RegionOf(Block* block) const {
  if (!MayJoin(*block)) return {block};
  const bool wants_infos = hart_.native.ring.writer != nullptr && !hart_.native.ring.sums;
  return GrowRegion(block, [&](uint64_t pc) -> Block* {
    Block* found = blocks_->Peek(*block, pc);
    if (found == nullptr || found == block) return found;
    const bool is_warm =
        found->native != nullptr || 2 * found->heat >= static_cast<int32_t>(options_.threshold);
    if (!is_warm || !MayJoin(*found)) return nullptr;
    if (wants_infos && !found->is_announced) return nullptr;
    const auto it = entries_.find(Key{found->pc, found->pa, found->space});
    return it != entries_.end() && it->second.times >= kMaxTimes ? nullptr : found;
  });
}

void Native::Compile(Block* block) {
  const std::vector<Block*> blocks = RegionOf(block);
  if (CompileRegion(blocks)) return;
  if (blocks.size() > 1 && CompileRegion({&block, 1})) return;
  // Not tried again soon: there are two thousand million entries to go.
  block->heat = std::numeric_limits<int32_t>::min();
}

// False: too complex.
bool Native::CompileRegion(std::span<Block* const> blocks) {
  const bool is_dumped =
      IsDumped(*blocks[0]) || std::ranges::any_of(blocks, [this](const Block* block) {
        return options_.dump_pc.has_value() && *options_.dump_pc - block->pc < block->n_bytes;
      });
  const faults::Fault planted = hart_.config.fault.fault;
  const faults::Fault fault = hart_.FaultActive(planted) ? planted : faults::Fault::kNone;
  std::string dump, listing;
  const std::vector<uint32_t> weights = WeighBlocks(blocks);
  std::vector<ir::Unit> units;
  for (const Block* block : blocks) {
    units.push_back(MakeUnit(*block, fault, is_dumped ? &dump : nullptr));
  }
  std::vector<x64::Part> parts(blocks.size());
  const bool has_ring = hart_.native.ring.writer != nullptr;
  for (size_t i = 0; i < blocks.size(); ++i) {
    parts[i].unit = &units[i];
    parts[i].weight = weights[i];
    if (hart_.config.count_insns) parts[i].runs = &blocks[i]->runs;
    if (has_ring) SetLockstep(*blocks[i], &parts[i]);
  }
  x64::EmitOptions emit;
  emit.fault = fault;
  if (is_dumped) emit.listing = &listing;
  emit.jump_cache = options_.jump_cache;
  emit.joins = MayJoin(*blocks[0]);
  emit.digest = hart_.digest.enabled();
  emit.records = has_ring;
  emit.is_run = hart_.native.ring.run_at != nullptr;
  emit.sums = hart_.native.ring.sums;
  emit.records_mem = has_ring && hart_.digest.enabled() && !hart_.config.lazy_digests &&
                     (hart_.native.ring.groups >> LOCKSTEP_MEM & 1) != 0;
  emit.make_link = [this](uint64_t target_pc) {
    links_.push_back({target_pc, nullptr, nullptr});
    return &links_.back();
  };
  const x64::HostCode code = x64::Emitter(parts, layout_, thunks_, emit).Emit(arena_.get());
  if (code.parts.empty()) {
    is_full_ = !code.is_too_complex;
    return !code.is_too_complex;
  }
  if (is_dumped) {
    if (IsDumpedNow(*blocks[0])) dump_icount_.reset();
    absl::StrAppend(&dump, "host code:\n", listing);
    if (options_.dump_sink) {
      options_.dump_sink(dump);
    } else {
      std::fputs(dump.c_str(), stderr);
    }
  }
  ++hart_.stats.jit.regions;
  hart_.stats.jit.host_bytes += static_cast<uint64_t>(code.end - code.begin);
  for (size_t i = 0; i < blocks.size(); ++i) {
    has_float_ |= units[i].uses_float;
    ++hart_.stats.jit.translations;
    hart_.stats.jit.guest_insns += units[i].n_guest;
    SetNative(blocks[i], code.parts[i], fault);
  }
  return true;
}

// The block's code from now on. Whoever comes by way of an earlier version, or was linked to it,
// goes there; where a region has the block among its own, it keeps that while it is valid.
void Native::SetNative(Block* block, const x64::PartCode& code, faults::Fault fault) {
  block->native = code.entry;
  block->native_start = code.start;
  Versions& versions = entries_[Key{block->pc, block->pa, block->space}];
  ++versions.times;
  if (fault != faults::Fault::kJitCodeKept) {
    for (const x64::PartCode& copy : versions.copies) {
      arena_->PatchJump(versions.is_dropped ? copy.leave : copy.entry, code.entry);
    }
  }
  if (versions.is_dropped) versions.copies.clear();
  versions.is_dropped = false;
  versions.copies.push_back(code);
}

}  // namespace

absl::Status CheckHost() {
  if (x64::HostIsSupported()) return absl::OkStatus();
  return absl::UnimplementedError("this CPU lacks AVX, FMA or BMI2");
}

absl::StatusOr<std::unique_ptr<interp::NativeCode>> MakeNative(HartState* hart,
                                                               const Options& options) {
  const absl::Status host = CheckHost();
  if (!host.ok()) return host;
  auto arena = x64::CodeArena::Create(options.code_bytes);
  if (!arena.ok()) return arena.status();
  return std::make_unique<Native>(hart, options, *std::move(arena));
}

}  // namespace lockstep::jit

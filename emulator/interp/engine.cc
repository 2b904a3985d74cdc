#include "emulator/interp/engine.h"

#include <algorithm>

#include "emulator/cpu/csr.h"
#include "emulator/cpu/registers.h"
#include "emulator/cpu/trap.h"
#include "emulator/interp/sums.h"

namespace lockstep::interp {

using cpu::RunStop;

namespace {

constexpr uint32_t kMaxFetchFaults = 1024;
// Whether the end of a block may go on to the next without the run loop.
template <bool kWatched, bool kCounted>
constexpr bool kMayChain = !kWatched && !kCounted;
// Blocks that go on to each other come back to the run loop once in so many instructions: a build
// whose compiler does not make the last calls of handlers jumps (-O0, -O1) needs stack for each.
constexpr uint64_t kMaxChainedInsns = 4096;
uint64_t ChainBound(uint64_t icount, uint64_t bound) {
  return bound - icount > kMaxChainedInsns ? icount + kMaxChainedInsns : bound;
}
constexpr int kMachineTimer = 7, kSupervisorTimer = 5;

}  // namespace

Engine::Engine(HartState* hart) : hart_(*hart), blocks_(hart) { hart_.code = &blocks_; }

void Engine::UseNative(std::unique_ptr<NativeCode> native) {
  native_ = std::move(native);
  native_->Attach(&blocks_);
  blocks_.set_native(native_.get());
}

void Engine::Restart(bool step) {
  native_exit_ = 0;
  step_ = step;
  timer_held_ = false;
  digests_stale_ = true;
  // A register that ticks by itself has to be looked at for each block.
  const bool needs_look =
      !hart_.config.digest_rules.extra_csrs.empty() && !hart_.config.lazy_digests;
  hart_.native.ring = {};
  if (hart_.observer != nullptr && !step && !needs_look) {
    hart_.native.ring = hart_.observer->InlineOf(hart_.config.hart_id);
    if (native_ == nullptr && !hart_.native.ring.sums) hart_.native.ring = {};
  }
  hart_.native.sum = 0;
  hart_.native.sum_begin = hart_.icount;
  hart_.native.is_told = true;
  const observe::Observer::Inline& ring = hart_.native.ring;
  hart_.digest.set_notes_csrs(ring.sums_values && (ring.groups >> cpu::kGroupCsr & 1) != 0);
  blocks_.set_max_insns(step ? 1 : hart_.config.max_block_insns);
  blocks_.set_chains(hart_.config.interp.chain && native_ == nullptr && !IsWatched() &&
                     !hart_.config.count_insns);
  blocks_.Clear();
}

RunStop Engine::Run(uint64_t limit_icount) {
  digests_stale_ = true;
  const bool is_watched = IsWatched();
  const bool is_counted = hart_.config.count_insns;
  if (!is_watched) {
    return is_counted ? Loop<false, true>(limit_icount) : Loop<false, false>(limit_icount);
  }
  const RunStop stop =
      is_counted ? Loop<true, true>(limit_icount) : Loop<true, false>(limit_icount);
  FinishSum();
  return stop;
}

void Engine::FinishSum() {
  if (hart_.native.ring.sums) TellSum(&hart_);
}

bool Engine::IsWatched() const {
  return hart_.digest.enabled() || (hart_.observer != nullptr && hart_.observer->wants_blocks());
}

cpu::InsnCounts Engine::insn_counts() const {
  return hart_.config.count_insns ? blocks_.Counts() : cpu::InsnCounts();
}

template <bool kWatched, bool kCounted>
RunStop Engine::Loop(uint64_t limit_icount) {
  Block* block = nullptr;
  uint64_t bound = limit_icount;
  uint32_t fetch_faults = 0;  // in a row
  native_exit_ = 0;
  while (true) {
    if (hart_.attention != 0) [[unlikely]] {
      RunStop stop;
      if (Attend(limit_icount, &stop)) return stop;
      bound = timer_held_ ? std::min(limit_icount, timer_release_) : limit_icount;
      block = nullptr;
      native_exit_ = 0;
    }
    if (hart_.icount >= limit_icount) return RunStop::kLimit;
    if (native_ != nullptr && native_->IsFull()) [[unlikely]] {
      blocks_.Clear();
      block = nullptr;
      native_exit_ = 0;
    }
    const uint64_t clears = blocks_.clears();
    block = FindNext(block);
    if (clears != blocks_.clears()) native_exit_ = 0;
    if (block == nullptr) [[unlikely]] {
      FinishSum();
      cpu::EnterException(hart_, hart_.trap.cause, hart_.trap.tval);
      // A handler that cannot be fetched faults for ever: let the caller have a say.
      if (++fetch_faults == kMaxFetchFaults) return RunStop::kYield;
      continue;
    }
    fetch_faults = 0;
    if constexpr (kWatched) TellEntry(block);
    ++hart_.stats.blocks;
    if (native_ != nullptr && RunNative<kWatched>(block, bound)) {
      if constexpr (kWatched) {
        const void* unsettled = hart_.native.unsettled;
        if (unsettled != nullptr) SettleDigests(*static_cast<const Block*>(unsettled));
      }
      block = nullptr;
      continue;
    }
    hart_.block_pc = block->pc;
    blocks_.set_running(block);
    const uint64_t budget = bound - hart_.icount;
    hart_.chain_bound = kMayChain<kWatched, kCounted> ? ChainBound(hart_.icount, bound) : 0;
    const uint32_t begun =
        block->n_insns <= budget ? block->slots->fn(&hart_, block->slots) : RunPart(*block, budget);
    hart_.icount += begun;
    if (native_ != nullptr) hart_.stats.jit.interpreted[static_cast<size_t>(reason_)] += begun;
    if constexpr (kCounted) Count(block, begun);
    if constexpr (kWatched) {
      SettleDigests(*block);
      if (hart_.native.ring.sums) AddBlock(&hart_, block, begun, hart_.native.is_told);
    }
    block = LastRun(begun);
    if (native_ == nullptr && block != nullptr) {
      if constexpr (!kWatched) {
        block = RunLinked<kCounted, false>(block, bound);
      } else if (hart_.native.ring.sums) {
        block = RunLinked<kCounted, true>(block, bound);
      }
    }
  }
}

// The block that was run last, whose end may have been reached through those of others; null when
// it was left before its end, or is gone: what comes then is none of its successors, and must not
// be linked.
Block* Engine::LastRun(uint32_t begun) const {
  Block* block = hart_.running;
  return block != nullptr && begun == block->n_insns ? block : nullptr;
}

void Engine::Count(Block* block, uint32_t begun) {
  ++block->runs;
  if (begun != block->n_insns) [[unlikely]]
    blocks_.RanPart(*block, begun);
}

// The same for blocks that are linked and need nothing else: no attention, no translator, nobody
// who watches or sums will do, all instructions before `bound`. Returns what LastRun() does.
template <bool kCounted, bool kSums>
Block* Engine::RunLinked(Block* block, uint64_t bound) {
  HartState& hart = hart_;
  while (hart.attention == 0) {
    Block* next = block->links[0];
    if (next == nullptr || !next->Matches(hart.pc, hart)) {
      next = block->links[1];
      if (next == nullptr || !next->Matches(hart.pc, hart)) break;
    }
    if (next->n_insns > bound - hart.icount) break;
    ++hart.stats.blocks;
    hart.block_pc = next->pc;
    hart.running = next;
    if constexpr (kMayChain<kSums, kCounted>) hart.chain_bound = ChainBound(hart.icount, bound);
    const uint32_t begun = next->slots->fn(&hart, next->slots);
    hart.icount += begun;
    if constexpr (kSums) AddBlock(&hart, next, begun, /*is_told=*/false);
    if constexpr (kCounted) Count(next, begun);
    block = LastRun(begun);
    if (block == nullptr) return nullptr;
  }
  return block;
}

template <bool kWatched>
bool Engine::RunNative(Block* block, uint64_t bound) {
  if (block->native == nullptr) {
    native_exit_ = 0;
    if (block->epoch != 0) native_->Consider(block);
    reason_ = block->heat < 0 ? jit::Reason::kTooBig : jit::Reason::kCold;
    if (block->native == nullptr) return false;
  }
  // Who watches must be told of every block.
  const bool is_told = !kWatched || hart_.native.ring.writer != nullptr;
  if (is_told && native_exit_ != 0) native_->Connect(native_exit_, *block);
  native_exit_ = 0;
  reason_ = jit::Reason::kEnd;
  if (block->n_insns > bound - hart_.icount) return false;
  reason_ = jit::Reason::kFloat;
  bool needs_interpreter;
  native_exit_ = native_->Run(block, bound, &needs_interpreter);
  return !needs_interpreter;
}

// Follows the previous block's links; a miss is looked up and linked: the block behind in one
// link, jump targets in the other.
Block* Engine::FindNext(Block* previous) {
  const uint64_t pc = hart_.pc;
  if (previous == nullptr) return blocks_.Find();
  for (Block* next : previous->links) {
    if (next != nullptr && next->Matches(pc, hart_)) [[likely]]
      return next;
  }
  // A full cache is cleared by Find(): then `previous` is gone too.
  const uint64_t translations = hart_.stats.translations;
  Block* next = blocks_.Find();
  if (next != nullptr && next->epoch != 0 && translations == hart_.stats.translations) {
    const bool is_fall_through = pc == previous->pc + previous->n_bytes;
    previous->links[is_fall_through ? kFellThrough : kJumped] = next;
  }
  return next;
}

// Carries out the first instructions of a block, one by one.
uint32_t Engine::RunPart(const Block& block, uint64_t n_insns) {
  Slot pair[2];
  pair[1].fn = CompletedOne;
  for (uint32_t i = 0; i < n_insns; ++i) {
    pair[0] = block.slots[i];
    pair[0].fn = blocks_.SingleHandler(pair[0]);
    pair[1].imm = NextPc(hart_, pair[0]);
    const uint32_t begun = pair[0].fn(&hart_, pair);
    if (begun != 0) return begun;  // jumped or left the block
  }
  return static_cast<uint32_t>(n_insns);
}

void Engine::TellEntry(Block* block) {
  if (hart_.observer == nullptr) return;
  hart_.native.is_told = !hart_.native.ring.sums || digests_stale_;
  if (!hart_.native.is_told) return;
  if (!block->is_announced) {
    block->is_announced = true;
    hart_.observer->BlockTranslated(hart_.config.hart_id, blocks_.View(*block));
  }
  if (hart_.config.lazy_digests) {
    if (digests_stale_) RefreshDigests();
  } else {
    hart_.digest.Settle(hart_);
  }
  if (step_) {
    hart_.observer->Registers(hart_.config.hart_id, hart_.icount, cpu::RegisterValues(hart_));
  }
  hart_.observer->BlockEntered(hart_.config.hart_id, block->id, hart_.icount,
                               hart_.digest.groups());
}

void Engine::RefreshDigests() {
  digests_stale_ = false;
  if (!hart_.digest.enabled()) return;
  hart_.digest.GprsWritten(hart_.x, 0xfffffffe);
  hart_.digest.FprsWritten(hart_.f, 0xffffffff);
  hart_.digest.FcsrWritten(cpu::PeekCsr(hart_, cpu::kCsrFcsr));
  hart_.digest.MarkCsr();
  hart_.digest.Settle(hart_);
}

void Engine::SettleDigests(const Block& block) {
  if (!hart_.digest.enabled() || hart_.config.lazy_digests) return;
  hart_.digest.GprsWritten(hart_.x, block.gpr_mask);
  if (block.fpr_mask != 0) hart_.digest.FprsWritten(hart_.f, block.fpr_mask);
  if (block.writes_fcsr) hart_.digest.FcsrWritten(cpu::PeekCsr(hart_, cpu::kCsrFcsr));
}

bool Engine::Attend(uint64_t limit_icount, RunStop* stop) {
  if (hart_.attention & cpu::kAttendTrap) TakePendingTrap();
  if (hart_.attention & cpu::kAttendYield) {
    hart_.attention &= ~cpu::kAttendYield;
    *stop = RunStop::kYield;
    return true;
  }
  if (hart_.attention & cpu::kAttendWait) {
    if ((hart_.mip() & hart_.csr.mie) == 0) {
      *stop = RunStop::kWaiting;
      return true;
    }
    hart_.attention &= ~cpu::kAttendWait;
    hart_.waiting = false;
  }
  if (hart_.icount >= limit_icount) {
    *stop = RunStop::kLimit;
    return true;
  }
  if (hart_.attention & cpu::kAttendInterrupt) {
    if (!TakePendingInterrupt()) hart_.attention &= ~cpu::kAttendInterrupt;
  }
  return false;
}

void Engine::TakePendingTrap() {
  hart_.attention &= ~cpu::kAttendTrap;
  const bool is_ecall =
      hart_.trap.cause >= cpu::kCauseEcallU && hart_.trap.cause <= cpu::kCauseEcallM;
  if (is_ecall && hart_.FaultActive(faults::Fault::kEpcPlusTwo)) hart_.pc += 2;
  FinishSum();
  cpu::EnterException(hart_, hart_.trap.cause, hart_.trap.tval);
}

// False: nothing to take. True also while the planted fault holds a timer interrupt back.
bool Engine::TakePendingInterrupt() {
  const int number = cpu::TakeableInterrupt(hart_);
  if (number < 0) {
    timer_held_ = false;
    return false;
  }
  const bool is_timer = number == kMachineTimer || number == kSupervisorTimer;
  if (is_timer && hart_.FaultActive(faults::Fault::kTimerLate)) {
    if (!timer_held_) timer_release_ = hart_.icount + 1;
    timer_held_ = true;
    if (hart_.icount < timer_release_) return true;
  }
  timer_held_ = false;
  FinishSum();
  cpu::EnterInterrupt(hart_, static_cast<uint8_t>(number));
  return true;
}

}  // namespace lockstep::interp

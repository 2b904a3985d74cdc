// SPDX-License-Identifier: MIT
#include "plugins/sdk/ring_scanner.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <ctime>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "plugins/sdk/lockstep_producer.h"
#include "plugins/sdk/ring_detail.h"
#include "plugins/sdk/window_digest.h"

namespace lockstep::ring {
namespace {

using AliasedWord = uint64_t __attribute__((may_alias));

void Clear(state::WindowBatch* batch) {
  batch->icounts.clear();
  batch->steps.clear();
  batch->pcs.clear();
  batch->digests.clear();
  batch->flow_digests.clear();
  batch->trap_digests.clear();
  batch->trap_counts.clear();
  batch->block_digests.clear();
  batch->block_counts.clear();
  batch->end.reset();
  batch->infos = batch->records = 0;
  batch->sums = false;
}

}  // namespace

absl::StatusOr<RingScanner> RingScanner::Create(const RingMemory& memory, uint32_t vcpu,
                                                const state::ProducerIdentity& identity,
                                                const ScannerOptions& options) {
  for (auto [ability, name] :
       {std::pair{state::kAbilityWindows, "WINDOWS"}, std::pair{state::kAbilityLayout, "LAYOUT"}}) {
    if ((identity.abilities & ability) == 0) {
      return absl::FailedPreconditionError(absl::StrCat(identity.producer, " lacks the ability ",
                                                        name, ", which sparse mode needs"));
    }
  }
  return RingScanner(memory, vcpu, identity, options);
}

RingScanner::RingScanner(const RingMemory& memory, uint32_t vcpu,
                         const state::ProducerIdentity& identity, const ScannerOptions& options)
    : control_(memory.control()),
      cursors_(memory.cursors(vcpu)),
      slots_(memory.slots(vcpu)),
      ring_slots_(memory.ring_slots()),
      vcpu_(vcpu),
      identity_(identity),
      request_(memory.request()),
      supplied_(identity.groups & memory.request().groups),
      window_insns_(memory.request().window_insns),
      options_(options),
      icount_(memory.request().silent_until_icount),
      payload_(LOCKSTEP_MAX_PAYLOAD_BYTES) {
  UpdateSide();
}

absl::Status RingScanner::Error(uint64_t position, absl::string_view what) const {
  return absl::DataLossError(absl::StrCat("ring of vCPU ", vcpu_, ", slot ", position, ": ", what));
}

const lockstep_slot& RingScanner::SlotAt(uint64_t position) const {
  if (position < consumed_) return side_[position - released_];
  return slots_[position & (ring_slots_ - 1)];
}

RingScanner::Words RingScanner::Load(uint64_t position) const {
  const lockstep_slot* slot = &slots_[position & (ring_slots_ - 1)];
  // Once each, so that a producer that goes on writing cannot change what has been checked.
  return {__atomic_load_n(&slot->word0, __ATOMIC_RELAXED),
          __atomic_load_n(&slot->word1, __ATOMIC_RELAXED),
          __atomic_load_n(&slot->value, __ATOMIC_RELAXED)};
}

uint64_t RingScanner::GprMask() const {
  return options_.block_digests && (options_.groups & state::MaskOf(state::Group::kGpr)) != 0
             ? ~uint64_t{0}
             : 0;
}

uint64_t RingScanner::NextMultiple(uint64_t icount) const {
  const uint64_t number = icount / window_insns_ + 1;
  return number > UINT64_MAX / window_insns_ ? UINT64_MAX : number * window_insns_;
}

// Digests that are right at window ends only are no part of a block's state.
void RingScanner::UpdateSide() {
  side_digest_ = SideDigest(options_.block_digests ? groups_ : state::Digests{}, fills_);
}

state::Digests RingScanner::CurrentDigests() const {
  state::Digests digests = current_.groups;
  digests[0] = (options_.groups & state::MaskOf(state::Group::kGpr)) != 0 ? current_.gpr : 0;
  return digests;
}

absl::Status RingScanner::Refresh() {
  const uint64_t published = __atomic_load_n(&cursors_->published, __ATOMIC_ACQUIRE);
  uint64_t available = published;
  if (dead_) {
    const uint64_t written = __atomic_load_n(&cursors_->written, __ATOMIC_ACQUIRE);
    if (written - published > ring_slots_) {
      return Error(scanned_, absl::StrCat("`written` is ", written,
                                          ", which does not follow `published`, ", published));
    }
    available = written;
  }
  if (available < available_ || available - consumed_ > ring_slots_) {
    return Error(scanned_,
                 absl::StrCat("the producer claims to have written ", available,
                              " slots after it had claimed ", available_, "; the ring has ",
                              ring_slots_, " and ", consumed_, " are free again"));
  }
  available_ = available;
  if (ended_ && available_ > scanned_) return Error(scanned_, "a record follows the end");
  return absl::OkStatus();
}

// ---- windows -----------------------------------------------------------------------------------

void RingScanner::EmitRow(uint64_t icount, uint64_t step, uint64_t pc,
                          const state::Digests& digests) {
  if (out_->rows() == 0) {
    out_->first_window = first_window_ + windows_.size();
    out_->start_icount = window_.start_icount;
    out_->start_digests = out_->first_window == 0 ? start_digests_ : state::Digests{};
  }
  state::Digests compared{};
  for (int g = 0; g < state::kGroups; ++g) {
    if ((options_.groups >> g & 1) != 0) compared[g] = digests[g];
  }
  out_->icounts.push_back(icount);
  out_->steps.push_back(step);
  out_->pcs.push_back(pc);
  out_->digests.push_back(compared);
  out_->flow_digests.push_back(flow_);
  out_->trap_digests.push_back(traps_);
  out_->trap_counts.push_back(trap_count_);
  out_->block_digests.push_back(options_.block_digests || options_.fills ? blocks_digest_ : 0);
  out_->block_counts.push_back(block_count_);
  flow_ = traps_ = blocks_digest_ = 0;
  trap_count_ = block_count_ = 0;
}

// An instruction begins in the current block, which stands at the window's end.
void RingScanner::CloseWindow() {
  EmitRow(next_end_, next_end_ + current_.step_base, current_.hot.pc, CurrentDigests());
  window_.end_position = current_.position + 1;
  windows_.push_back(window_);
  window_ = {.start_icount = next_end_,
             .start_position = current_.position,
             .groups = current_.groups,
             .step_base = current_.step_base,
             .names_before = n_names_ != 0 && names_position_ <= current_.position};
  next_end_ = NextMultiple(next_end_);
}

// The instructions of the current block before `icount` have begun.
absl::Status RingScanner::Begin(uint64_t position, uint64_t icount) {
  const uint32_t insns = static_cast<uint32_t>(icount - icount_);
  if (insns == 0) return absl::OkStatus();
  if (!begun_) {
    begun_ = true;
    if (options_.block_digests || icount_ % window_insns_ == 0) start_digests_ = CurrentDigests();
  }
  if (icount_ == next_end_) CloseWindow();
  if (icount > next_end_) {
    return Error(position, absl::StrFormat("the block of icounts %d to %d goes past icount %d, "
                                           "where a window ends and a block must begin",
                                           icount_, icount, next_end_));
  }
  const BlockTable::Hot& hot = current_.hot;
  flow_ = insns == hot.n_insns ? flow_ * hot.power + hot.flow
                               : flow_ * blocks_.Power(insns) + blocks_.Prefix(hot, insns);
  blocks_digest_ += BlockTerm(icount_, current_.gpr & GprMask(), current_.side);
  ++block_count_;
  return absl::OkStatus();
}

absl::Status RingScanner::Enter(uint64_t position, const Words& slot) {
  const BlockTable::Hot& hot = blocks_.Find(slot.word0);
  if (hot.n_insns == 0) {
    return Error(position, absl::StrCat("block ", slot.word0, " was never described"));
  }
  const uint32_t delta = slot.word1 - static_cast<uint32_t>(icount_);
  if (in_block_ && delta > current_.hot.n_insns) {
    return Error(position, absl::StrFormat("block %d begins %d instructions after the block ahead "
                                           "of it, which has %d (from icount %d on)",
                                           slot.word0, static_cast<int32_t>(delta),
                                           current_.hot.n_insns, icount_));
  }
  const uint64_t icount = icount_ + delta;
  if (trap_icount_.has_value() && *trap_icount_ != icount) {
    return Error(position, absl::StrFormat("a trap at icount %d stands before a block at icount %d",
                                           *trap_icount_, icount));
  }
  if (in_block_) {
    absl::Status status = Begin(position, icount);
    if (!status.ok()) return status;
  } else {
    in_block_ = true;
    window_.start_icount = icount;
    next_end_ = NextMultiple(icount);
  }
  trap_icount_.reset();
  icount_ = icount;
  current_ = {hot, position, slot.value, side_digest_, groups_, step_base_};
  return absl::OkStatus();
}

// Blocks from scanned_ on, up to `end` or the next control record.
template <bool kBlocks>
absl::Status RingScanner::ScanBlocks(uint64_t end) {
  // What is not ordinary goes through Enter().
  const auto slow = [this] {
    const Words slot = Load(scanned_);
    if ((slot.word0 & LOCKSTEP_CONTROL_BIT) != 0) return absl::OkStatus();
    absl::Status status = Enter(scanned_, slot);
    if (status.ok()) ++scanned_;
    return status;
  };
  if (!begun_ || trap_icount_.has_value()) return slow();

  const uint64_t mask = ring_slots_ - 1;
  const lockstep_slot* const ring = slots_;
  const BlockTable::Hot* const table = blocks_.dense();
  const uint64_t table_size = blocks_.dense_size();
  const uint64_t next_end = next_end_;
  const uint64_t gpr_mask = GprMask();
  // Nothing is closed in this loop, so that the current block is not at the window's end after
  // its first turn.
  if (icount_ == next_end) return slow();
  const BlockTable::Hot* hot = &current_.hot;
  uint64_t gpr = current_.gpr;
  uint64_t side = current_.side;
  uint64_t icount = icount_;
  uint64_t flow = flow_;
  uint64_t blocks_digest = blocks_digest_;
  uint32_t block_count = block_count_;
  uint64_t at = scanned_;
  bool stopped = false;
  for (; at != end; ++at) {
    const lockstep_slot* slot = &ring[at & mask];
    const uint64_t words =
        __atomic_load_n(reinterpret_cast<const AliasedWord*>(slot), __ATOMIC_RELAXED);
    const uint32_t id = static_cast<uint32_t>(words);
    if (id >= table_size) {  // or a control record
      stopped = true;
      break;
    }
    const BlockTable::Hot* const next = &table[id];
    const uint32_t delta = static_cast<uint32_t>(words >> 32) - static_cast<uint32_t>(icount);
    const uint64_t new_icount = icount + delta;
    if (next->n_insns == 0 || delta > hot->n_insns || new_icount >= next_end) {
      stopped = true;
      break;
    }
    if (delta == hot->n_insns) {
      flow = flow * hot->power + hot->flow;
    } else if (delta != 0) {
      flow = flow * blocks_.Power(delta) + blocks_.Prefix(*hot, delta);
    }
    if (delta != 0) {
      ++block_count;
      if constexpr (kBlocks) blocks_digest += BlockTerm(icount, gpr & gpr_mask, side);
    }
    icount = new_icount;
    hot = next;
    if constexpr (kBlocks) {
      gpr = __atomic_load_n(&slot->value, __ATOMIC_RELAXED);
      side = side_digest_;
    }
  }
  if (at != scanned_) {
    current_ = {*hot, at - 1, gpr, side_digest_, groups_, step_base_};
    icount_ = icount;
    flow_ = flow;
    blocks_digest_ = blocks_digest;
    block_count_ = block_count;
    scanned_ = at;
  }
  return stopped ? slow() : absl::OkStatus();
}

// ---- scanning ----------------------------------------------------------------------------------

absl::Status RingScanner::Scan(size_t max_slots, state::WindowBatch* batch) {
  Clear(batch);
  batch->vcpu = vcpu_;
  if (!failure_.ok() && !discarding_) return failure_;
  absl::Status status = failure_.ok() ? Refresh() : failure_;
  out_ = batch;
  const bool blocks = options_.block_digests || options_.fills;
  const uint64_t begin = scanned_;
  const uint64_t end =
      scanned_ + (status.ok() ? std::min<uint64_t>(max_slots, available_ - scanned_) : 0);
  while (status.ok() && scanned_ < end && (!out_of_credit() || discarding_)) {
    if (ended_) {
      status = Error(scanned_, "a record follows the end");
      break;
    }
    const uint64_t before = scanned_;
    status = blocks ? ScanBlocks<true>(end) : ScanBlocks<false>(end);
    if (!status.ok() || scanned_ != before) continue;
    const Words header = Load(scanned_);
    // Only a hostile producer turns a control record into a block while it is read.
    if ((header.word0 & LOCKSTEP_CONTROL_BIT) == 0 || header.word1 > LOCKSTEP_MAX_PAYLOAD_BYTES) {
      status = Error(scanned_, absl::StrFormat("record 0x%08x claims a payload of %d bytes",
                                               header.word0, header.word1));
      break;
    }
    const uint64_t slots = SlotsOf(header.word1);
    if (scanned_ + slots > available_ || (scanned_ + slots > end && scanned_ != begin)) break;
    status = ScanControl(scanned_, header);
    if (status.ok()) scanned_ += slots;
  }
  out_ = nullptr;
  if (discarding_) {
    Clear(batch);
    windows_.clear();
    window_.start_position = scanned_;
    if (!status.ok()) scanned_ = __atomic_load_n(&cursors_->published, __ATOMIC_ACQUIRE);
    FreeUpTo(scanned_);
    failure_ = status;
    return absl::OkStatus();
  }
  if (status.ok()) status = Spill();
  if (batch->rows() == 0) return failure_ = status;
  failure_ = status;  // for the next call
  batch->infos = n_infos_ - reported_infos_;
  batch->records = scanned_ - reported_slots_;
  reported_infos_ = n_infos_;
  reported_slots_ = scanned_;
  batch->sums = has_sums_;
  return absl::OkStatus();
}

void RingScanner::set_producer_dead() {
  if (!std::exchange(dead_, true)) CompleteRun(cursors_, slots_, ring_slots_);
}

bool RingScanner::exhausted() const {
  if (ended_ || !failure_.ok()) return true;
  if (!dead_) return false;
  const uint64_t written = __atomic_load_n(&cursors_->written, __ATOMIC_ACQUIRE);
  if (written == scanned_) return true;
  if (written - scanned_ > ring_slots_) return false;  // the next Scan() says what is wrong
  const Words next = Load(scanned_);
  return (next.word0 & LOCKSTEP_CONTROL_BIT) != 0 && next.word1 <= LOCKSTEP_MAX_PAYLOAD_BYTES &&
         scanned_ + SlotsOf(next.word1) > written;
}

// ---- room --------------------------------------------------------------------------------------

// Gives up the records before `position`.
void RingScanner::FreeUpTo(uint64_t position) {
  released_ = position;
  blocks_.Forget(position);
  if (position < consumed_) {
    side_.erase(side_.begin(), side_.end() - static_cast<ptrdiff_t>(consumed_ - position));
    return;
  }
  side_ = {};
  if (position != consumed_) FreeRing(position);
}

void RingScanner::FreeRing(uint64_t position) {
  consumed_ = position;
  // The producer stores producer_waiting, then loads consumed: one of us must see the other.
  __atomic_store_n(&cursors_->consumed, position, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&cursors_->producer_waiting, __ATOMIC_SEQ_CST) == 0) return;
  __atomic_add_fetch(&control_->space_futex, 1, __ATOMIC_RELEASE);
  syscall(SYS_futex, &control_->space_futex, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

absl::Status RingScanner::Spill() {
  // Of complete windows the coordinator will make room.
  if (!windows_.empty() || ended_ || scanned_ - consumed_ < ring_slots_ / 2) {
    return absl::OkStatus();
  }
  const uint64_t n = scanned_ - consumed_;
  if (side_.size() + n > options_.max_side_slots) {
    return absl::ResourceExhaustedError(absl::StrFormat(
        "ring of vCPU %d, slot %d: the window from icount %d on has more than %d slots of records "
        "before icount %d; run in dense mode, or with a shorter window",
        vcpu_, scanned_, window_.start_icount, options_.max_side_slots, icount_));
  }
  side_.reserve(side_.size() + n);
  for (uint64_t at = consumed_; at != scanned_; ++at) {
    side_.push_back(slots_[at & (ring_slots_ - 1)]);
  }
  FreeRing(scanned_);
  return absl::OkStatus();
}

void RingScanner::Release(uint64_t windows) {
  if (windows <= first_window_ || windows_.empty()) return;
  const uint64_t n = std::min<uint64_t>(windows - first_window_, windows_.size());
  windows_.erase(windows_.begin(), windows_.begin() + static_cast<ptrdiff_t>(n));
  first_window_ += n;
  FreeUpTo(!windows_.empty() ? windows_.front().start_position
           : ended_          ? scanned_
                             : window_.start_position);
}

void RingScanner::Discard() {
  discarding_ = true;
  windows_.clear();
  window_.start_position = scanned_;
  FreeUpTo(scanned_);
}

absl::StatusOr<RingDetail> RingScanner::Detail(uint64_t first_icount) const {
  if (has_sums_) {
    return absl::FailedPreconditionError(
        absl::StrFormat("vCPU %d: blocks were told of by sums: there are no records", vcpu_));
  }
  for (const Window& window : windows_) {
    if (window.start_icount == first_icount) return RingDetail::Create(this, window);
  }
  if (!ended_ && !discarding_ && in_block_ && window_.start_icount == first_icount) {
    Window open = window_;
    open.end_position = scanned_;
    return RingDetail::Create(this, open);
  }
  return absl::NotFoundError(absl::StrFormat(
      "vCPU %d: the records of the window that begins at icount %d are not retained", vcpu_,
      first_icount));
}

bool RingScanner::IsDue(uint32_t min_slots) const {
  const uint64_t published = __atomic_load_n(&cursors_->published, __ATOMIC_SEQ_CST);
  const uint64_t flushed = __atomic_load_n(&cursors_->flushed, __ATOMIC_RELAXED);
  if (published == scanned_) return false;
  return published - scanned_ >= min_slots || flushed == published;
}

bool WaitForScanners(const RingMemory& memory, absl::Span<const RingScanner* const> scanners,
                     absl::Duration timeout, uint32_t min_slots, uint32_t seen) {
  lockstep_control* control = memory.control();
  if (min_slots == 0) min_slots = 1;
  // A producer compares with all slots that are not free.
  uint64_t wanted = memory.ring_slots();
  for (const RingScanner* scanner : scanners) {
    wanted = std::min(wanted, scanner->scanned_ - scanner->consumed_ + min_slots);
  }
  const auto any = [&](uint32_t at_least) {
    return std::any_of(scanners.begin(), scanners.end(),
                       [=](const RingScanner* scanner) { return scanner->IsDue(at_least); });
  };
  // A producer stores published, then loads agent_waiting: one of us must see the other.
  __atomic_store_n(&control->agent_waiting, static_cast<uint32_t>(wanted), __ATOMIC_SEQ_CST);
  if (!any(min_slots) && memory.producer_state() != ProducerState::kClosed &&
      timeout > absl::ZeroDuration()) {
    const timespec limit = absl::ToTimespec(timeout);
    syscall(SYS_futex, &control->data_futex, FUTEX_WAIT, seen,
            timeout == absl::InfiniteDuration() ? nullptr : &limit, nullptr, 0);
  }
  __atomic_store_n(&control->agent_waiting, 0, __ATOMIC_RELAXED);
  return any(1);
}

}  // namespace lockstep::ring

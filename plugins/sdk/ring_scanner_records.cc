// SPDX-License-Identifier: MIT
// RingScanner's control records: what stands between the blocks.
#include <cstring>
#include <utility>

#include "absl/strings/str_format.h"
#include "plugins/sdk/lockstep_producer.h"
#include "plugins/sdk/ring_scanner.h"
#include "plugins/sdk/window_digest.h"

namespace lockstep::ring {
namespace {

constexpr int kComparedFillFields = 7;

using AliasedWord = uint32_t __attribute__((may_alias));

}  // namespace

absl::Span<const uint8_t> RingScanner::PayloadOf(uint64_t position, const Words& header) {
  return CopyPayload(slots_, ring_slots_, position, header.word1, absl::MakeSpan(payload_));
}

absl::Status RingScanner::CheckIcount(uint64_t position, uint64_t icount,
                                      absl::string_view what) const {
  if (!in_block_ || icount - icount_ <= current_.hot.n_insns) return absl::OkStatus();
  return Error(position, absl::StrFormat("%s at icount %d lies outside of the block of %d "
                                         "instructions that began at icount %d",
                                         what, icount, current_.hot.n_insns, icount_));
}

absl::Status RingScanner::ScanInfo(uint64_t position, const Words& header) {
  const absl::Span<const uint8_t> payload = PayloadOf(position, header);
  const absl::StatusOr<state::BlockInfo> info = DecodeInfo(header, payload, Offsets::kNeeded);
  if (!info.ok()) return Error(position, info.status().message());
  if (!blocks_.Insert(info->id, info->pc, info->offsets, payload, position)) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("ring of vCPU %d, slot %d: the producer describes too many blocks, more "
                        "than %d bytes in all",
                        vcpu_, position, BlockTable::max_bytes()));
  }
  ++n_infos_;
  return absl::OkStatus();
}

// The id at `index` of the payload of a run.
uint32_t RingScanner::RunId(uint64_t position, uint64_t index) const {
  constexpr uint64_t kPerSlot = LOCKSTEP_SLOT_BYTES / sizeof(uint32_t);
  const auto* words = reinterpret_cast<const AliasedWord*>(slots_);
  const uint64_t at = (position + 1) * kPerSlot + index;
  return __atomic_load_n(&words[at & (ring_slots_ * kPerSlot - 1)], __ATOMIC_RELAXED);
}

// Blocks from `first` on that are ordinary; returns the index of the first that is not, which goes
// through Enter().
template <bool kFills>
uint64_t RingScanner::ScanRunFast(uint64_t position, uint64_t first, uint64_t n_blocks) {
  const BlockTable::Hot* const table = blocks_.dense();
  const uint64_t table_size = blocks_.dense_size();
  const BlockTable::Hot* hot = &current_.hot;
  uint64_t icount = icount_;
  uint64_t flow = flow_;
  uint64_t blocks_digest = blocks_digest_;
  uint64_t at = first;
  for (; at != n_blocks; ++at) {
    const uint32_t id = RunId(position, at);
    if (id >= table_size) break;
    const BlockTable::Hot* const next = &table[id];
    if (next->n_insns == 0 || icount + hot->n_insns >= next_end_) break;
    flow = flow * hot->power + hot->flow;
    if constexpr (kFills) blocks_digest += BlockTerm(icount, 0, side_digest_);
    icount += hot->n_insns;
    hot = next;
  }
  if (at == first) return at;
  current_ = {*hot, position, 0, side_digest_, groups_, step_base_};
  icount_ = icount;
  flow_ = flow;
  blocks_digest_ = blocks_digest;
  block_count_ += static_cast<uint32_t>(at - first);
  return at;
}

absl::Status RingScanner::ScanRun(uint64_t position, const Words& header) {
  if (options_.block_digests) {
    return Error(position, "a run of blocks where digests are wanted with every block");
  }
  if (!in_block_ || trap_icount_.has_value()) {
    return Error(position, "a run of blocks stands behind no block");
  }
  const uint64_t n_blocks = header.word1 / sizeof(uint32_t);
  for (uint64_t i = 0; i < n_blocks;) {
    // The first block stands behind one whose digests are its own.
    if (i != 0) {
      i = options_.fills ? ScanRunFast<true>(position, i, n_blocks)
                         : ScanRunFast<false>(position, i, n_blocks);
    }
    if (i == n_blocks) break;
    const uint64_t icount = icount_ + current_.hot.n_insns;
    absl::Status status = Enter(position, {RunId(position, i++), static_cast<uint32_t>(icount), 0});
    if (!status.ok()) return status;
    if (icount_ >= next_end_) {
      return Error(position, absl::StrFormat("a run of blocks holds one at icount %d, where a "
                                             "window ends",
                                             icount_));
    }
  }
  return absl::OkStatus();
}

// Leaves a block of no instructions behind, so that the next one must begin there.
absl::Status RingScanner::ScanSum(uint64_t position, const Words& header) {
  if (request_.sums == 0 || options_.fills) {
    return Error(position, "a sum where every block is wanted");
  }
  if (!in_block_) return Error(position, "a sum stands behind no block");
  lockstep_sum_wire sum;
  memcpy(&sum, PayloadOf(position, header).data(), sizeof(sum));
  const uint32_t delta = sum.icount - static_cast<uint32_t>(icount_);
  const uint64_t first = icount_ + delta, n_insns = sum.n_insns;
  if (delta > current_.hot.n_insns || trap_icount_.value_or(first) != first) {
    return Error(position,
                 absl::StrFormat("a sum from icount %d on does not follow the block of %d "
                                 "instructions from icount %d on, or a trap",
                                 first, current_.hot.n_insns, icount_));
  }
  absl::Status status = Begin(position, first);
  if (!status.ok()) return status;
  trap_icount_.reset();
  if (first > next_end_ || n_insns > next_end_ - first) {
    return Error(position, absl::StrFormat("a sum over %d instructions from icount %d on does not "
                                           "end at icount %d, where a window ends, or before",
                                           n_insns, first, next_end_));
  }
  flow_ = flow_ * lockstep_power(kFlowG, n_insns) + header.value;
  blocks_digest_ += sum.written;
  current_.hot = {.power = 1};
  current_.position = position;
  icount_ = first + n_insns;
  has_sums_ = true;
  return absl::OkStatus();
}

absl::Status RingScanner::ScanEvent(uint64_t position, const Words& header) {
  const uint32_t kind = ArgumentOf(header);
  absl::Status status = CheckIcount(position, header.value, "an event");
  if (!status.ok()) return status;
  const bool trap = kind == LOCKSTEP_EV_EXCEPTION || kind == LOCKSTEP_EV_INTERRUPT;
  const bool fill = kind == LOCKSTEP_EV_TLB_FILL && options_.fills;
  if (!trap && !fill) return absl::OkStatus();
  const state::Event event = DecodeEvent(header, PayloadOf(position, header));
  if (fill) {
    for (int i = 0; i < kComparedFillFields; ++i) fills_ = MixInto(fills_, event.fields[i]);
    UpdateSide();
    return absl::OkStatus();
  }
  if (trap_icount_.has_value() && *trap_icount_ != event.icount) {
    return Error(position, absl::StrFormat("traps at icounts %d and %d with no block between them",
                                           *trap_icount_, event.icount));
  }
  // It belongs to the window that ends with the block to come.
  if (in_block_ && event.icount > icount_ && icount_ == next_end_) CloseWindow();
  traps_ = traps_ * kFlowG + TrapTerm(event);
  ++trap_count_;
  trap_icount_ = event.icount;
  return absl::OkStatus();
}

absl::Status RingScanner::ScanEnd(uint64_t position, const Words& header) {
  absl::Status status = CheckIcount(position, header.value, "the end");
  if (!status.ok()) return status;
  if (trap_icount_.has_value() && *trap_icount_ != header.value) {
    return Error(position, absl::StrFormat("a trap at icount %d stands before the end at icount %d",
                                           *trap_icount_, header.value));
  }
  if (in_block_) {
    status = Begin(position, header.value);
    if (!status.ok()) return status;
  } else {
    window_.start_icount = header.value;
  }
  state::End end = DecodeEnd(header, PayloadOf(position, header));
  EmitRow(end.icount, end.step, 0, end.digests);
  out_->end = std::move(end);
  window_.end_position = position + SlotsOf(header.word1);
  windows_.push_back(window_);
  ended_ = true;
  return absl::OkStatus();
}

absl::Status RingScanner::ScanControl(uint64_t position, const Words& header) {
  absl::Status status = CheckHeader(header, supplied_, n_names_);
  if (!status.ok()) return Error(position, status.message());
  switch (TypeOf(header)) {
    case LOCKSTEP_REC_BLOCK_INFO:
      return ScanInfo(position, header);
    case LOCKSTEP_REC_GROUP: {
      const uint32_t group = ArgumentOf(header);
      if ((options_.groups & 1u << group) == 0) break;
      groups_[group] = header.value;
      UpdateSide();
      break;
    }
    case LOCKSTEP_REC_EVENT:
      return ScanEvent(position, header);
    case LOCKSTEP_REC_REGISTERS:
      // Nothing of it is used here; RingDetail looks at the rest.
      return CheckIcount(position, header.value, "registers");
    case LOCKSTEP_REC_NAMES: {
      const absl::Span<const uint8_t> names = PayloadOf(position, header);
      names_.assign(names.begin(), names.end());
      n_names_ = static_cast<uint32_t>(header.value);
      names_position_ = position + 1;
      break;
    }
    case LOCKSTEP_REC_END:
      return ScanEnd(position, header);
    case LOCKSTEP_REC_STEP:
      step_base_ = header.value;
      break;
    case LOCKSTEP_REC_RUN:
      return ScanRun(position, header);
    case LOCKSTEP_REC_SUM:
      return ScanSum(position, header);
    case LOCKSTEP_REC_CONSOLE:
      return CheckIcount(position, header.value, "console output");
  }
  return absl::OkStatus();
}

}  // namespace lockstep::ring

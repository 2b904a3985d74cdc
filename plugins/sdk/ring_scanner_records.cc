// SPDX-License-Identifier: MIT
// RingScanner's control records: what stands between the blocks.
#include <utility>

#include "absl/strings/str_format.h"
#include "plugins/sdk/lockstep_producer.h"
#include "plugins/sdk/ring_scanner.h"
#include "plugins/sdk/window_digest.h"

namespace lockstep::ring {
namespace {

constexpr int kComparedFillFields = 7;

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
    case LOCKSTEP_REC_CONSOLE:
      return CheckIcount(position, header.value, "console output");
  }
  return absl::OkStatus();
}

}  // namespace lockstep::ring

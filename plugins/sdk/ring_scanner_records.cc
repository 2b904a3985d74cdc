// SPDX-License-Identifier: Apache-2.0
// RingScanner's control records: what stands between the blocks.
#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "plugins/sdk/lockstep_producer.h"
#include "plugins/sdk/ring_scanner.h"
#include "plugins/sdk/window_digest.h"

namespace lockstep::ring {
namespace {

constexpr uint32_t kSlotBytes = LOCKSTEP_SLOT_BYTES;
constexpr uint32_t kMaxEndText = 4096;
// Number of fields of each event kind.
constexpr uint32_t kEventFields[] = {0, 6, 6, 8, 3, 4, 2, 1};
constexpr int kComparedFillFields = 7;

// Text of a producer, made safe to print.
std::string Printable(const uint8_t* bytes, size_t n) {
  std::string text(reinterpret_cast<const char*>(bytes), n);
  for (char& c : text) {
    if (c < ' ' || c > '~') c = '?';
  }
  return text;
}

}  // namespace

void RingScanner::CopyPayload(uint64_t position, uint32_t bytes) {
  const uint64_t first = (position + 1) & (ring_slots_ - 1);
  const size_t until_wrap = static_cast<size_t>((ring_slots_ - first) * kSlotBytes);
  const size_t head = std::min<size_t>(bytes, until_wrap);
  memcpy(payload_.data(), &slots_[first], head);
  memcpy(payload_.data() + head, slots_, bytes - head);
}

absl::Status RingScanner::CheckIcount(uint64_t position, uint64_t icount,
                                      absl::string_view what) const {
  if (!in_block_ || icount - icount_ <= current_.hot.n_insns) return absl::OkStatus();
  return Error(position, absl::StrFormat("%s at icount %d lies outside of the block of %d "
                                         "instructions that began at icount %d",
                                         what, icount, current_.hot.n_insns, icount_));
}

absl::Status RingScanner::ScanInfo(uint64_t position, const Words& header) {
  lockstep_block_info_wire wire;
  const uint32_t bytes = header.word1;
  if (bytes < sizeof(wire)) return Error(position, "a block info is too short");
  if (header.value >= LOCKSTEP_CONTROL_BIT) {
    return Error(position, absl::StrCat("block id ", header.value, " is not below 2^31"));
  }
  CopyPayload(position, bytes);
  memcpy(&wire, payload_.data(), sizeof(wire));
  if (wire.n_insns == 0 || wire.n_insns > 65535) {
    return Error(position, absl::StrCat("a block info has ", wire.n_insns, " instructions"));
  }
  const uint64_t offsets_bytes = uint64_t{wire.n_insns} * 2;
  if (sizeof(wire) + offsets_bytes + wire.n_code != bytes) {
    return Error(position, absl::StrFormat("a block info of %d instructions, with their offsets, "
                                           "and %d bytes of code has %d bytes",
                                           wire.n_insns, wire.n_code, bytes));
  }
  std::vector<uint16_t> offsets(wire.n_insns);
  memcpy(offsets.data(), payload_.data() + sizeof(wire), offsets_bytes);
  for (size_t i = 0; i < offsets.size(); ++i) {
    if (i == 0 ? offsets[0] != 0 : offsets[i] <= offsets[i - 1]) {
      return Error(position, "the offsets of a block info do not rise from 0");
    }
  }
  if (wire.n_code != 0 && wire.n_code <= offsets.back()) {
    return Error(position, "the code of a block info ends before its last instruction");
  }
  if (!blocks_.Insert(static_cast<uint32_t>(header.value), wire.pc, offsets,
                      absl::MakeConstSpan(payload_).subspan(0, bytes), position)) {
    return absl::ResourceExhaustedError(
        absl::StrFormat("ring of vCPU %d, slot %d: the producer describes too many blocks, more "
                        "than %d bytes in all",
                        vcpu_, position, BlockTable::max_bytes()));
  }
  ++n_infos_;
  return absl::OkStatus();
}

absl::Status RingScanner::ScanEvent(uint64_t position, const Words& header) {
  const uint32_t kind = header.word0 & 0xffff;
  if (kind == 0 || kind >= std::size(kEventFields)) {
    return Error(position, absl::StrCat("unknown kind of event, ", kind));
  }
  const uint32_t bytes = header.word1;
  if (bytes != kEventFields[kind] * sizeof(uint64_t)) {
    return Error(position, absl::StrFormat("an event of kind %d has %d bytes, not %d", kind, bytes,
                                           kEventFields[kind] * sizeof(uint64_t)));
  }
  absl::Status status = CheckIcount(position, header.value, "an event");
  if (!status.ok()) return status;
  const bool trap = kind == LOCKSTEP_EV_EXCEPTION || kind == LOCKSTEP_EV_INTERRUPT;
  const bool fill = kind == LOCKSTEP_EV_TLB_FILL && options_.fills;
  if (!trap && !fill) return absl::OkStatus();
  CopyPayload(position, bytes);
  state::Event event;
  event.kind = static_cast<state::EventKind>(kind);
  event.n_fields = static_cast<uint8_t>(kEventFields[kind]);
  event.icount = header.value;
  memcpy(event.fields.data(), payload_.data(), bytes);
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
  lockstep_end_wire wire;
  const uint32_t reason = header.word0 & 0xffff;
  if (reason < LOCKSTEP_END_EXIT || reason > LOCKSTEP_END_ERROR) {
    return Error(position, absl::StrCat("unknown reason of an end, ", reason));
  }
  if (header.word1 < sizeof(wire) || header.word1 > sizeof(wire) + kMaxEndText) {
    return Error(position, absl::StrCat("an end of ", header.word1, " bytes"));
  }
  absl::Status status = CheckIcount(position, header.value, "the end");
  if (!status.ok()) return status;
  if (trap_icount_.has_value() && *trap_icount_ != header.value) {
    return Error(position, absl::StrFormat("a trap at icount %d stands before the end at icount %d",
                                           *trap_icount_, header.value));
  }
  CopyPayload(position, header.word1);
  memcpy(&wire, payload_.data(), sizeof(wire));
  if (in_block_) {
    status = Begin(position, header.value);
    if (!status.ok()) return status;
  } else {
    window_.start_icount = header.value;
  }
  state::End end;
  end.reason = static_cast<state::EndReason>(reason);
  end.icount = header.value;
  end.step = wire.step;
  std::copy_n(wire.digests, state::kGroups, end.digests.begin());
  end.console_digest = wire.console_digest;
  end.exit_code = wire.exit_code;
  end.text = Printable(payload_.data() + sizeof(wire), header.word1 - sizeof(wire));
  EmitRow(end.icount, end.step, 0, end.digests);
  out_->end = std::move(end);
  window_.end_position = position + 1 + (header.word1 + kSlotBytes - 1) / kSlotBytes;
  windows_.push_back(window_);
  ended_ = true;
  return absl::OkStatus();
}

absl::Status RingScanner::ScanControl(uint64_t position, const Words& header) {
  const uint32_t type = (header.word0 >> 16) & 0x7fff;
  const uint32_t argument = header.word0 & 0xffff;
  const uint32_t bytes = header.word1;
  const bool takes_argument =
      type == LOCKSTEP_REC_GROUP || type == LOCKSTEP_REC_EVENT || type == LOCKSTEP_REC_END;
  if (!takes_argument && argument != 0) {
    return Error(position, absl::StrFormat("record 0x%08x has an argument", header.word0));
  }
  switch (type) {
    case LOCKSTEP_REC_BLOCK_INFO:
      return ScanInfo(position, header);
    case LOCKSTEP_REC_GROUP:
      if (argument == LOCKSTEP_GPR || argument >= LOCKSTEP_GROUPS ||
          (supplied_ & 1u << argument) == 0 || bytes != 0) {
        return Error(position, absl::StrFormat("a digest of group %d, which the producer does not "
                                               "supply or was not asked for, with %d bytes",
                                               argument, bytes));
      }
      if ((options_.groups & 1u << argument) == 0) return absl::OkStatus();
      groups_[argument] = header.value;
      UpdateSide();
      return absl::OkStatus();
    case LOCKSTEP_REC_EVENT:
      return ScanEvent(position, header);
    case LOCKSTEP_REC_REGISTERS:
      // Nothing of it is used here; RingDetail looks at the rest.
      return CheckIcount(position, header.value, "registers");
    case LOCKSTEP_REC_NAMES:
      if (n_names_ != 0) return Error(position, "register names come a second time");
      if (header.value == 0 || header.value > LOCKSTEP_MAX_REGISTERS) {
        return Error(position, absl::StrCat("the producer declares ", header.value, " registers"));
      }
      CopyPayload(position, bytes);
      names_.assign(payload_.begin(), payload_.begin() + bytes);
      n_names_ = static_cast<uint32_t>(header.value);
      names_position_ = position + 1;
      return absl::OkStatus();
    case LOCKSTEP_REC_END:
      return ScanEnd(position, header);
    case LOCKSTEP_REC_STEP:
      if (bytes != 0) return Error(position, "a step record has a payload");
      step_base_ = header.value;
      return absl::OkStatus();
    case LOCKSTEP_REC_CONSOLE:
      return CheckIcount(position, header.value, "console output");
    default:
      return Error(position, absl::StrFormat("unknown record 0x%08x", header.word0));
  }
}

}  // namespace lockstep::ring

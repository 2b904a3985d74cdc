// SPDX-License-Identifier: MIT
#include "plugins/sdk/ring_detail.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "plugins/sdk/lockstep_producer.h"

namespace lockstep::ring {
namespace {

constexpr uint64_t kStageSlots = 4 * LOCKSTEP_MIN_RING_SLOTS;
// A block's slot with its description, or a record.
constexpr uint64_t kLongestSlots = 2 + LOCKSTEP_MAX_PAYLOAD_BYTES / LOCKSTEP_SLOT_BYTES;

}  // namespace

absl::StatusOr<RingDetail> RingDetail::Create(const RingScanner* scanner,
                                              const RingScanner::Window& window) {
  struct lockstep_request request = scanner->request_;
  request.silent_until_icount = window.start_icount;
  absl::StatusOr<RingMemory> memory = RingMemory::Create(1, kStageSlots, request);
  if (!memory.ok()) return memory.status();
  return RingDetail(scanner, window, *std::move(memory));
}

RingDetail::RingDetail(const RingScanner* scanner, const RingScanner::Window& window,
                       RingMemory memory)
    : scanner_(scanner),
      window_(window),
      at_(window.start_position),
      memory_(std::make_unique<RingMemory>(std::move(memory))),
      reader_(std::make_unique<RingReader>(*memory_, 0, scanner->identity_)),
      replaced_(scanner->blocks_.ReplacedSince(window.start_position)) {}

void RingDetail::PutSlot(const lockstep_slot& slot) {
  memory_->slots(0)[head_++ % kStageSlots] = slot;
}

void RingDetail::Put(uint32_t type, uint32_t argument, uint64_t value,
                     absl::Span<const uint8_t> payload) {
  PutSlot(
      {LOCKSTEP_CONTROL_BIT | type << 16 | argument, static_cast<uint32_t>(payload.size()), value});
  for (size_t i = 0; i < payload.size(); i += LOCKSTEP_SLOT_BYTES) {
    lockstep_slot slot{};
    memcpy(&slot, payload.data() + i, std::min<size_t>(LOCKSTEP_SLOT_BYTES, payload.size() - i));
    PutSlot(slot);
  }
}

void RingDetail::Preamble() {
  if (window_.names_before) Put(LOCKSTEP_REC_NAMES, 0, scanner_->n_names_, scanner_->names_);
  for (uint32_t g = LOCKSTEP_FPR; g < LOCKSTEP_GROUPS; ++g) {
    if (window_.groups[g] != 0) Put(LOCKSTEP_REC_GROUP, g, window_.groups[g], {});
  }
  if (window_.step_base != 0) Put(LOCKSTEP_REC_STEP, 0, window_.step_base, {});
}

// Ahead of a block's first entry. One that was never described is the reader's to refuse.
void RingDetail::Describe(uint32_t id) {
  const auto [it, is_new] = told_.try_emplace(id, 0);
  if (!is_new) return;
  const auto* payload = scanner_->blocks_.PayloadAt(id, window_.start_position, replaced_);
  if (payload == nullptr) return;
  lockstep_block_info_wire wire;
  memcpy(&wire, payload->data(), sizeof(wire));
  it->second = wire.n_insns;
  Put(LOCKSTEP_REC_BLOCK_INFO, 0, id, *payload);
}

// As a record of its own, which says where it begins.
void RingDetail::CopyRunBlock() {
  const uint32_t id = run_[run_at_++];
  Describe(id);
  icount_ += insns_;
  insns_ = told_[id];
  PutSlot({id, static_cast<uint32_t>(icount_), 0});
}

void RingDetail::CopyRecord() {
  const lockstep_slot slot = scanner_->SlotAt(at_++);
  if ((slot.word0 & LOCKSTEP_CONTROL_BIT) == 0) {
    Describe(slot.word0);
    icount_ = slot.word1;  // only the low half matters
    insns_ = told_[slot.word0];
    PutSlot(slot);
    return;
  }
  const uint32_t type = slot.word0 >> 16 & 0x7fff;
  const uint64_t payload_slots = SlotsOf(std::min(slot.word1, LOCKSTEP_MAX_PAYLOAD_BYTES)) - 1;
  const uint64_t end = std::min(at_ + payload_slots, window_.end_position);
  if (type == LOCKSTEP_REC_RUN) {
    run_.clear();
    run_at_ = 0;
    for (; at_ < end; ++at_) {
      uint32_t ids[LOCKSTEP_SLOT_BYTES / sizeof(uint32_t)];
      const lockstep_slot part = scanner_->SlotAt(at_);
      memcpy(ids, &part, sizeof(ids));
      run_.insert(run_.end(), std::begin(ids), std::end(ids));
    }
    run_.resize(std::min<size_t>(run_.size(), slot.word1 / sizeof(uint32_t)));
    return;
  }
  PutSlot(slot);
  if (type == LOCKSTEP_REC_BLOCK_INFO && at_ < end) {
    lockstep_block_info_wire wire{};
    const lockstep_slot parts[] = {scanner_->SlotAt(at_), scanner_->SlotAt(at_ + 1)};
    memcpy(&wire, parts, sizeof(wire));
    told_[static_cast<uint32_t>(slot.value)] = wire.n_insns;
  }
  for (; at_ < end; ++at_) PutSlot(scanner_->SlotAt(at_));
}

void RingDetail::Fill() {
  if (!std::exchange(started_, true)) Preamble();
  while (head_ - reader_->position() + 2 * kLongestSlots <= kStageSlots) {
    if (run_at_ < run_.size()) {
      CopyRunBlock();
    } else if (at_ < window_.end_position) {
      CopyRecord();
    } else {
      break;
    }
  }
  lockstep_cursors* cursors = memory_->cursors(0);
  __atomic_store_n(&cursors->written, head_, __ATOMIC_RELAXED);
  __atomic_store_n(&cursors->published, head_, __ATOMIC_RELEASE);
}

absl::Status RingDetail::Drain(state::Batch* batch) {
  Fill();
  absl::Status status = reader_->Drain(kStageSlots, batch);
  batch->vcpu = scanner_->vcpu_;
  if (status.ok()) return status;
  return absl::Status(
      status.code(),
      absl::StrCat("records of vCPU ", scanner_->vcpu_, " from the window at icount ",
                   window_.start_icount, " on: ", std::string(status.message())));
}

}  // namespace lockstep::ring

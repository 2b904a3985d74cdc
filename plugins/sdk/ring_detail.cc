// SPDX-License-Identifier: MIT
#include "plugins/sdk/ring_detail.h"

#include <algorithm>
#include <cstring>
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

void RingDetail::Fill() {
  if (!std::exchange(started_, true)) Preamble();
  const uint64_t end = window_.end_position;
  while (at_ < end && head_ - reader_->position() + 2 * kLongestSlots <= kStageSlots) {
    const lockstep_slot slot = scanner_->SlotAt(at_++);
    if ((slot.word0 & LOCKSTEP_CONTROL_BIT) == 0) {
      if (told_.insert(slot.word0).second) {
        const auto* payload =
            scanner_->blocks_.PayloadAt(slot.word0, window_.start_position, replaced_);
        if (payload != nullptr) Put(LOCKSTEP_REC_BLOCK_INFO, 0, slot.word0, *payload);
      }
      PutSlot(slot);
      continue;
    }
    if ((slot.word0 >> 16 & 0x7fff) == LOCKSTEP_REC_BLOCK_INFO) {
      told_.insert(static_cast<uint32_t>(slot.value));
    }
    PutSlot(slot);
    const uint64_t payload_slots =
        (std::min(slot.word1, LOCKSTEP_MAX_PAYLOAD_BYTES) + LOCKSTEP_SLOT_BYTES - 1) /
        LOCKSTEP_SLOT_BYTES;
    for (uint64_t i = 0; i < payload_slots && at_ < end; ++i) PutSlot(scanner_->SlotAt(at_++));
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

// SPDX-License-Identifier: MIT
// The control records of a ring, as RingReader and RingScanner both decode them: what each may look
// like, and what it says. Where a record may stand in its stream is for them to check.
//
// Pure, and defensive: all that comes from the ring is checked before use. Errors are DataLoss and
// say what is wrong with the record, not where it stands; callers put that ahead of the message.
// Source: docs/formats/ring.md.
#ifndef PLUGINS_SDK_RING_RECORDS_H_
#define PLUGINS_SDK_RING_RECORDS_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "plugins/sdk/lockstep_ring.h"
#include "proto/cc/state.h"

namespace lockstep::ring {

// A slot, taken out of the ring.
struct SlotWords {
  uint32_t word0;
  uint32_t word1;
  uint64_t value;
};

// Of a control record.
inline uint32_t TypeOf(const SlotWords& header) { return (header.word0 >> 16) & 0x7fff; }
inline uint32_t ArgumentOf(const SlotWords& header) { return header.word0 & 0xffff; }

// Slots of a control record with its payload.
inline uint64_t SlotsOf(uint32_t payload_bytes) {
  return 1 + (uint64_t{payload_bytes} + LOCKSTEP_SLOT_BYTES - 1) / LOCKSTEP_SLOT_BYTES;
}

// Copies the payload of the record at `position` of a ring to `buffer`; returns the part of
// `buffer` that it fills.
// REQUIRES: `ring_slots` is a power of two; the payload fits into the ring and into `buffer`.
absl::Span<const uint8_t> CopyPayload(const lockstep_slot* slots, uint64_t ring_slots,
                                      uint64_t position, uint32_t bytes,
                                      absl::Span<uint8_t> buffer);

// Of a producer that has died: makes the run that it was writing, if any, a record behind
// `written`. REQUIRES: `ring_slots` is a power of two.
void CompleteRun(lockstep_cursors* cursors, lockstep_slot* slots, uint64_t ring_slots);

// Checks what a control record says ahead of its payload, save the number of bytes of registers,
// and of names and console output, which may be any. `groups`: those that the producer supplies and
// was asked for; `n_names`: registers that were named before.
absl::Status CheckHeader(const SlotWords& header, state::GroupMask groups, uint32_t n_names);

// For the following: CheckHeader() said OK, and the payload has the header's number of bytes.

// The offsets in the block infos of a producer.
enum class Offsets {
  kOptional,  // it does not claim LOCKSTEP_ABILITY_LAYOUT
  kClaimed,   // it does
  kNeeded,    // it does, and nothing can be done without them
};

absl::StatusOr<state::BlockInfo> DecodeInfo(const SlotWords& header,
                                            absl::Span<const uint8_t> payload, Offsets offsets);

state::Event DecodeEvent(const SlotWords& header, absl::Span<const uint8_t> payload);

// The text is made safe to print.
state::End DecodeEnd(const SlotWords& header, absl::Span<const uint8_t> payload);

}  // namespace lockstep::ring

#endif  // PLUGINS_SDK_RING_RECORDS_H_

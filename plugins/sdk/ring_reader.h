// SPDX-License-Identifier: MIT
// The reading side of one vCPU's ring: decodes records into columnar batches.
//
// Pure and defensive: every length, index and number that comes from the ring is checked before
// use, each slot is read once, and what breaks an invariant of docs/formats/ring.md is an error
// that names the vCPU and the slot. Source: docs/design/alignment.md, "What a producer sends".
#ifndef PLUGINS_SDK_RING_READER_H_
#define PLUGINS_SDK_RING_READER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "plugins/sdk/lockstep_ring.h"
#include "plugins/sdk/ring_memory.h"
#include "plugins/sdk/ring_records.h"
#include "proto/cc/state.h"

namespace lockstep::ring {

// The largest batch worth asking for: 64 Ki records, 1 MiB of ring.
inline constexpr size_t kDefaultDrainSlots = 65536;

// Not thread-safe: one thread at a time.
class RingReader {
 public:
  // REQUIRES: `identity` is what memory.Identity() gave; vcpu < identity.vcpus; the mapping of
  // `memory` outlives the reader; one reader per vCPU.
  RingReader(const RingMemory& memory, uint32_t vcpu, const state::ProducerIdentity& identity);

  // Takes up to `max_slots` slots out of the ring and frees them for the producer. A record that
  // is longer than that is taken alone; one whose payload is not yet readable stays. The batch is
  // empty (records == 0) when there is nothing to take; only batches that are not empty count in
  // `sequence`.
  //
  // Errors: DataLoss when the ring breaks its format or an invariant. What stood before the fault
  // is returned first, as an ordinary batch; the error comes with the next call and with every call
  // after it.
  absl::StatusOr<state::Batch> Drain(size_t max_slots = kDefaultDrainSlots);
  // The same, into a batch whose memory is used again.
  absl::Status Drain(size_t max_slots, state::Batch* batch);

  // The producer's process has ended: records that it completed but had no time to publish become
  // readable, and an incomplete one at the end is left out.
  void set_producer_dead();

  // The End record was taken.
  bool ended() const { return ended_; }
  // Nothing more can come: the End record was taken, or the producer is dead and all is read, or
  // the ring is broken.
  bool exhausted() const;
  // The entry of the last block taken, in instructions; request.silent_until_icount before it.
  uint64_t last_icount() const { return block_icount_; }
  // Slots taken since the start.
  uint64_t position() const { return position_; }

 private:
  using Words = SlotWords;

  Words Load(uint64_t position) const;
  absl::Status Error(uint64_t position, absl::string_view what) const;
  // Sets available_ to the end of what may be read.
  absl::Status Refresh();
  // Decodes blocks from `*position` on up to `end`; stops at a control record, at a fault, or when
  // the columns of the batch are full.
  absl::Status DecodeBlocks(uint64_t end, uint64_t* position, size_t* n_blocks, bool* full,
                            state::Batch* batch);
  absl::Status DecodeControl(uint64_t position, const Words& header, uint32_t before,
                             state::Batch* batch);
  absl::Status DecodeNames(uint64_t position, const Words& header, state::Batch* batch);
  // The payload of the record at `position`, in payload_.
  absl::Span<const uint8_t> PayloadOf(uint64_t position, const Words& header);
  absl::Status CheckIcount(uint64_t position, uint64_t icount, absl::string_view what) const;
  // Nominal instruction count of a block, 0 if it was never described.
  uint32_t InsnsOf(uint32_t id) const;
  void SetInsnsOf(uint32_t id, uint32_t n_insns);
  void FreeSlots(uint64_t position);

  lockstep_cursors* cursors_;
  const lockstep_slot* slots_;
  uint32_t* space_futex_;
  uint64_t ring_slots_;
  uint32_t vcpu_;
  uint32_t abilities_;
  uint32_t groups_;  // supplied and asked for

  bool dead_ = false;
  bool ended_ = false;
  bool in_first_block_ = true;  // no block was entered yet
  uint64_t position_ = 0;       // slots taken
  uint64_t available_ = 0;      // slots readable
  uint64_t block_icount_;       // entry of the current block
  uint32_t block_insns_ = 0;    // its nominal instruction count
  uint64_t next_sequence_ = 0;
  uint32_t n_registers_ = 0;
  uint64_t n_infos_ = 0;
  std::vector<uint32_t> dense_insns_;                     // by block id
  absl::flat_hash_map<uint32_t, uint32_t> sparse_insns_;  // ids too large for the table
  std::vector<uint8_t> payload_;
  absl::Status failure_;
};

}  // namespace lockstep::ring

#endif  // PLUGINS_SDK_RING_READER_H_

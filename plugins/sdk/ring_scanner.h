// SPDX-License-Identifier: MIT
// The agent's side of one vCPU's ring in sparse mode: sums up the block records in place, one row
// per window of instructions, and frees them only when the coordinator has agreed on their window.
// The records of any other window can be had as ordinary batches (RingDetail).
//
// The producer begins a block at each multiple of request.window_insns (LOCKSTEP_ABILITY_WINDOWS)
// and tells the offsets of all instructions (LOCKSTEP_ABILITY_LAYOUT).
//
// Room: a producer that is ahead waits, because the records of windows that are complete and not
// agreed on stay. A window that alone fills half of the ring is moved to a side buffer as it
// comes, so that it can be completed; a window of more than max_side_slots is an error.
//
// Defensive as RingReader: all that comes from the ring is checked before use.
// Source: docs/design/sparse.md.
#ifndef PLUGINS_SDK_RING_SCANNER_H_
#define PLUGINS_SDK_RING_SCANNER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "plugins/sdk/block_table.h"
#include "plugins/sdk/lockstep_ring.h"
#include "plugins/sdk/ring_memory.h"
#include "plugins/sdk/ring_records.h"
#include "proto/cc/state.h"
#include "proto/cc/window.h"

namespace lockstep::ring {

class RingDetail;  // ring_detail.h, which users of Detail() include

struct ScannerOptions {
  state::GroupMask groups = 0;  // that the run compares; others are left out of the rows
  // Sum up the states at block entries too (digests are right there: request.digest_at is BLOCK).
  bool block_digests = false;
  // TLB fills are compared: they count as part of the state at block entries.
  bool fills = false;
  // Scan() stops when so many windows are complete and not agreed on.
  size_t max_windows = 4096;
  // Most slots of a window that does not fit into the ring: 64 MiB.
  size_t max_side_slots = size_t{1} << 22;
};

// Not thread-safe: one thread at a time.
class RingScanner {
 public:
  // REQUIRES: `identity` is what memory.Identity() gave; vcpu < identity.vcpus; the request has
  // window_insns > 0; the mapping of `memory` outlives the scanner; one scanner or reader per
  // vCPU; options.groups are supplied and were asked for.
  // Errors: FailedPrecondition names an ability that the producer lacks.
  static absl::StatusOr<RingScanner> Create(const RingMemory& memory, uint32_t vcpu,
                                            const state::ProducerIdentity& identity,
                                            const ScannerOptions& options);

  // Reads up to `max_slots` slots (a longer record alone), and replaces *batch by the windows that
  // became complete; batch->rows() may be 0.
  //
  // Errors: DataLoss when the ring breaks its format or an invariant; ResourceExhausted for a
  // window that is too long, or too many translations. Windows that were complete before are
  // returned first; the error comes with the next call and with every call after it.
  absl::Status Scan(size_t max_slots, state::WindowBatch* batch);

  // The first `windows` windows of the stream are agreed on: their slots are freed. Never falls;
  // more than there are complete count as all that are.
  void Release(uint64_t windows);

  // Frees everything and takes no more part: for a vCPU that nobody looks at any more. Scan() then
  // discards what comes.
  void Discard();

  // The records of the window that begins at `first_icount`; of the last one, which may be
  // incomplete, those scanned so far. Valid until the window is released.
  // Errors: NotFound if no retained window begins there; FailedPrecondition if blocks were told of
  // by sums (WindowBatch::sums); those of RingMemory::Create.
  absl::StatusOr<RingDetail> Detail(uint64_t first_icount) const;

  // The producer's process has ended: see RingReader::set_producer_dead().
  void set_producer_dead();
  // The End record was scanned.
  bool ended() const { return ended_; }
  // Nothing more can come: as RingReader::exhausted().
  bool exhausted() const;
  // There are `min_slots` slots to scan at least, or the producer has flushed, ended, closed or run
  // out of space.
  bool IsDue(uint32_t min_slots) const;
  // max_windows windows are complete: waits for Release().
  bool out_of_credit() const { return windows_.size() >= options_.max_windows; }

  uint64_t scanned() const { return scanned_; }    // slots read since the start
  uint64_t released() const { return released_; }  // slots whose window is agreed on
  uint64_t side_slots() const { return side_.size(); }
  uint64_t last_icount() const { return icount_; }  // entry of the last block read

 private:
  friend class RingDetail;
  friend bool WaitForScanners(const RingMemory&, absl::Span<const RingScanner* const>,
                              absl::Duration, uint32_t, uint32_t);

  using Words = SlotWords;
  // A stretch of records that is retained.
  struct Window {
    uint64_t start_icount = 0;
    uint64_t start_position = 0;
    uint64_t end_position = 0;  // after the record of the boundary at its end
    // What holds there.
    state::Digests groups{};
    uint64_t step_base = 0;
    bool names_before = false;  // the register names were declared before
  };
  // The block that was entered last, with what held there.
  struct Current {
    BlockTable::Hot hot;
    uint64_t position = 0;
    uint64_t gpr = 0;
    uint64_t side = 0;
    state::Digests groups{};
    uint64_t step_base = 0;
  };

  RingScanner(const RingMemory& memory, uint32_t vcpu, const state::ProducerIdentity& identity,
              const ScannerOptions& options);

  const lockstep_slot& SlotAt(uint64_t position) const;  // not freed
  Words Load(uint64_t position) const;
  absl::Status Error(uint64_t position, absl::string_view what) const;
  absl::Status Refresh();
  template <bool kBlocks>
  absl::Status ScanBlocks(uint64_t end);
  absl::Status Enter(uint64_t position, const Words& slot);
  absl::Status Begin(uint64_t position, uint64_t icount);
  void EmitRow(uint64_t icount, uint64_t step, uint64_t pc, const state::Digests& digests);
  void CloseWindow();
  absl::Status ScanControl(uint64_t position, const Words& header);
  absl::Status ScanInfo(uint64_t position, const Words& header);
  uint32_t RunId(uint64_t position, uint64_t index) const;
  absl::Status ScanRun(uint64_t position, const Words& header);
  absl::Status ScanSum(uint64_t position, const Words& header);
  template <bool kFills>
  uint64_t ScanRunFast(uint64_t position, uint64_t first, uint64_t n_blocks);
  absl::Status ScanEvent(uint64_t position, const Words& header);
  absl::Status ScanEnd(uint64_t position, const Words& header);
  absl::Status CheckIcount(uint64_t position, uint64_t icount, absl::string_view what) const;
  // The payload of the record at `position`, in payload_.
  absl::Span<const uint8_t> PayloadOf(uint64_t position, const Words& header);
  absl::Status Spill();
  void FreeUpTo(uint64_t position);
  void FreeRing(uint64_t position);
  void UpdateSide();
  uint64_t NextMultiple(uint64_t icount) const;
  uint64_t GprMask() const;  // of the digests that are part of a block's state
  state::Digests CurrentDigests() const;

  lockstep_control* control_;
  lockstep_cursors* cursors_;
  lockstep_slot* slots_;  // written to only for a producer that has died
  uint64_t ring_slots_;
  uint32_t vcpu_;
  state::ProducerIdentity identity_;
  struct lockstep_request request_;
  state::GroupMask supplied_;  // and asked for
  uint64_t window_insns_;
  ScannerOptions options_;

  bool dead_ = false;
  bool ended_ = false;
  bool discarding_ = false;
  bool has_sums_ = false;
  absl::Status failure_;

  // Positions: released_ <= consumed_ <= scanned_ <= available_. Slots from released_ to consumed_
  // are in side_, from consumed_ on in the ring.
  uint64_t released_ = 0;
  uint64_t consumed_ = 0;
  uint64_t scanned_ = 0;
  uint64_t available_ = 0;
  std::vector<lockstep_slot> side_;

  // The stream's state.
  bool in_block_ = false;
  bool begun_ = false;  // an instruction has
  state::Digests start_digests_{};
  uint64_t icount_;  // entry of the current block
  Current current_;
  state::Digests groups_{};  // of the next block
  uint64_t step_base_ = 0;
  uint64_t fills_ = 0;
  uint64_t side_digest_ = 0;
  std::optional<uint64_t> trap_icount_;  // a block must begin there next
  uint64_t names_position_ = 0;          // after the record
  std::vector<uint8_t> names_;
  uint32_t n_names_ = 0;

  // The window that is not complete.
  Window window_;
  uint64_t next_end_ = UINT64_MAX;
  uint64_t flow_ = 0;
  uint64_t traps_ = 0;
  uint32_t trap_count_ = 0;
  uint64_t blocks_digest_ = 0;
  uint32_t block_count_ = 0;

  uint64_t first_window_ = 0;   // number of windows_.front()
  std::deque<Window> windows_;  // complete, not released
  uint64_t reported_infos_ = 0;
  uint64_t n_infos_ = 0;
  uint64_t reported_slots_ = 0;
  state::WindowBatch* out_ = nullptr;  // during Scan()

  BlockTable blocks_;
  std::vector<uint8_t> payload_;
};

// Waits until one of the rings has at least `min_slots` slots that its scanner has not read, or a
// producer has flushed, ended, closed or run out of space, or the timeout is over; may return
// early. RingMemory::WaitForData() would count the retained slots. Returns at once if somebody has
// called WakeWaiter() since memory.wake_count() was `seen`. Returns whether there is anything to
// scan. One thread at a time.
bool WaitForScanners(const RingMemory& memory, absl::Span<const RingScanner* const> scanners,
                     absl::Duration timeout, uint32_t min_slots, uint32_t seen);
inline bool WaitForScanners(const RingMemory& memory, absl::Span<const RingScanner* const> scanners,
                            absl::Duration timeout, uint32_t min_slots) {
  return WaitForScanners(memory, scanners, timeout, min_slots, memory.wake_count());
}

}  // namespace lockstep::ring

#endif  // PLUGINS_SDK_RING_SCANNER_H_

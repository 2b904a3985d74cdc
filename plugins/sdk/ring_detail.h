// SPDX-License-Identifier: MIT
// The records of one window that a RingScanner retains, as the batches of dense mode.
//
// They begin with the last block entered at the window's beginning (the first window: with the
// stream), and end with the last one entered at its end, or with the stream. Digests, step base and
// register names that hold at the beginning come first, and the description of each block before
// its first entry. A private ring and a RingReader decode them, so that what is refused, and how,
// is as in dense mode.
#ifndef PLUGINS_SDK_RING_DETAIL_H_
#define PLUGINS_SDK_RING_DETAIL_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "plugins/sdk/ring_memory.h"
#include "plugins/sdk/ring_reader.h"
#include "plugins/sdk/ring_scanner.h"
#include "proto/cc/state.h"

namespace lockstep::ring {

// Not thread-safe, nor against its scanner. Valid until the scanner moves, or releases the window.
class RingDetail {
 public:
  // The next batch, numbered from 0; batch->records == 0: there are no more.
  // Errors: DataLoss as RingReader::Drain().
  absl::Status Drain(state::Batch* batch);

 private:
  friend class RingScanner;
  static absl::StatusOr<RingDetail> Create(const RingScanner* scanner,
                                           const RingScanner::Window& window);
  RingDetail(const RingScanner* scanner, const RingScanner::Window& window, RingMemory memory);

  // Copies records into the private ring while there is room for the longest.
  void Fill();
  // Of one record of the scanner's, and of one block of the run that is being copied.
  void CopyRecord();
  void CopyRunBlock();
  void Describe(uint32_t id);
  void Put(uint32_t type, uint32_t argument, uint64_t value, absl::Span<const uint8_t> payload);
  void PutSlot(const lockstep_slot& slot);
  void Preamble();

  const RingScanner* scanner_;
  RingScanner::Window window_;
  uint64_t at_;
  bool started_ = false;
  std::unique_ptr<RingMemory> memory_;
  std::unique_ptr<RingReader> reader_;
  uint64_t head_ = 0;  // slots written to the private ring
  BlockTable::Replaced replaced_;
  absl::flat_hash_map<uint32_t, uint32_t> told_;  // instructions of the blocks described so far
  // The block that was copied last: a run's next begins behind it.
  uint64_t icount_ = 0;
  uint32_t insns_ = 0;
  std::vector<uint32_t> run_;  // ids, of which those up to run_at_ have been copied
  size_t run_at_ = 0;
};

}  // namespace lockstep::ring

#endif  // PLUGINS_SDK_RING_DETAIL_H_

// What a hostile or broken producer may leave in its ring, seen by the sparse agent: the scanner
// and the details of its windows give what the coordinator accepts, or an error.
//
// Input: two bytes of options (first: bit 0, the producer is dead; bit 1, digests of blocks; bit 2,
// TLB fills; bits 3 to 7: slots per call. Second: bits 0 to 3, logarithm of the window size; bits 4
// to 7, how many windows are kept), then the ring's bytes from slot 0 on.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "emulator/base/check.h"
#include "plugins/sdk/ring_detail.h"
#include "plugins/sdk/ring_memory.h"
#include "plugins/sdk/ring_scanner.h"
#include "proto/cc/state_convert.h"
#include "proto/cc/window_convert.h"

namespace {

using lockstep::ring::RingDetail;
using lockstep::ring::RingMemory;
using lockstep::ring::RingScanner;
using lockstep::ring::ScannerOptions;

std::unique_ptr<RingMemory> MakeMemory(uint32_t window_insns) {
  struct lockstep_request request {};
  request.groups = 0xf;
  request.window_insns = window_insns;
  return std::make_unique<RingMemory>(
      RingMemory::Create(1, LOCKSTEP_MIN_RING_SLOTS, request).value());
}

// One for each window size; made when first needed.
RingMemory& Memory(int log_window) {
  static std::unique_ptr<RingMemory>* const memories = new std::unique_ptr<RingMemory>[16];
  std::unique_ptr<RingMemory>& memory = memories[log_window];
  if (memory == nullptr) memory = MakeMemory(1u << log_window);
  return *memory;
}

// What the scanner lets through, the coordinator's converter must accept.
void CheckRows(const lockstep::state::WindowBatch& batch) {
  lockstep::v1::WindowBatch proto;
  lockstep::wire::ToProto(batch, &proto);
  const absl::StatusOr<lockstep::state::WindowBatch> again = lockstep::wire::FromProto(proto);
  LOCKSTEP_CHECK(again.ok()) << again.status();
}

void CheckDetail(const RingScanner& scanner, uint64_t first_icount) {
  absl::StatusOr<RingDetail> detail = scanner.Detail(first_icount);
  if (!detail.ok()) return;
  lockstep::state::Batch batch;
  lockstep::v1::BlockBatch proto;
  while (detail->Drain(&batch).ok() && batch.records != 0) {
    lockstep::wire::ToProto(batch, &proto);
    const absl::StatusOr<lockstep::state::Batch> again = lockstep::wire::FromProto(proto);
    LOCKSTEP_CHECK(again.ok()) << again.status();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  RingMemory& memory = Memory(data[1] & 15);
  const size_t bytes =
      std::min<size_t>(size - 2, memory.ring_slots() * LOCKSTEP_SLOT_BYTES) / 16 * 16;
  if (bytes != 0) memcpy(memory.slots(0), data + 2, bytes);
  lockstep_cursors* cursors = memory.cursors(0);
  memset(cursors, 0, sizeof(*cursors));
  cursors->published = bytes / LOCKSTEP_SLOT_BYTES;
  cursors->written = cursors->published;
  const lockstep::state::ProducerIdentity identity{
      .producer = "fuzz", .guest_arch = "toy", .vcpus = 1, .groups = 0xf, .abilities = 0xff};
  ScannerOptions options;
  options.groups = 0xf;
  options.block_digests = (data[0] & 2) != 0;
  options.fills = (data[0] & 4) != 0;
  options.max_windows = 1 + data[1] / 16;
  options.max_side_slots = 4096;
  absl::StatusOr<RingScanner> scanner = RingScanner::Create(memory, 0, identity, options);
  LOCKSTEP_CHECK(scanner.ok()) << scanner.status();
  if ((data[0] & 1) != 0) scanner->set_producer_dead();
  lockstep::state::WindowBatch batch;
  uint64_t windows = 0;
  for (uint64_t calls = 0;; ++calls) {
    const uint64_t before = scanner->scanned();
    if (!scanner->Scan(1 + data[0] / 8, &batch).ok()) break;
    if (batch.rows() != 0) {
      CheckRows(batch);
      CheckDetail(*scanner, batch.start_icount);
      CheckDetail(*scanner, batch.icounts.back());  // of the window that is not complete
      windows += batch.rows();
      scanner->Release(windows);
    }
    if (scanner->scanned() == before && batch.rows() == 0) break;
  }
  LOCKSTEP_CHECK(scanner->released() <= scanner->scanned());
  LOCKSTEP_CHECK(scanner->scanned() <= bytes / LOCKSTEP_SLOT_BYTES);
  return 0;
}

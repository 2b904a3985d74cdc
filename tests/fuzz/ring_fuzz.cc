// What a hostile or broken producer may leave in its ring: the reader gives batches that keep their
// invariants, or an error.
//
// Input: one byte of options (bit 0: the producer is dead; bits 1 to 7: slots per call), then the
// ring's bytes from slot 0 on.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "emulator/base/check.h"
#include "plugins/sdk/ring_memory.h"
#include "plugins/sdk/ring_reader.h"
#include "proto/cc/state_convert.h"

namespace {

using lockstep::ring::RingMemory;
using lockstep::ring::RingReader;

RingMemory& Memory() {
  static RingMemory* const memory = [] {
    struct lockstep_request request {};
    request.groups = 0xf;
    return new RingMemory(RingMemory::Create(1, LOCKSTEP_MIN_RING_SLOTS, request).value());
  }();
  return *memory;
}

// Whatever the reader lets through, the coordinator's converter must accept.
void CheckBatch(const lockstep::state::Batch& batch) {
  lockstep::v1::BlockBatch proto;
  lockstep::wire::ToProto(batch, &proto);
  const absl::StatusOr<lockstep::state::Batch> again = lockstep::wire::FromProto(proto);
  LOCKSTEP_CHECK(again.ok()) << again.status();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  RingMemory& memory = Memory();
  const size_t bytes =
      std::min<size_t>(size - 1, memory.ring_slots() * LOCKSTEP_SLOT_BYTES) / 16 * 16;
  if (bytes != 0) memcpy(memory.slots(0), data + 1, bytes);
  lockstep_cursors* cursors = memory.cursors(0);
  memset(cursors, 0, sizeof(*cursors));
  cursors->published = bytes / LOCKSTEP_SLOT_BYTES;
  cursors->written = cursors->published;
  const lockstep::state::ProducerIdentity identity{.producer = "fuzz",
                                                   .guest_arch = "toy",
                                                   .vcpus = 1,
                                                   .groups = 0xf,
                                                   .abilities = data[0] & 2u ? 0xffu : 0u};
  RingReader reader(memory, 0, identity);
  if ((data[0] & 1) != 0) reader.set_producer_dead();
  for (;;) {
    const absl::StatusOr<lockstep::state::Batch> batch = reader.Drain(1 + data[0] / 2);
    if (!batch.ok()) {
      LOCKSTEP_CHECK(reader.exhausted());
      break;
    }
    if (batch->records == 0) break;
    CheckBatch(*batch);
  }
  LOCKSTEP_CHECK(reader.position() <= bytes / LOCKSTEP_SLOT_BYTES);
  return 0;
}

// An agent's work in sparse mode: scans the rings of all vCPUs, sends their windows, obeys the
// coordinator's orders, and gives the records that it asks for.
// Source: docs/design/sparse.md.
#ifndef COORDINATOR_INGEST_SPARSE_STREAM_H_
#define COORDINATOR_INGEST_SPARSE_STREAM_H_

#include <cstdint>
#include <deque>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "coordinator/ingest/sink.h"
#include "plugins/sdk/ring_memory.h"
#include "plugins/sdk/ring_scanner.h"
#include "proto/cc/state.h"
#include "proto/cc/window.h"

namespace lockstep::ingest {

// Not thread-safe: the agent's thread.
class SparseStream {
 public:
  // `memory` and `sink` outlive it. REQUIRES: identity is memory's; terms.sparse().
  // Errors: FailedPrecondition when the ring was not asked for these windows, or the producer lacks
  // an ability.
  static absl::StatusOr<SparseStream> Create(const ring::RingMemory& memory,
                                             const state::ProducerIdentity& identity,
                                             const state::StreamTerms& terms, Sink* sink);

  struct Pass {
    bool progress = false;       // something was read, sent or freed
    bool out_of_credit = false;  // a ring has data that may not be read
    bool exhausted = true;       // nothing can come from any ring
    absl::Status garbage;        // what is wrong with a ring
  };
  // Obeys orders, then reads each ring once. Errors: the sink's.
  absl::StatusOr<Pass> Step();
  // Obeys orders only. Errors: the sink's.
  absl::StatusOr<bool> Obey();

  void set_producer_dead();
  bool AllEnded() const;
  // Throws away what comes from now on.
  void Discard();

  // As ring::WaitForScanners(), of as many slots as are worth a look. In a run by sums no longer
  // than until the next look is due.
  void Wait(absl::Duration timeout, uint32_t seen) const;

 private:
  SparseStream(const ring::RingMemory* memory, Sink* sink) : memory_(memory), sink_(sink) {}
  absl::Status Answer(const state::DetailRequest& request);

  const ring::RingMemory* memory_;
  Sink* sink_;
  std::deque<ring::RingScanner> scanners_;  // by vCPU
  bool discarding_ = false;
  bool producer_dead_ = false;
  // In a run by sums a window is a few records: they are looked at together, and not before.
  absl::Time next_look_ = absl::InfinitePast();
  uint64_t last_request_ = 0;  // answered: the coordinator may repeat itself
  state::WindowBatch batch_;
  Orders orders_;
};

}  // namespace lockstep::ingest

#endif  // COORDINATOR_INGEST_SPARSE_STREAM_H_

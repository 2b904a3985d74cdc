// SPDX-License-Identifier: MIT
// The agent's side of the shared memory of lockstep_ring.h: it makes the memfd that an emulator
// inherits, waits for the producer, and knows what the producer said of itself.
//
// Nothing that the producer wrote is trusted: geometry is kept here and never read back, and the
// file is sealed against shrinking, so that a hostile producer cannot make the agent fault.
#ifndef PLUGINS_SDK_RING_MEMORY_H_
#define PLUGINS_SDK_RING_MEMORY_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "plugins/sdk/lockstep_ring.h"
#include "proto/cc/state.h"

namespace lockstep::ring {

enum class ProducerState { kNotOpened, kOpened, kClosed };

// Thread-safe, but for moving and destruction. Movable; readers made for it must not outlive the
// mapping, which stays where it is when the object is moved.
class RingMemory {
 public:
  // Makes a memfd with `max_vcpus` rings of `ring_slots` 16-byte slots each, and writes the
  // request and the rules. The file descriptor is close-on-exec: whoever starts the emulator clears
  // that in the child (fcntl F_SETFD) and sets LOCKSTEP_RING_ENV to the descriptor's number.
  //
  // Errors: InvalidArgument if max_vcpus is not in 1..LOCKSTEP_MAX_VCPUS, or ring_slots is no power
  // of two in LOCKSTEP_MIN_RING_SLOTS..LOCKSTEP_MAX_RING_SLOTS; ResourceExhausted if the system
  // gives no memory or descriptor.
  static absl::StatusOr<RingMemory> Create(uint32_t max_vcpus, uint64_t ring_slots,
                                           const struct lockstep_request& request,
                                           const struct lockstep_rules& rules = {});

  RingMemory(RingMemory&& other) noexcept;
  RingMemory& operator=(RingMemory&& other) noexcept;
  ~RingMemory();

  // Owned by this object.
  int fd() const { return fd_; }
  uint32_t max_vcpus() const { return max_vcpus_; }
  uint64_t ring_slots() const { return ring_slots_; }
  // As given to Create().
  const struct lockstep_request& request() const { return request_; }

  ProducerState producer_state() const;

  // What the producer said in lockstep_open(), checked.
  // Errors: FailedPrecondition before it has opened the ring; DataLoss if a field is out of range.
  absl::StatusOr<state::ProducerIdentity> Identity() const;

  // Asks the producer to end at its next block. Its End record comes only if there is room, so
  // go on draining for 200 ms or until the process has ended.
  void RequestStop();

  // Waits until a ring has at least `min_slots` unread slots, or a producer has flushed, ended,
  // closed or run out of space, or the timeout is over. With a large `min_slots` a fast producer
  // wakes the agent seldom. Returns whether any slot is unread; may return early. One thread at a
  // time.
  bool WaitForData(absl::Duration timeout, uint32_t min_slots = 1);

  // Makes WaitForData() of another thread return.
  void WakeWaiter();
  // Changes with each call of WakeWaiter(), and when a producer wakes the agent.
  uint32_t wake_count() const;

  // The raw mapping, for RingReader, tests and fuzzers. REQUIRES: vcpu < max_vcpus().
  lockstep_control* control() const { return control_; }
  lockstep_cursors* cursors(uint32_t vcpu) const;
  lockstep_slot* slots(uint32_t vcpu) const;

 private:
  RingMemory() = default;
  bool AnyUnread(uint64_t at_least) const;
  void Release();

  int fd_ = -1;
  lockstep_control* control_ = nullptr;
  uint64_t total_bytes_ = 0;
  uint64_t ring_offset_ = 0;
  uint32_t max_vcpus_ = 0;
  uint64_t ring_slots_ = 0;
  struct lockstep_request request_ {};
};

}  // namespace lockstep::ring

#endif  // PLUGINS_SDK_RING_MEMORY_H_

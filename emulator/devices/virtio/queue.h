// One split virtqueue, from the device's side.
//
// The rings lie in guest memory and may hold anything: whatever a hostile driver writes there, a
// call ends after work bounded by the queue's size and touches RAM only. A chain is refused, and
// with it the device (Next() says kBroken), for: a head or a link outside its table, more links
// than the table has entries (a loop), a zero length, bytes that are not RAM, a readable buffer
// behind a writable one, an indirect table whose length is no multiple of 16, and an available
// index that has jumped further than the queue is long. Indirect tables are taken whether
// negotiated or not, as QEMU 7.2 does. Not thread-safe. Source: Virtio 1.2, section 2.7.
#ifndef EMULATOR_DEVICES_VIRTIO_QUEUE_H_
#define EMULATOR_DEVICES_VIRTIO_QUEUE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "emulator/devices/dma_memory.h"

namespace lockstep::devices {

// A buffer of a chain, in guest memory.
struct Segment {
  uint64_t pa = 0;
  uint32_t n_bytes = 0;
};

// A sequence of segments as one run of bytes, read or written from the front.
class SegmentRun {
 public:
  // `memory` outlives the run; the segments are those of a Chain: RAM, no longer than 4 GiB each.
  SegmentRun(DmaMemory* memory, std::vector<Segment> segments);

  // Bytes left.
  uint64_t remaining() const { return remaining_; }
  // Copies from the front, which moves. Returns the number of bytes copied, fewer than asked for
  // at the end of the run.
  size_t Read(std::span<uint8_t> bytes);
  size_t Write(std::span<const uint8_t> bytes);
  void Skip(uint64_t n_bytes);
  // Takes `n_bytes` off the end. REQUIRES: there are as many.
  void DropBack(uint64_t n_bytes);

 private:
  // Moves the front by at most `n_bytes`, within one segment; the part passed.
  Segment Advance(uint64_t n_bytes);

  DmaMemory* memory_;
  std::vector<Segment> segments_;
  size_t index_ = 0;
  uint32_t offset_ = 0;  // in segments_[index_]
  uint64_t remaining_ = 0;
};

// What the driver has made available: buffers to read, then buffers to write.
struct Chain {
  uint16_t head = 0;
  std::vector<Segment> readable;
  std::vector<Segment> writable;

  uint64_t readable_bytes() const;
  uint64_t writable_bytes() const;
};

class VirtQueue {
 public:
  static constexpr uint32_t kMaxEntries = 1024;

  // What a snapshot keeps.
  struct State {
    uint32_t num = 0;  // entries
    bool ready = false;
    uint64_t desc = 0;  // guest-physical
    uint64_t avail = 0;
    uint64_t used = 0;
    uint16_t next_avail = 0;  // index of the next entry to take from the available ring
    uint16_t next_used = 0;
    uint16_t signalled_used = 0;  // next_used when an interrupt was last considered
    bool has_signalled = false;
  };

  // `memory` outlives the queue. `default_entries` is its size after a reset.
  VirtQueue(DmaMemory* memory, uint32_t default_entries);

  // State of power-on.
  void Reset();

  const State& state() const { return state_; }
  State& mutable_state() { return state_; }

  // Whether the driver's notifications are suppressed, and ours, by indices rather than flags.
  void set_event_index(bool on) { event_index_ = on; }

  enum class Result { kChain, kEmpty, kBroken };
  // Takes the next chain. kEmpty also when the queue is not set up. After kBroken nothing has been
  // taken, and error() says what was wrong.
  Result Next(Chain* chain);
  // Puts the chain taken last back. REQUIRES: none has been taken or pushed since.
  void PutBack() { --state_.next_avail; }
  const char* error() const { return error_; }

  // True when there is nothing to take.
  bool Empty();

  // Gives a chain back, of whose writable bytes the first `written_bytes` were written.
  void Push(uint16_t head, uint32_t written_bytes);
  // As Push() for several chains that the driver must see at once: fills the entry `ahead` places
  // behind the last one; Publish() shows so many.
  void Fill(uint16_t head, uint32_t written_bytes, uint16_t ahead);
  void Publish(uint16_t n_chains);

  // Asks the driver to notify when it makes the next chain available (after the queue was drained).
  void WantNotification();

  // Whether the driver wants an interrupt for what was pushed since the last call.
  bool ShouldInterrupt();

 private:
  struct Descriptor {
    uint64_t pa;
    uint32_t n_bytes;
    uint16_t flags;
    uint16_t next;
  };

  bool configured() const { return state_.ready && state_.num != 0; }
  bool Load16(uint64_t pa, uint16_t* value);
  bool Store16(uint64_t pa, uint16_t value);
  bool LoadDescriptor(uint64_t table, uint32_t index, Descriptor* descriptor);
  bool ReadChain(uint16_t head, Chain* chain);
  bool AddBuffer(const Descriptor& descriptor, Chain* chain);
  bool Broken(const char* what) {
    error_ = what;
    return false;
  }

  DmaMemory* memory_;
  uint32_t default_entries_;
  bool event_index_ = false;
  State state_;
  const char* error_ = "";
};

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_VIRTIO_QUEUE_H_

#include "emulator/devices/virtio/queue.h"

#include <algorithm>
#include <array>
#include <utility>

#include "emulator/base/check.h"
#include "emulator/devices/virtio/little_endian.h"

namespace lockstep::devices {
namespace {

constexpr uint64_t kDescriptorBytes = 16;
constexpr uint16_t kDescNext = 1, kDescWrite = 2, kDescIndirect = 4;
constexpr uint16_t kAvailNoInterrupt = 1;
constexpr uint64_t kRingHeaderBytes = 4;  // flags, index
constexpr uint64_t kUsedEntryBytes = 8;

uint64_t TotalBytes(const std::vector<Segment>& segments) {
  uint64_t total = 0;
  for (const Segment& segment : segments) total += segment.n_bytes;
  return total;
}

}  // namespace

SegmentRun::SegmentRun(DmaMemory* memory, std::vector<Segment> segments)
    : memory_(memory), segments_(std::move(segments)), remaining_(TotalBytes(segments_)) {}

Segment SegmentRun::Advance(uint64_t n_bytes) {
  Segment& current = segments_[index_];
  const uint32_t part =
      static_cast<uint32_t>(std::min<uint64_t>(n_bytes, current.n_bytes - offset_));
  const Segment passed = {current.pa + offset_, part};
  offset_ += part;
  remaining_ -= part;
  if (offset_ == current.n_bytes) {
    ++index_;
    offset_ = 0;
  }
  return passed;
}

size_t SegmentRun::Read(std::span<uint8_t> bytes) {
  size_t done = 0;
  while (done < bytes.size() && remaining_ != 0) {
    const Segment part = Advance(bytes.size() - done);
    LOCKSTEP_CHECK(memory_->DmaRead(part.pa, bytes.subspan(done, part.n_bytes)));
    done += part.n_bytes;
  }
  return done;
}

size_t SegmentRun::Write(std::span<const uint8_t> bytes) {
  size_t done = 0;
  while (done < bytes.size() && remaining_ != 0) {
    const Segment part = Advance(bytes.size() - done);
    LOCKSTEP_CHECK(memory_->DmaWrite(part.pa, bytes.subspan(done, part.n_bytes)));
    done += part.n_bytes;
  }
  return done;
}

void SegmentRun::Skip(uint64_t n_bytes) {
  while (n_bytes != 0 && remaining_ != 0) n_bytes -= Advance(n_bytes).n_bytes;
}

void SegmentRun::DropBack(uint64_t n_bytes) {
  LOCKSTEP_CHECK(n_bytes <= remaining_);
  remaining_ -= n_bytes;
  while (n_bytes != 0) {
    Segment& last = segments_.back();
    const uint32_t part = static_cast<uint32_t>(std::min<uint64_t>(n_bytes, last.n_bytes));
    last.n_bytes -= part;
    n_bytes -= part;
    if (last.n_bytes == 0) segments_.pop_back();
  }
}

uint64_t Chain::readable_bytes() const { return TotalBytes(readable); }
uint64_t Chain::writable_bytes() const { return TotalBytes(writable); }

VirtQueue::VirtQueue(DmaMemory* memory, uint32_t default_entries)
    : memory_(memory), default_entries_(default_entries) {
  Reset();
}

void VirtQueue::Reset() {
  state_ = State();
  state_.num = default_entries_;
}

bool VirtQueue::Load16(uint64_t pa, uint16_t* value) {
  std::array<uint8_t, 2> bytes;
  if (!memory_->DmaRead(pa, bytes)) return Broken("a ring does not lie in RAM");
  *value = LoadLittle<uint16_t>(bytes);
  return true;
}

bool VirtQueue::Store16(uint64_t pa, uint16_t value) {
  std::array<uint8_t, 2> bytes;
  StoreLittle<uint16_t>(bytes, value);
  return memory_->DmaWrite(pa, bytes) || Broken("a ring does not lie in RAM");
}

bool VirtQueue::LoadDescriptor(uint64_t table, uint32_t index, Descriptor* descriptor) {
  std::array<uint8_t, kDescriptorBytes> bytes;
  if (!memory_->DmaRead(table + index * kDescriptorBytes, bytes)) {
    return Broken("a descriptor table does not lie in RAM");
  }
  const std::span<const uint8_t> all = bytes;
  descriptor->pa = LoadLittle<uint64_t>(all);
  descriptor->n_bytes = LoadLittle<uint32_t>(all.subspan(8));
  descriptor->flags = LoadLittle<uint16_t>(all.subspan(12));
  descriptor->next = LoadLittle<uint16_t>(all.subspan(14));
  return true;
}

bool VirtQueue::AddBuffer(const Descriptor& descriptor, Chain* chain) {
  const bool is_writable = (descriptor.flags & kDescWrite) != 0;
  if (!is_writable && !chain->writable.empty()) {
    return Broken("a readable buffer follows a writable one");
  }
  if (descriptor.n_bytes == 0) return Broken("a buffer of zero bytes");
  if (!memory_->DmaCovers(descriptor.pa, descriptor.n_bytes)) {
    return Broken("a buffer does not lie in RAM");
  }
  std::vector<Segment>& list = is_writable ? chain->writable : chain->readable;
  list.push_back({descriptor.pa, descriptor.n_bytes});
  return true;
}

bool VirtQueue::ReadChain(uint16_t head, Chain* chain) {
  chain->head = head;
  chain->readable.clear();
  chain->writable.clear();
  if (head >= state_.num) return Broken("an available entry names no descriptor");
  uint64_t table = state_.desc;
  uint32_t table_entries = state_.num;
  Descriptor descriptor;
  if (!LoadDescriptor(table, head, &descriptor)) return false;
  if ((descriptor.flags & kDescIndirect) != 0) {
    if (descriptor.n_bytes == 0 || descriptor.n_bytes % kDescriptorBytes != 0) {
      return Broken("an indirect table's length is no multiple of 16");
    }
    if (!memory_->DmaCovers(descriptor.pa, descriptor.n_bytes)) {
      return Broken("an indirect table does not lie in RAM");
    }
    table = descriptor.pa;
    table_entries = static_cast<uint32_t>(descriptor.n_bytes / kDescriptorBytes);
    if (!LoadDescriptor(table, 0, &descriptor)) return false;
  }
  // A table may be larger than a chain may be long.
  const uint32_t most = std::min(table_entries, kMaxEntries);
  for (uint32_t links = 0;; ++links) {
    if (links == most) return Broken("a chain is longer than its table: a loop");
    if (!AddBuffer(descriptor, chain)) return false;
    if ((descriptor.flags & kDescNext) == 0) return true;
    if (descriptor.next >= table_entries) return Broken("a link leaves its table");
    if (!LoadDescriptor(table, descriptor.next, &descriptor)) return false;
  }
}

VirtQueue::Result VirtQueue::Next(Chain* chain) {
  if (!configured()) return Result::kEmpty;
  uint16_t available;
  if (!Load16(state_.avail + 2, &available)) return Result::kBroken;
  const uint16_t waiting = static_cast<uint16_t>(available - state_.next_avail);
  if (waiting == 0) return Result::kEmpty;
  if (waiting > state_.num) {
    Broken("the available index has jumped");
    return Result::kBroken;
  }
  const uint64_t entry = state_.next_avail % state_.num;
  uint16_t head;
  if (!Load16(state_.avail + kRingHeaderBytes + entry * 2, &head)) return Result::kBroken;
  if (!ReadChain(head, chain)) return Result::kBroken;
  ++state_.next_avail;
  return Result::kChain;
}

bool VirtQueue::Empty() {
  if (!configured()) return true;
  uint16_t available;
  return !Load16(state_.avail + 2, &available) || available == state_.next_avail;
}

void VirtQueue::Fill(uint16_t head, uint32_t written_bytes, uint16_t ahead) {
  if (!configured()) return;
  const uint64_t entry = static_cast<uint16_t>(state_.next_used + ahead) % state_.num;
  std::array<uint8_t, kUsedEntryBytes> bytes;
  const std::span<uint8_t> all = bytes;
  StoreLittle<uint32_t>(all, head);
  StoreLittle<uint32_t>(all.subspan(4), written_bytes);
  // A used ring outside RAM is the driver's loss.
  memory_->DmaWrite(state_.used + kRingHeaderBytes + entry * kUsedEntryBytes, bytes);
}

void VirtQueue::Publish(uint16_t n_chains) {
  if (!configured()) return;
  const uint16_t before = state_.next_used;
  state_.next_used = static_cast<uint16_t>(before + n_chains);
  Store16(state_.used + 2, state_.next_used);
  // More than the driver's event index can tell apart has gone by without a look.
  const auto since = static_cast<int16_t>(state_.next_used - state_.signalled_used);
  if (since < static_cast<int>(n_chains)) state_.has_signalled = false;
}

void VirtQueue::Push(uint16_t head, uint32_t written_bytes) {
  Fill(head, written_bytes, 0);
  Publish(1);
}

void VirtQueue::WantNotification() {
  if (!configured() || !event_index_) return;
  Store16(state_.used + kRingHeaderBytes + state_.num * kUsedEntryBytes, state_.next_avail);
}

bool VirtQueue::ShouldInterrupt() {
  if (!configured()) return false;
  uint16_t value = 0;
  if (!event_index_) {
    return !Load16(state_.avail, &value) || (value & kAvailNoInterrupt) == 0;
  }
  const bool has_signalled = std::exchange(state_.has_signalled, true);
  const uint16_t before = std::exchange(state_.signalled_used, state_.next_used);
  if (!has_signalled) return true;
  if (!Load16(state_.avail + kRingHeaderBytes + state_.num * 2, &value)) return true;
  return static_cast<uint16_t>(state_.next_used - value - 1) <
         static_cast<uint16_t>(state_.next_used - before);
}

}  // namespace lockstep::devices

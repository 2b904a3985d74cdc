#include "emulator/devices/virtio/guest_driver.h"

#include <algorithm>
#include <utility>

#include "emulator/base/check.h"
#include "emulator/devices/virtio/little_endian.h"

namespace lockstep::devices {

bool TestRam::DmaCovers(uint64_t pa, uint64_t size_bytes) {
  const uint64_t offset = pa - kBase;
  return offset < bytes_.size() && size_bytes <= bytes_.size() - offset;
}

bool TestRam::DmaRead(uint64_t pa, std::span<uint8_t> bytes) {
  if (!DmaCovers(pa, bytes.size())) return false;
  std::ranges::copy(At(pa, bytes.size()), bytes.begin());
  return true;
}

bool TestRam::DmaWrite(uint64_t pa, std::span<const uint8_t> bytes) {
  if (!DmaCovers(pa, bytes.size())) return false;
  std::ranges::copy(bytes, At(pa, bytes.size()).begin());
  return true;
}

std::span<uint8_t> TestRam::At(uint64_t pa, size_t n_bytes) {
  LOCKSTEP_CHECK(DmaCovers(pa, n_bytes));
  return std::span(bytes_).subspan(pa - kBase, n_bytes);
}

template <typename T>
T TestRam::Load(uint64_t pa) {
  return LoadLittle<T>(At(pa, sizeof(T)));
}
template <typename T>
void TestRam::Store(uint64_t pa, T value) {
  StoreLittle<T>(At(pa, sizeof(T)), value);
}
template uint8_t TestRam::Load<uint8_t>(uint64_t);
template uint16_t TestRam::Load<uint16_t>(uint64_t);
template uint32_t TestRam::Load<uint32_t>(uint64_t);
template uint64_t TestRam::Load<uint64_t>(uint64_t);
template void TestRam::Store<uint8_t>(uint64_t, uint8_t);
template void TestRam::Store<uint16_t>(uint64_t, uint16_t);
template void TestRam::Store<uint32_t>(uint64_t, uint32_t);
template void TestRam::Store<uint64_t>(uint64_t, uint64_t);

GuestDriver::GuestDriver(std::unique_ptr<VirtioDevice> device, size_t ram_bytes)
    : ram(ram_bytes), slot(&ram, std::move(device), [this](bool level) { interrupts_ += level; }) {
  slot.Reset();
}

uint32_t GuestDriver::Get(uint64_t offset) {
  uint64_t value = 0;
  LOCKSTEP_CHECK(slot.Read(offset, 4, &value));
  return static_cast<uint32_t>(value);
}

void GuestDriver::Set(uint64_t offset, uint32_t value) {
  LOCKSTEP_CHECK(slot.Write(offset, 4, value));
}

void GuestDriver::Start(uint64_t features, unsigned n_queues) {
  queues_.assign(n_queues, Queue());
  Set(0x70, 0);
  Set(0x70, 1);
  Set(0x70, 3);
  for (uint32_t half = 0; half < 2; ++half) {
    Set(0x24, half);
    Set(0x20, static_cast<uint32_t>(features >> (32 * half)));
  }
  Set(0x70, 11);
  for (unsigned queue = 0; queue < n_queues; ++queue) {
    std::ranges::fill(ram.At(Desc(queue), 0x3000), uint8_t{0});
    Set(0x30, queue);
    Set(0x38, kEntries);
    Set(0x80, static_cast<uint32_t>(Desc(queue)));
    Set(0x84, 0);
    Set(0x90, static_cast<uint32_t>(Avail(queue)));
    Set(0x94, 0);
    Set(0xa0, static_cast<uint32_t>(Used(queue)));
    Set(0xa4, 0);
    Set(0x44, 1);
  }
  Set(0x70, 15);
  interrupts_ = 0;
}

void GuestDriver::WriteDescriptor(uint64_t table, unsigned index, uint64_t pa, uint32_t n_bytes,
                                  uint16_t flags, uint16_t next) {
  const uint64_t place = table + 16 * index;
  ram.Store<uint64_t>(place, pa);
  ram.Store<uint32_t>(place + 8, n_bytes);
  ram.Store<uint16_t>(place + 12, flags);
  ram.Store<uint16_t>(place + 14, next);
}

uint16_t GuestDriver::Offer(unsigned queue, const std::vector<TestBuffer>& buffers) {
  Queue& state = queues_[queue];
  const uint16_t head = state.next_desc % kEntries;
  for (size_t i = 0; i < buffers.size(); ++i) {
    const uint16_t index = state.next_desc % kEntries;
    ++state.next_desc;
    const bool has_next = i + 1 < buffers.size();
    const uint16_t flags =
        static_cast<uint16_t>((has_next ? 1 : 0) | (buffers[i].is_writable ? 2 : 0));
    WriteDescriptor(Desc(queue), index, buffers[i].pa, buffers[i].n_bytes, flags,
                    state.next_desc % kEntries);
  }
  ram.Store<uint16_t>(Avail(queue) + 4 + 2 * (state.avail % kEntries), head);
  ++state.avail;
  ram.Store<uint16_t>(Avail(queue) + 2, state.avail);
  return head;
}

std::optional<GuestDriver::UsedEntry> GuestDriver::TakeUsed(unsigned queue) {
  Queue& state = queues_[queue];
  if (ram.Load<uint16_t>(Used(queue) + 2) == state.used) return std::nullopt;
  const uint64_t entry = Used(queue) + 4 + 8 * (state.used % kEntries);
  ++state.used;
  return UsedEntry{ram.Load<uint32_t>(entry), ram.Load<uint32_t>(entry + 4)};
}

int GuestDriver::TakeInterrupts() { return std::exchange(interrupts_, 0); }

}  // namespace lockstep::devices

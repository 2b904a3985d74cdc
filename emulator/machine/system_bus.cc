#include "emulator/machine/system_bus.h"

#include <algorithm>
#include <cstring>

namespace lockstep::machine {

void SystemBus::AddMemory(const cpu::MemoryRegion& region) {
  memory_.push_back(std::make_unique<cpu::MemoryRegion>(region));
}

void SystemBus::AddDevice(uint64_t base, uint64_t size_bytes, devices::Device* device) {
  windows_.push_back({base, size_bytes, device});
  std::sort(windows_.begin(), windows_.end(),
            [](const Window& a, const Window& b) { return a.base < b.base; });
}

const cpu::MemoryRegion* SystemBus::FindMemory(uint64_t pa) {
  for (const auto& region : memory_) {
    if (pa - region->base < region->size_bytes) return region.get();
  }
  return nullptr;
}

const SystemBus::Window* SystemBus::FindWindow(uint64_t pa, unsigned size_bytes) const {
  auto next = std::upper_bound(windows_.begin(), windows_.end(), pa,
                               [](uint64_t address, const Window& w) { return address < w.base; });
  if (next == windows_.begin()) return nullptr;
  const Window& window = *std::prev(next);
  uint64_t offset = pa - window.base;
  if (offset >= window.size_bytes || window.size_bytes - offset < size_bytes) return nullptr;
  return &window;
}

bool SystemBus::ReadAligned(uint64_t pa, unsigned size_bytes, uint64_t* value) {
  const Window* window = FindWindow(pa, size_bytes);
  if (window == nullptr || !window->device->Read(pa - window->base, size_bytes, value)) {
    return false;
  }
  *value = devices::Truncate(*value, size_bytes);
  if (after_access_) after_access_();
  return true;
}

bool SystemBus::WriteAligned(uint64_t pa, unsigned size_bytes, uint64_t value) {
  const Window* window = FindWindow(pa, size_bytes);
  if (window == nullptr ||
      !window->device->Write(pa - window->base, size_bytes, devices::Truncate(value, size_bytes))) {
    return false;
  }
  if (after_access_) after_access_();
  return true;
}

bool SystemBus::Read(uint64_t pa, unsigned size_bytes, uint64_t* value) {
  unsigned within = static_cast<unsigned>(pa & (size_bytes - 1));
  if (within == 0) return ReadAligned(pa, size_bytes, value);
  uint64_t low = 0, high = 0;
  uint64_t first = pa - within;
  if (!ReadAligned(first, size_bytes, &low) ||
      !ReadAligned(first + size_bytes, size_bytes, &high)) {
    return false;
  }
  *value = devices::Truncate(low >> (8 * within) | high << (8 * (size_bytes - within)), size_bytes);
  return true;
}

bool SystemBus::Write(uint64_t pa, unsigned size_bytes, uint64_t value) {
  if ((pa & (size_bytes - 1)) == 0) return WriteAligned(pa, size_bytes, value);
  for (unsigned i = 0; i < size_bytes; ++i) {
    if (!WriteAligned(pa + i, 1, value >> (8 * i))) return false;
  }
  return true;
}

uint8_t* SystemBus::RamRange(uint64_t pa, uint64_t size_bytes) {
  const cpu::MemoryRegion* region = FindMemory(pa);
  if (region == nullptr || !region->writable) return nullptr;
  uint64_t offset = pa - region->base;
  return region->size_bytes - offset < size_bytes ? nullptr : region->host + offset;
}

bool SystemBus::DmaRead(uint64_t pa, std::span<uint8_t> bytes) {
  const uint8_t* host = RamRange(pa, bytes.size());
  if (host == nullptr) return false;
  std::memcpy(bytes.data(), host, bytes.size());
  return true;
}

bool SystemBus::DmaWrite(uint64_t pa, std::span<const uint8_t> bytes) {
  uint8_t* host = RamRange(pa, bytes.size());
  if (host == nullptr) return false;
  std::memcpy(host, bytes.data(), bytes.size());
  if (on_dma_write_) on_dma_write_(pa, bytes.size());
  return true;
}

}  // namespace lockstep::machine

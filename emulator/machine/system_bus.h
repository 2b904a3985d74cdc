// The machine's address map: memory regions and device windows, and how an access meets them.
//
// Accesses to devices follow QEMU's rules for RISC-V system emulation: a misaligned load is two
// aligned loads of its size, a misaligned store is made byte by byte; what is not inside one window
// is refused.
#ifndef EMULATOR_MACHINE_SYSTEM_BUS_H_
#define EMULATOR_MACHINE_SYSTEM_BUS_H_

#include <functional>
#include <memory>
#include <vector>

#include "emulator/cpu/bus.h"
#include "emulator/devices/device.h"
#include "emulator/devices/dma_memory.h"

namespace lockstep::machine {

class SystemBus : public cpu::Bus, public devices::DmaMemory {
 public:
  SystemBus() = default;
  SystemBus(const SystemBus&) = delete;
  SystemBus& operator=(const SystemBus&) = delete;

  // REQUIRES: ranges do not overlap; all are added before the first access.
  void AddMemory(const cpu::MemoryRegion& region);
  void AddDevice(uint64_t base, uint64_t size_bytes, devices::Device* device);

  // Called after every access that a device answered, and for each range that DMA wrote.
  void set_after_access(std::function<void()> callback) { after_access_ = std::move(callback); }
  void set_on_dma_write(std::function<void(uint64_t pa, uint64_t size_bytes)> callback) {
    on_dma_write_ = std::move(callback);
  }

  const cpu::MemoryRegion* FindMemory(uint64_t pa) override;
  bool Read(uint64_t pa, unsigned size_bytes, uint64_t* value) override;
  bool Write(uint64_t pa, unsigned size_bytes, uint64_t value) override;

  bool DmaRead(uint64_t pa, std::span<uint8_t> bytes) override;
  bool DmaWrite(uint64_t pa, std::span<const uint8_t> bytes) override;
  bool DmaCovers(uint64_t pa, uint64_t size_bytes) override {
    return RamRange(pa, size_bytes) != nullptr;
  }

 private:
  struct Window {
    uint64_t base;
    uint64_t size_bytes;
    devices::Device* device;
  };

  const Window* FindWindow(uint64_t pa, unsigned size_bytes) const;
  bool ReadAligned(uint64_t pa, unsigned size_bytes, uint64_t* value);
  bool WriteAligned(uint64_t pa, unsigned size_bytes, uint64_t value);
  // Host pointer to a range of writable memory; null when part of it is not.
  uint8_t* RamRange(uint64_t pa, uint64_t size_bytes);

  std::vector<std::unique_ptr<cpu::MemoryRegion>> memory_;
  std::vector<Window> windows_;  // by base
  std::function<void()> after_access_;
  std::function<void(uint64_t, uint64_t)> on_dma_write_;
};

}  // namespace lockstep::machine

#endif  // EMULATOR_MACHINE_SYSTEM_BUS_H_

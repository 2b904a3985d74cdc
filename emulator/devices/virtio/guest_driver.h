// For tests: guest memory, and a driver that works the rings of a slot as a guest does.
#ifndef EMULATOR_DEVICES_VIRTIO_GUEST_DRIVER_H_
#define EMULATOR_DEVICES_VIRTIO_GUEST_DRIVER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "emulator/devices/dma_memory.h"
#include "emulator/devices/virtio/virtio_mmio.h"

namespace lockstep::devices {

// RAM from 0x80000000.
class TestRam : public DmaMemory {
 public:
  static constexpr uint64_t kBase = 0x80000000;

  explicit TestRam(size_t n_bytes = 1 << 20) : bytes_(n_bytes) {}

  bool DmaRead(uint64_t pa, std::span<uint8_t> bytes) override;
  bool DmaWrite(uint64_t pa, std::span<const uint8_t> bytes) override;
  bool DmaCovers(uint64_t pa, uint64_t size_bytes) override;

  // REQUIRES: inside the RAM.
  std::span<uint8_t> At(uint64_t pa, size_t n_bytes);
  template <typename T>
  T Load(uint64_t pa);
  template <typename T>
  void Store(uint64_t pa, T value);

 private:
  std::vector<uint8_t> bytes_;
};

// One buffer of a request.
struct TestBuffer {
  uint64_t pa;
  uint32_t n_bytes;
  bool is_writable;
};

// A slot with a device, and the driver's side of it.
class GuestDriver {
 public:
  static constexpr uint16_t kEntries = 8;

  explicit GuestDriver(std::unique_ptr<VirtioDevice> device, size_t ram_bytes = 1 << 20);

  uint32_t Get(uint64_t offset);
  void Set(uint64_t offset, uint32_t value);

  // Reset, acknowledge, accept `features`, set up `n_queues` queues of kEntries, DRIVER_OK.
  void Start(uint64_t features, unsigned n_queues = 1);

  // Guest-physical addresses of a queue's parts.
  uint64_t Desc(unsigned queue) const { return TestRam::kBase + 0x1000 * (3 * queue + 1); }
  uint64_t Avail(unsigned queue) const { return Desc(queue) + 0x1000; }
  uint64_t Used(unsigned queue) const { return Desc(queue) + 0x2000; }
  // Memory that no queue uses.
  static constexpr uint64_t kData = TestRam::kBase + 0x40000;

  void WriteDescriptor(uint64_t table, unsigned index, uint64_t pa, uint32_t n_bytes,
                       uint16_t flags, uint16_t next);
  // Makes a chain available from the first free descriptor on, without notifying; its head.
  uint16_t Offer(unsigned queue, const std::vector<TestBuffer>& buffers);
  void Notify(unsigned queue) { Set(0x50, queue); }

  struct UsedEntry {
    uint32_t head;
    uint32_t n_bytes;
  };
  // The next used entry that has not been taken yet.
  std::optional<UsedEntry> TakeUsed(unsigned queue);

  // Interrupts since the last call: times the line was driven high.
  int TakeInterrupts();

  TestRam ram;
  VirtioMmio slot;

 private:
  struct Queue {
    uint16_t next_desc = 0;
    uint16_t avail = 0;
    uint16_t used = 0;
  };
  std::vector<Queue> queues_;
  int interrupts_ = 0;
};

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_VIRTIO_GUEST_DRIVER_H_

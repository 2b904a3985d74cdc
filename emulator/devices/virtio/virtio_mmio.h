// A virtio-mmio slot: version 2 of the transport with a device behind it, or empty.
//
// Registers and their behaviour are Virtio 1.2's, section 4.2; what it leaves open is as in QEMU
// 7.2 with `-global virtio-mmio.force-legacy=false`: registers answer to accesses of 4 bytes only
// (others read as 0 and write nothing), status takes any byte, queues may be set up before
// FEATURES_OK, and their sizes need not be powers of two. Beyond QEMU 7.2, which offers
// VIRTIO_F_RING_RESET and has no register for it, QueueReset (0xc0) works. An empty slot shows
// magic, version, device id 0 and vendor; all else reads as zero and stores are ignored.
// Measured with tests/e2e/guest/virtio_probe.c.
#ifndef EMULATOR_DEVICES_VIRTIO_VIRTIO_MMIO_H_
#define EMULATOR_DEVICES_VIRTIO_VIRTIO_MMIO_H_

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "emulator/devices/device.h"
#include "emulator/devices/virtio/transport.h"

namespace lockstep::devices {

class EmptyVirtioMmio : public Device {
 public:
  static constexpr uint64_t kWindowBytes = 0x200;

  // `version` is 1 (legacy, as QEMU has it by default) or 2.
  explicit EmptyVirtioMmio(uint32_t version = 1) : version_(version) {}

  bool Read(uint64_t offset, unsigned size_bytes, uint64_t* value) override;
  bool Write(uint64_t offset, unsigned size_bytes, uint64_t value) override;
  void Reset() override {}

 private:
  uint32_t Register(uint64_t offset) const;

  uint32_t version_;
};

class VirtioMmio : public Device, public Transport {
 public:
  static constexpr uint64_t kWindowBytes = EmptyVirtioMmio::kWindowBytes;
  static constexpr uint32_t kMaxQueues = 1024;

  // What the driver has written for a queue that is not ready yet.
  struct PendingQueue {
    uint32_t num = 0;
    std::array<uint32_t, 2> desc{};  // low, high
    std::array<uint32_t, 2> avail{};
    std::array<uint32_t, 2> used{};
  };
  struct State {
    uint8_t status = 0;
    uint32_t interrupt_status = 0;
    uint32_t generation = 0;
    uint32_t device_features_sel = 0;
    uint32_t driver_features_sel = 0;
    std::array<uint32_t, 2> driver_features{};
    uint64_t accepted_features = 0;
    uint32_t queue_sel = 0;
    bool broken = false;
    std::vector<PendingQueue> pending;
    std::vector<VirtQueue::State> queues;
  };

  // `memory` outlives the slot, which owns the device.
  VirtioMmio(DmaMemory* memory, std::unique_ptr<VirtioDevice> device, InterruptLine line);

  bool Read(uint64_t offset, unsigned size_bytes, uint64_t* value) override;
  bool Write(uint64_t offset, unsigned size_bytes, uint64_t value) override;
  void Reset() override;

  DmaMemory* memory() override { return memory_; }
  VirtQueue& queue(unsigned index) override { return queues_[index]; }
  uint64_t accepted_features() const override { return state_.accepted_features; }
  bool driver_ok() const override { return (state_.status & kStatusDriverOk) != 0; }
  bool Next(unsigned index, Chain* chain) override;
  void Interrupt(unsigned index) override;
  void ConfigChanged() override;
  void Fail() override;

  State state() const;
  // REQUIRES: a state of a slot with the same kind of device.
  void set_state(const State& state);

 private:
  uint64_t offered() const;
  VirtQueue* selected();
  uint32_t ReadRegister(uint64_t offset);
  void WriteRegister(uint64_t offset, uint32_t value);
  void WriteQueueRegister(uint64_t offset, uint32_t value);
  uint32_t ReadConfig(uint64_t offset, unsigned size_bytes) const;
  void WriteConfig(uint64_t offset, unsigned size_bytes, uint32_t value);
  void WriteStatus(uint32_t value);
  void Notify(unsigned index);
  void AcceptFeatures();
  void SetReady(bool ready);
  void ResetByDriver();
  void DriveLine() { line_(state_.interrupt_status != 0); }

  DmaMemory* memory_;
  std::unique_ptr<VirtioDevice> device_;
  InterruptLine line_;
  std::vector<VirtQueue> queues_;
  State state_;  // but for `queues`, which queues_ has
  // Chains that may still be taken during this notification: a device that is made to write into
  // the ring it reads from could go on for ever.
  static constexpr uint32_t kUnlimited = ~uint32_t{0};
  uint32_t chains_left_ = kUnlimited;
};

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_VIRTIO_VIRTIO_MMIO_H_

// A virtio-mmio transport with nothing behind it.
//
// Shows what QEMU 7.2's empty (legacy) transport shows: magic, version 1, device id 0, vendor; all
// else reads as zero and stores are ignored. A driver that finds device id 0 leaves it alone.
#ifndef EMULATOR_DEVICES_VIRTIO_VIRTIO_MMIO_H_
#define EMULATOR_DEVICES_VIRTIO_VIRTIO_MMIO_H_

#include "emulator/devices/device.h"

namespace lockstep::devices {

class EmptyVirtioMmio : public Device {
 public:
  static constexpr uint64_t kWindowBytes = 0x200;

  bool Read(uint64_t offset, unsigned size_bytes, uint64_t* value) override;
  bool Write(uint64_t offset, unsigned size_bytes, uint64_t value) override;
  void Reset() override {}
};

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_VIRTIO_VIRTIO_MMIO_H_

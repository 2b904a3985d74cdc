#include "emulator/devices/virtio/virtio_mmio.h"

namespace lockstep::devices {
namespace {

// A register exists at its own offset only: a byte read at offset 1 finds nothing.
uint32_t Register(uint64_t offset) {
  switch (offset) {
    case 0x0:
      return 0x74726976;  // "virt"
    case 0x4:
      return 1;  // legacy
    case 0xc:
      return 0x554d4551;  // "QEMU"
    default:
      return 0;
  }
}

}  // namespace

bool EmptyVirtioMmio::Read(uint64_t offset, unsigned size_bytes, uint64_t* value) {
  *value = Truncate(Register(offset), size_bytes);
  if (size_bytes == 8) *value |= uint64_t{Register(offset + 4)} << 32;
  return true;
}

bool EmptyVirtioMmio::Write(uint64_t, unsigned, uint64_t) { return true; }

}  // namespace lockstep::devices

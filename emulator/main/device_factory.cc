#include "emulator/main/device_factory.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "emulator/backend/disk_image.h"
#include "emulator/devices/virtio/block.h"
#include "emulator/devices/virtio/rng.h"

namespace lockstep::emu {
namespace {

// The seed of virtio-rng is not that of the device tree's rng-seed.
constexpr uint64_t kRngStream = 0x726e67;  // "rng"

absl::StatusOr<std::unique_ptr<devices::VirtioDevice>> MakeBlock(const VirtioSpec& spec,
                                                                 const backend::DiskSpec& disk) {
  auto opened = backend::OpenDisk(disk);
  if (!opened.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("-drive id=", spec.drive, ": ", opened.status().message()));
  }
  return std::make_unique<devices::VirtioBlock>(*std::move(opened), spec.serial);
}

}  // namespace

absl::StatusOr<machine::VirtioDevices> MakeDevices(const DeviceOptions& options, uint64_t seed) {
  machine::VirtioDevices devices;
  auto entropy = std::make_shared<devices::SeededEntropy>(seed ^ kRngStream);
  for (const VirtioSpec& spec : options.virtio) {
    std::unique_ptr<devices::VirtioDevice>& slot = devices[spec.slot];
    switch (spec.kind) {
      case VirtioSpec::Kind::kBlock: {
        auto block = MakeBlock(spec, options.drives.at(spec.drive));
        if (!block.ok()) return block.status();
        slot = *std::move(block);
        break;
      }
      case VirtioSpec::Kind::kRng:
        slot = std::make_unique<devices::VirtioRng>(
            [entropy](std::span<uint8_t> bytes) { entropy->Fill(bytes); });
        break;
    }
  }
  return devices;
}

}  // namespace lockstep::emu

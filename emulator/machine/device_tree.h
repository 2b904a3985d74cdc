// The machine's flattened device tree: generated, or the user's with the boot properties patched
// in.
//
// The generated tree has the content of QEMU 7.2's `virt` tree for the devices that exist here.
// Source: Devicetree Specification 0.3; the test compares with a tree that QEMU dumps.
#ifndef EMULATOR_MACHINE_DEVICE_TREE_H_
#define EMULATOR_MACHINE_DEVICE_TREE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "emulator/isa/extensions.h"

namespace lockstep::machine {

struct DeviceTreeConfig {
  uint64_t ram_bytes = 0;
  unsigned harts = 1;
  isa::ExtensionSet extensions = isa::kRv64gc;
  bool has_mmu = true;
};

// What /chosen is told about this boot.
struct BootProperties {
  std::string bootargs;  // none when empty
  struct Initrd {
    uint64_t start;  // guest-physical
    uint64_t end;    // first byte after it
  };
  std::optional<Initrd> initrd;
  std::array<uint8_t, 32> rng_seed{};
};

// `seed` spread over 32 bytes (splitmix64): the guest's only entropy at boot.
std::array<uint8_t, 32> RngSeed(uint64_t seed);

std::vector<uint8_t> GenerateDeviceTree(const DeviceTreeConfig& config);

// InvalidArgument: not a device tree, truncated, or damaged.
absl::Status CheckDeviceTree(std::span<const uint8_t> tree);

// `tree` with /chosen set and packed. REQUIRES: CheckDeviceTree(tree) is ok.
absl::StatusOr<std::vector<uint8_t>> PatchDeviceTree(std::span<const uint8_t> tree,
                                                     const BootProperties& boot);

}  // namespace lockstep::machine

#endif  // EMULATOR_MACHINE_DEVICE_TREE_H_

// Makes the devices that the command line asks for, and opens what they are connected to.
#ifndef EMULATOR_MAIN_DEVICE_FACTORY_H_
#define EMULATOR_MAIN_DEVICE_FACTORY_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "emulator/machine/machine.h"
#include "emulator/main/device_options.h"

namespace lockstep::emu {

// `seed` feeds virtio-rng. Errors are one line that names the option.
absl::StatusOr<machine::VirtioDevices> MakeDevices(const DeviceOptions& options, uint64_t seed);

}  // namespace lockstep::emu

#endif  // EMULATOR_MAIN_DEVICE_FACTORY_H_

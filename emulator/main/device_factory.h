// Makes the devices that the command line asks for, and opens what they are connected to.
#ifndef EMULATOR_MAIN_DEVICE_FACTORY_H_
#define EMULATOR_MAIN_DEVICE_FACTORY_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "emulator/backend/network.h"
#include "emulator/machine/machine.h"
#include "emulator/main/device_options.h"
#include "emulator/main/serial.h"

namespace lockstep::emu {

// What the machine is built with. Outlives the machine, but for `virtio`, which it takes over.
struct HostConnections {
  machine::VirtioDevices virtio;
  std::vector<std::unique_ptr<backend::NetLink>> links;
  backend::Networks networks;
  std::vector<std::unique_ptr<SerialOutput>> outputs;  // of console ports, buffered
  bool has_outside = false;                            // networks has a card
};

// `seed` feeds virtio-rng. Errors are one line that names the option.
absl::StatusOr<std::unique_ptr<HostConnections>> MakeDevices(const DeviceOptions& options,
                                                             uint64_t seed);

}  // namespace lockstep::emu

#endif  // EMULATOR_MAIN_DEVICE_FACTORY_H_

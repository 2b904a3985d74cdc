// Makes the devices that the command line asks for, and opens what they are connected to.
#ifndef EMULATOR_MAIN_DEVICE_FACTORY_H_
#define EMULATOR_MAIN_DEVICE_FACTORY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "emulator/backend/network.h"
#include "emulator/devices/input_port.h"
#include "emulator/machine/console.h"
#include "emulator/machine/machine.h"
#include "emulator/main/device_options.h"
#include "emulator/main/serial.h"
#include "emulator/main/terminal.h"

namespace lockstep::emu {

// A port of a virtio console and what it is connected to.
struct PortConnection {
  std::string chardev;  // id
  // Names the port in events of input: (slot + 1) * 256 + number of the port.
  uint32_t source = 0;
  std::unique_ptr<SerialOutput> output;  // buffered
  std::unique_ptr<machine::Console> console;
  std::unique_ptr<devices::InputPort> input;
};

// What the machine is built with. Outlives the machine, but for `virtio`, which it takes over.
struct HostConnections {
  machine::VirtioDevices virtio;
  std::vector<std::unique_ptr<backend::NetLink>> links;
  backend::Networks networks;
  std::unique_ptr<StdioInput> stdio;  // of the port that has it
  std::vector<std::unique_ptr<PortConnection>> ports;
  bool has_outside = false;  // networks has a card
};

// `seed` feeds virtio-rng; `icount_shift` is the machine's. Errors are one line that names the
// option.
absl::StatusOr<std::unique_ptr<HostConnections>> MakeDevices(const DeviceOptions& options,
                                                             uint64_t seed, unsigned icount_shift);

}  // namespace lockstep::emu

#endif  // EMULATOR_MAIN_DEVICE_FACTORY_H_

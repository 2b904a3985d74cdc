// The options that say which devices the machine has and what they are connected to: -drive,
// -netdev, -chardev, -device, -global.
//
// Named and combined as QEMU's: a back end has an id, a -device refers to it. Slots are assigned in
// QEMU's order: each device without bus= takes the highest slot that is free when its option comes.
#ifndef EMULATOR_MAIN_DEVICE_OPTIONS_H_
#define EMULATOR_MAIN_DEVICE_OPTIONS_H_

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "emulator/backend/disk_image.h"
#include "emulator/backend/socket_network.h"
#include "emulator/backend/user_network.h"
#include "emulator/devices/virtio/net.h"
#include "emulator/machine/boot_image.h"
#include "emulator/main/values.h"

namespace lockstep::emu {

// Options as written, each in its order.
struct RawDevices {
  std::vector<std::string> drives = {};
  std::vector<std::string> netdevs = {};
  std::vector<std::string> chardevs = {};
  std::vector<std::string> devices = {};
  std::vector<std::string> globals = {};
};

struct VirtioSpec {
  enum class Kind { kBlock, kNet, kRng, kSerial };
  // A port of kSerial.
  struct Port {
    std::string name;
    bool is_console = false;
    std::string chardev;  // id
  };
  Kind kind;
  std::string option;  // "-device ...", for errors
  unsigned slot = 0;
  std::string drive;               // kBlock: id
  std::string serial;              // kBlock
  std::string netdev;              // kNet: id
  devices::MacAddress mac{};       // kNet
  unsigned max_ports = 31;         // kSerial
  std::map<unsigned, Port> ports;  // kSerial, by number
};

// What a network card is connected to.
using NetdevSpec = std::variant<backend::UserNetworkSpec, backend::SocketNetworkSpec>;

struct DeviceOptions {
  std::map<std::string, backend::DiskSpec> drives;  // by id
  std::map<std::string, NetdevSpec> netdevs;        // by id
  std::map<std::string, SerialSpec> chardevs;       // by id; one is kStdio at most
  std::vector<VirtioSpec> virtio;                   // slots and back ends are used once each
  std::vector<machine::LoaderSpec> loaders;
  uint32_t empty_virtio_version = 1;
};

// InvalidArgument: one line that begins with the option. No file is opened.
absl::StatusOr<DeviceOptions> ParseDevices(const RawDevices& raw);

}  // namespace lockstep::emu

#endif  // EMULATOR_MAIN_DEVICE_OPTIONS_H_

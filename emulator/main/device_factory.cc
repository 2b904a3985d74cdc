#include "emulator/main/device_factory.h"

#include <unistd.h>

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "emulator/backend/disk_image.h"
#include "emulator/backend/socket_network.h"
#include "emulator/backend/user_network.h"
#include "emulator/devices/virtio/block.h"
#include "emulator/devices/virtio/console.h"
#include "emulator/devices/virtio/net.h"
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

absl::StatusOr<std::unique_ptr<backend::NetLink>> OpenNetdev(const NetdevSpec& spec) {
  if (const auto* user = std::get_if<backend::UserNetworkSpec>(&spec)) {
    return backend::OpenUserNetwork(*user);
  }
  return backend::OpenSocketNetwork(std::get<backend::SocketNetworkSpec>(spec));
}

absl::StatusOr<std::unique_ptr<devices::VirtioDevice>> MakeNet(const VirtioSpec& spec,
                                                               const NetdevSpec& netdev,
                                                               HostConnections* connections) {
  absl::StatusOr<std::unique_ptr<backend::NetLink>> link = OpenNetdev(netdev);
  if (!link.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("-netdev id=", spec.netdev, ": ", link.status().message()));
  }
  connections->links.push_back(*std::move(link));
  backend::NetLink* connected = connections->links.back().get();
  auto card = std::make_unique<devices::VirtioNet>(
      spec.mac, [connected](std::span<const uint8_t> frame) { connected->Send(frame); });
  connections->networks.Add(card.get(), connected);
  connections->has_outside = true;
  return card;
}

absl::StatusOr<std::unique_ptr<PortConnection>> MakePort(const VirtioSpec::Port& port,
                                                         const SerialSpec& chardev,
                                                         unsigned icount_shift,
                                                         HostConnections* connections) {
  absl::StatusOr<Serial> serial = OpenSerial(absl::StrCat("-chardev id=", port.chardev), chardev);
  if (!serial.ok()) return serial.status();
  auto made = std::make_unique<PortConnection>();
  made->chardev = port.chardev;
  made->output = std::move(serial->output);
  machine::Console::Config config;
  config.output = [output = made->output.get()](uint8_t byte) { output->Put(byte); };
  config.script = std::move(serial->script);
  config.icount_shift = icount_shift;
  if (serial->takes_stdin) {
    connections->stdio = std::make_unique<StdioInput>(STDIN_FILENO);
    config.live = connections->stdio.get();
  }
  made->console = std::make_unique<machine::Console>(std::move(config));
  return made;
}

absl::StatusOr<std::unique_ptr<devices::VirtioDevice>> MakeSerial(const VirtioSpec& spec,
                                                                  const DeviceOptions& options,
                                                                  unsigned icount_shift,
                                                                  HostConnections* connections) {
  std::map<unsigned, devices::VirtioConsole::Port> ports;
  std::vector<std::pair<unsigned, PortConnection*>> made;
  for (const auto& [number, port] : spec.ports) {
    absl::StatusOr<std::unique_ptr<PortConnection>> connection =
        MakePort(port, options.chardevs.at(port.chardev), icount_shift, connections);
    if (!connection.ok()) return connection.status();
    (*connection)->source = (spec.slot + 1) * 256 + number;
    machine::Console* console = (*connection)->console.get();
    ports[number] = {port.name, port.is_console, [console](std::span<const uint8_t> bytes) {
                       for (uint8_t byte : bytes) console->PutByte(byte);
                     }};
    made.emplace_back(number, connection->get());
    connections->ports.push_back(*std::move(connection));
  }
  auto device = std::make_unique<devices::VirtioConsole>(spec.max_ports, std::move(ports));
  for (const auto& [number, connection] : made) {
    connection->input = std::make_unique<devices::VirtioConsolePort>(device.get(), number);
  }
  return device;
}

}  // namespace

absl::StatusOr<std::unique_ptr<HostConnections>> MakeDevices(const DeviceOptions& options,
                                                             uint64_t seed, unsigned icount_shift) {
  auto connections = std::make_unique<HostConnections>();
  auto entropy = std::make_shared<devices::SeededEntropy>(seed ^ kRngStream);
  for (const VirtioSpec& spec : options.virtio) {
    absl::StatusOr<std::unique_ptr<devices::VirtioDevice>> device = nullptr;
    switch (spec.kind) {
      case VirtioSpec::Kind::kBlock:
        device = MakeBlock(spec, options.drives.at(spec.drive));
        break;
      case VirtioSpec::Kind::kNet:
        device = MakeNet(spec, options.netdevs.at(spec.netdev), connections.get());
        break;
      case VirtioSpec::Kind::kRng:
        device = std::make_unique<devices::VirtioRng>(
            [entropy](std::span<uint8_t> bytes) { entropy->Fill(bytes); });
        break;
      case VirtioSpec::Kind::kSerial:
        device = MakeSerial(spec, options, icount_shift, connections.get());
        break;
    }
    if (!device.ok()) return device.status();
    connections->virtio[spec.slot] = *std::move(device);
  }
  return connections;
}

}  // namespace lockstep::emu

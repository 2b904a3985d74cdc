#include "emulator/main/device_factory.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <utility>

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

absl::StatusOr<std::unique_ptr<devices::VirtioDevice>> MakeSerial(const VirtioSpec& spec,
                                                                  const DeviceOptions& options,
                                                                  HostConnections* connections) {
  std::map<unsigned, devices::VirtioConsole::Port> ports;
  for (const auto& [number, port] : spec.ports) {
    const std::string& path = options.chardevs.at(port.chardev).path;
    std::FILE* file = path.empty() ? nullptr : std::fopen(path.c_str(), "we");
    if (file == nullptr && !path.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("-chardev id=", port.chardev,
                                                     ": cannot write ", path, " (",
                                                     std::strerror(errno), "); give another path"));
    }
    connections->outputs.push_back(std::make_unique<SerialOutput>(file, true));
    SerialOutput* output = connections->outputs.back().get();
    ports[number] = {port.name, port.is_console, [output](std::span<const uint8_t> bytes) {
                       for (uint8_t byte : bytes) output->Put(byte);
                     }};
  }
  return std::make_unique<devices::VirtioConsole>(spec.max_ports, std::move(ports));
}

}  // namespace

absl::StatusOr<std::unique_ptr<HostConnections>> MakeDevices(const DeviceOptions& options,
                                                             uint64_t seed) {
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
        device = MakeSerial(spec, options, connections.get());
        break;
    }
    if (!device.ok()) return device.status();
    connections->virtio[spec.slot] = *std::move(device);
  }
  return connections;
}

}  // namespace lockstep::emu

#include "emulator/main/device_options.h"

#include <array>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "emulator/devices/virtio/console.h"
#include "emulator/machine/memory_map.h"
#include "emulator/main/property_list.h"

namespace lockstep::emu {
namespace {

using machine::kVirtioSlots;

// Reads the options one by one; stops at the first bad one.
class Reader {
 public:
  absl::StatusOr<DeviceOptions> Read(const RawDevices& raw);

 private:
  absl::Status ReadDrive(const std::string& text);
  absl::Status ReadNetdev(const std::string& text);
  absl::Status ReadChardev(const std::string& text);
  absl::Status ReadDevice(const std::string& text);
  absl::Status ReadGlobal(const std::string& text);
  absl::Status ReadBlock(PropertyList& list, VirtioSpec* spec);
  absl::Status ReadNet(PropertyList& list, VirtioSpec* spec);
  absl::Status ReadPort(PropertyList& list);
  absl::Status TakeSlot(PropertyList& list, unsigned* slot);
  absl::Status TakeId(PropertyList& list);

  DeviceOptions options_;
  std::array<bool, kVirtioSlots> slot_used_{};
  std::set<std::string> device_ids_;
  std::set<std::string> drives_used_;
  std::set<std::string> netdevs_used_;
  std::set<std::string> chardevs_used_;
};

absl::StatusOr<DeviceOptions> Reader::Read(const RawDevices& raw) {
  for (const std::string& text : raw.globals) {
    if (absl::Status status = ReadGlobal(text); !status.ok()) return status;
  }
  for (const std::string& text : raw.drives) {
    if (absl::Status status = ReadDrive(text); !status.ok()) return status;
  }
  for (const std::string& text : raw.netdevs) {
    if (absl::Status status = ReadNetdev(text); !status.ok()) return status;
  }
  for (const std::string& text : raw.chardevs) {
    if (absl::Status status = ReadChardev(text); !status.ok()) return status;
  }
  for (const std::string& text : raw.devices) {
    if (absl::Status status = ReadDevice(text); !status.ok()) return status;
  }
  return std::move(options_);
}

absl::Status Reader::ReadGlobal(const std::string& text) {
  absl::StatusOr<PropertyList> list = PropertyList::Parse("-global", text, /*takes_kind=*/false);
  if (!list.ok()) return list.status();
  bool force_legacy = true;
  const bool is_known = absl::StartsWith(text, "virtio-mmio.force-legacy=");
  if (!is_known) return list->Bad("only virtio-mmio.force-legacy=off is known");
  absl::Status status = list->TakeSwitch("virtio-mmio.force-legacy", &force_legacy);
  if (!status.ok()) return status;
  if (force_legacy) {
    return list->Bad("the legacy transport is not available; occupied slots are version 2");
  }
  options_.empty_virtio_version = 2;
  return list->Finish();
}

absl::Status Reader::ReadDrive(const std::string& text) {
  absl::StatusOr<PropertyList> parsed = PropertyList::Parse("-drive", text, /*takes_kind=*/false);
  if (!parsed.ok()) return parsed.status();
  PropertyList& list = *parsed;
  std::string id;
  backend::DiskSpec disk;
  absl::Status status = list.TakeNeeded("id", &id);
  if (status.ok()) status = list.TakeNeeded("file", &disk.path);
  if (status.ok() && list.Take("format").value_or("") != "raw") {
    status = list.Bad("format=raw is needed: raw images are what is read");
  }
  if (status.ok() && list.Take("if").value_or("") != "none") {
    status = list.Bad("if=none is needed, and a -device virtio-blk-device,drive=ID");
  }
  if (status.ok()) status = list.TakeSwitch("readonly", &disk.read_only);
  if (status.ok()) status = list.TakeSwitch("snapshot", &disk.snapshot);
  if (!status.ok()) return status;
  const std::string discard = list.Take("discard").value_or("ignore");
  if (discard == "unmap" || discard == "on") {
    disk.discard = true;
  } else if (discard != "ignore" && discard != "off") {
    return list.Bad(absl::StrCat("discard=", discard, ": neither unmap nor ignore"));
  }
  const std::string cache = list.Take("cache").value_or("writeback");
  if (cache != "writeback" && cache != "none" && cache != "unsafe") {
    return list.Bad(absl::StrCat("cache=", cache, ": not writeback, none or unsafe"));
  }
  disk.flush_to_medium = cache != "unsafe";
  if (!options_.drives.emplace(id, disk).second) {
    return list.Bad(absl::StrCat("there is a drive '", id, "' already"));
  }
  return list.Finish();
}

absl::StatusOr<backend::UserNetworkSpec> ReadUserNetwork(PropertyList& list) {
  backend::UserNetworkSpec spec;
  absl::Status status = list.TakeSwitch("restrict", &spec.restricted);
  if (!status.ok()) return status;
  bool has_ipv6 = false;
  status = list.TakeSwitch("ipv6", &has_ipv6);
  if (!status.ok()) return status;
  if (has_ipv6) return list.Bad("IPv6 is not available here; only ipv6=off is");
  spec.host_name = list.Take("hostname").value_or("");
  spec.tftp_directory = list.Take("tftp").value_or("");
  for (const std::string& text : list.TakeAll("hostfwd")) {
    absl::StatusOr<backend::HostForward> forward = backend::ParseHostForward(text);
    if (!forward.ok()) return list.Bad(forward.status().message());
    spec.forwards.push_back(*std::move(forward));
  }
  return spec;
}

absl::StatusOr<backend::SocketNetworkSpec> ReadSocketNetwork(PropertyList& list) {
  const std::optional<std::string> listen = list.Take("listen"), connect = list.Take("connect");
  if (listen.has_value() == connect.has_value()) {
    return list.Bad("one of listen=[HOST]:PORT and connect=[HOST]:PORT is needed");
  }
  absl::StatusOr<backend::SocketNetworkSpec> spec =
      backend::ParseSocketAddress(listen.has_value() ? *listen : *connect, listen.has_value());
  if (!spec.ok()) return list.Bad(spec.status().message());
  return spec;
}

absl::Status Reader::ReadNetdev(const std::string& text) {
  absl::StatusOr<PropertyList> parsed = PropertyList::Parse("-netdev", text, /*takes_kind=*/true);
  if (!parsed.ok()) return parsed.status();
  PropertyList& list = *parsed;
  std::string id;
  absl::Status status = list.TakeNeeded("id", &id);
  if (!status.ok()) return status;
  NetdevSpec spec;
  if (list.kind() == "user") {
    absl::StatusOr<backend::UserNetworkSpec> user = ReadUserNetwork(list);
    if (!user.ok()) return user.status();
    spec = *std::move(user);
  } else if (list.kind() == "socket") {
    absl::StatusOr<backend::SocketNetworkSpec> socket = ReadSocketNetwork(list);
    if (!socket.ok()) return socket.status();
    spec = *std::move(socket);
  } else {
    return list.Bad("unknown kind of network; known: user, socket");
  }
  if (!options_.netdevs.emplace(id, std::move(spec)).second) {
    return list.Bad(absl::StrCat("there is a netdev '", id, "' already"));
  }
  return list.Finish();
}

absl::Status Reader::ReadChardev(const std::string& text) {
  absl::StatusOr<PropertyList> parsed = PropertyList::Parse("-chardev", text, /*takes_kind=*/true);
  if (!parsed.ok()) return parsed.status();
  PropertyList& list = *parsed;
  std::string id;
  SerialSpec spec;
  absl::Status status = list.TakeNeeded("id", &id);
  if (!status.ok()) return status;
  if (list.kind() == "file") {
    spec.kind = SerialSpec::Kind::kFile;
    status = list.TakeNeeded("path", &spec.path);
    spec.in_path = list.Take("input-path").value_or("");
  } else if (list.kind() == "script") {
    spec.kind = SerialSpec::Kind::kScript;
    status = list.TakeNeeded("path", &spec.path);
    spec.out_path = list.Take("out").value_or("");
  } else if (list.kind() == "null") {
    spec.kind = SerialSpec::Kind::kNull;
  } else if (list.kind() == "stdio") {
    spec.kind = SerialSpec::Kind::kStdio;
    for (const auto& [other, chardev] : options_.chardevs) {
      if (chardev.kind != SerialSpec::Kind::kStdio) continue;
      return list.Bad(absl::StrCat("standard input is chardev '", other, "' already"));
    }
  } else {
    return list.Bad("unknown kind of character device; known: file, null, script, stdio");
  }
  if (!status.ok()) return status;
  if (!options_.chardevs.emplace(id, std::move(spec)).second) {
    return list.Bad(absl::StrCat("there is a chardev '", id, "' already"));
  }
  return list.Finish();
}

absl::Status Reader::ReadPort(PropertyList& list) {
  VirtioSpec* serial = nullptr;
  for (VirtioSpec& spec : options_.virtio) {
    if (spec.kind == VirtioSpec::Kind::kSerial) serial = &spec;
  }
  if (serial == nullptr) return list.Bad("there is no -device virtio-serial-device before it");
  VirtioSpec::Port port;
  port.is_console = list.kind() == "virtconsole";
  port.name = list.Take("name").value_or("");
  absl::Status status = list.TakeNeeded("chardev", &port.chardev);
  if (!status.ok()) return status;
  if (!options_.chardevs.contains(port.chardev)) {
    return list.Bad(absl::StrCat("there is no -chardev with id=", port.chardev));
  }
  if (!chardevs_used_.insert(port.chardev).second) {
    return list.Bad(absl::StrCat("chardev '", port.chardev, "' is used by another port"));
  }
  // Number 0 is the first console's; all others take the lowest that is free.
  uint64_t number = port.is_console && !serial->ports.contains(0) ? 0 : 1;
  while (number != 0 && serial->ports.contains(static_cast<unsigned>(number))) ++number;
  status = list.TakeNumber("nr", 0, serial->max_ports - 1, &number);
  if (!status.ok()) return status;
  if (number >= serial->max_ports) return list.Bad("all ports are taken; give more max_ports");
  if (number == 0 && !port.is_console) return list.Bad("port 0 is for a virtconsole");
  if (!serial->ports.emplace(static_cast<unsigned>(number), std::move(port)).second) {
    return list.Bad(absl::StrCat("port ", number, " is taken"));
  }
  return absl::OkStatus();
}

absl::Status Reader::TakeSlot(PropertyList& list, unsigned* slot) {
  const std::optional<std::string> bus = list.Take("bus");
  if (bus.has_value()) {
    absl::string_view number = *bus;
    const bool is_known = absl::ConsumePrefix(&number, "virtio-mmio-bus.") &&
                          absl::SimpleAtoi(number, slot) && *slot < kVirtioSlots;
    if (!is_known) {
      return list.Bad(absl::StrCat("bus=", *bus, ": not virtio-mmio-bus.0 to virtio-mmio-bus.",
                                   kVirtioSlots - 1));
    }
    if (slot_used_[*slot]) return list.Bad(absl::StrCat("bus ", *bus, " is taken"));
    slot_used_[*slot] = true;
    return absl::OkStatus();
  }
  for (unsigned candidate = kVirtioSlots; candidate-- > 0;) {
    if (slot_used_[candidate]) continue;
    slot_used_[candidate] = true;
    *slot = candidate;
    return absl::OkStatus();
  }
  return list.Bad(absl::StrCat("all ", kVirtioSlots, " virtio slots are taken"));
}

absl::Status Reader::TakeId(PropertyList& list) {
  const std::optional<std::string> id = list.Take("id");
  if (!id.has_value() || device_ids_.insert(*id).second) return absl::OkStatus();
  return list.Bad(absl::StrCat("there is a device '", *id, "' already"));
}

absl::Status Reader::ReadBlock(PropertyList& list, VirtioSpec* spec) {
  absl::Status status = list.TakeNeeded("drive", &spec->drive);
  if (!status.ok()) return status;
  if (!options_.drives.contains(spec->drive)) {
    return list.Bad(absl::StrCat("there is no -drive with id=", spec->drive));
  }
  if (!drives_used_.insert(spec->drive).second) {
    return list.Bad(absl::StrCat("drive '", spec->drive, "' is used by another device"));
  }
  spec->serial = list.Take("serial").value_or("");
  return absl::OkStatus();
}

bool ParseMac(absl::string_view text, devices::MacAddress* mac) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  if (parts.size() != mac->size()) return false;
  for (size_t i = 0; i < parts.size(); ++i) {
    uint32_t byte;
    if (parts[i].size() != 2 || !absl::SimpleHexAtoi(parts[i], &byte)) return false;
    (*mac)[i] = static_cast<uint8_t>(byte);
  }
  return ((*mac)[0] & 1) == 0;  // no group address
}

absl::Status Reader::ReadNet(PropertyList& list, VirtioSpec* spec) {
  absl::Status status = list.TakeNeeded("netdev", &spec->netdev);
  if (!status.ok()) return status;
  if (!options_.netdevs.contains(spec->netdev)) {
    return list.Bad(absl::StrCat("there is no -netdev with id=", spec->netdev));
  }
  if (!netdevs_used_.insert(spec->netdev).second) {
    return list.Bad(absl::StrCat("netdev '", spec->netdev, "' is used by another device"));
  }
  // QEMU's numbers: the first card has ...:56.
  constexpr devices::MacAddress kFirst = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
  spec->mac = kFirst;
  spec->mac[5] = static_cast<uint8_t>(kFirst[5] + netdevs_used_.size() - 1);
  const std::optional<std::string> mac = list.Take("mac");
  if (mac.has_value() && !ParseMac(*mac, &spec->mac)) {
    return list.Bad(absl::StrCat("mac=", *mac, ": not an address like 52:54:00:12:34:56"));
  }
  return absl::OkStatus();
}

absl::Status Reader::ReadDevice(const std::string& text) {
  if (text == "loader" || absl::StartsWith(text, "loader,")) {
    absl::StatusOr<machine::LoaderSpec> loader = machine::ParseLoader(text);
    if (!loader.ok()) return loader.status();
    options_.loaders.push_back(*std::move(loader));
    return absl::OkStatus();
  }
  absl::StatusOr<PropertyList> parsed = PropertyList::Parse("-device", text, /*takes_kind=*/true);
  if (!parsed.ok()) return parsed.status();
  PropertyList& list = *parsed;
  if (list.kind() == "virtconsole" || list.kind() == "virtserialport") {
    absl::Status status = TakeId(list);
    if (status.ok()) status = ReadPort(list);
    return status.ok() ? list.Finish() : status;
  }
  VirtioSpec spec;
  spec.option = absl::StrCat("-device ", text);
  if (list.kind() == "virtio-blk-device") {
    spec.kind = VirtioSpec::Kind::kBlock;
  } else if (list.kind() == "virtio-net-device") {
    spec.kind = VirtioSpec::Kind::kNet;
  } else if (list.kind() == "virtio-rng-device") {
    spec.kind = VirtioSpec::Kind::kRng;
  } else if (list.kind() == "virtio-serial-device") {
    spec.kind = VirtioSpec::Kind::kSerial;
  } else {
    return list.Bad(
        "unknown device; known: loader, virtconsole, virtio-blk-device, virtio-net-device, "
        "virtio-rng-device, virtio-serial-device, virtserialport");
  }
  absl::Status status = TakeId(list);
  if (status.ok()) status = TakeSlot(list, &spec.slot);
  if (status.ok() && spec.kind == VirtioSpec::Kind::kBlock) status = ReadBlock(list, &spec);
  if (status.ok() && spec.kind == VirtioSpec::Kind::kNet) status = ReadNet(list, &spec);
  if (status.ok() && spec.kind == VirtioSpec::Kind::kSerial) {
    uint64_t max_ports = spec.max_ports;
    status = list.TakeNumber("max_ports", 1, devices::VirtioConsole::kMaxPorts, &max_ports);
    spec.max_ports = static_cast<unsigned>(max_ports);
  }
  if (status.ok()) status = list.Finish();
  if (status.ok()) options_.virtio.push_back(std::move(spec));
  return status;
}

}  // namespace

absl::StatusOr<DeviceOptions> ParseDevices(const RawDevices& raw) { return Reader().Read(raw); }

}  // namespace lockstep::emu

#include "emulator/main/device_options.h"

#include <array>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
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
  absl::Status ReadDevice(const std::string& text);
  absl::Status ReadGlobal(const std::string& text);
  absl::Status ReadBlock(PropertyList& list, VirtioSpec* spec);
  absl::Status TakeSlot(PropertyList& list, unsigned* slot);
  absl::Status TakeId(PropertyList& list);

  DeviceOptions options_;
  std::array<bool, kVirtioSlots> slot_used_{};
  std::set<std::string> device_ids_;
  std::set<std::string> drives_used_;
};

absl::StatusOr<DeviceOptions> Reader::Read(const RawDevices& raw) {
  for (const std::string& text : raw.globals) {
    if (absl::Status status = ReadGlobal(text); !status.ok()) return status;
  }
  for (const std::string& text : raw.drives) {
    if (absl::Status status = ReadDrive(text); !status.ok()) return status;
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
  VirtioSpec spec;
  spec.option = absl::StrCat("-device ", text);
  if (list.kind() == "virtio-blk-device") {
    spec.kind = VirtioSpec::Kind::kBlock;
  } else if (list.kind() == "virtio-rng-device") {
    spec.kind = VirtioSpec::Kind::kRng;
  } else {
    return list.Bad("unknown device; known: loader, virtio-blk-device, virtio-rng-device");
  }
  absl::Status status = TakeId(list);
  if (status.ok()) status = TakeSlot(list, &spec.slot);
  if (status.ok() && spec.kind == VirtioSpec::Kind::kBlock) status = ReadBlock(list, &spec);
  if (status.ok()) status = list.Finish();
  if (status.ok()) options_.virtio.push_back(std::move(spec));
  return status;
}

}  // namespace

absl::StatusOr<DeviceOptions> ParseDevices(const RawDevices& raw) { return Reader().Read(raw); }

}  // namespace lockstep::emu

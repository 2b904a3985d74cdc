#include "emulator/devices/virtio/net.h"

#include <algorithm>
#include <utility>

#include "emulator/devices/virtio/little_endian.h"

namespace lockstep::devices {
namespace {

constexpr unsigned kReceiveQueue = 0, kTransmitQueue = 1;

constexpr uint64_t kCtrlGuestOffloads = 1u << 2, kMac = 1u << 5, kMergeable = 1u << 15,
                   kStatus = 1u << 16, kCtrlQueue = 1u << 17, kCtrlRx = 1u << 18,
                   kCtrlVlan = 1u << 19, kCtrlRxExtra = 1u << 20, kGuestAnnounce = 1u << 21,
                   kCtrlMacAddress = 1u << 23;

constexpr size_t kHeaderBytes = 12;  // num_buffers in the last two
constexpr size_t kMacBytes = 6;
constexpr uint8_t kOk = 0, kError = 1;

enum : uint8_t { kClassRx = 0, kClassMac = 1, kClassVlan = 2 };
enum : uint8_t { kMacTableSet = 0, kMacAddressSet = 1 };
enum : uint8_t { kVlanAdd = 0, kVlanDelete = 1 };

MacAddress AddressAt(std::span<const uint8_t> bytes) {
  MacAddress address;
  std::ranges::copy(bytes.first(kMacBytes), address.begin());
  return address;
}

bool Contains(const std::vector<MacAddress>& table, const MacAddress& address) {
  return std::ranges::find(table, address) != table.end();
}

}  // namespace

VirtioNet::VirtioNet(const MacAddress& mac, std::function<void(std::span<const uint8_t>)> send)
    : default_mac_(mac), send_(std::move(send)) {
  Reset();
}

uint64_t VirtioNet::features() const {
  return kCtrlGuestOffloads | kMac | kMergeable | kStatus | kCtrlQueue | kCtrlRx | kCtrlVlan |
         kCtrlRxExtra | kGuestAnnounce | kCtrlMacAddress;
}

void VirtioNet::Reset() {
  state_ = State();
  state_.mac = default_mac_;
  state_.vlans.set();
}

std::vector<uint8_t> VirtioNet::Config() const {
  std::vector<uint8_t> config(state_.mac.begin(), state_.mac.end());
  config.push_back(1);  // link up
  config.push_back(0);
  return config;
}

void VirtioNet::SetConfig(std::span<const uint8_t> config) {
  // A driver of version 1 sets the address by command.
  if ((transport_->accepted_features() & (kFeatureVersion1 | kCtrlMacAddress)) != 0) return;
  state_.mac = AddressAt(config);
}

void VirtioNet::StatusChanged(uint8_t status) {
  // Whoever can filter VLANs starts with none.
  const bool starts = (status & kStatusDriverOk) != 0 && !transport_->driver_ok();
  if (starts && (transport_->accepted_features() & kCtrlVlan) != 0) state_.vlans.reset();
}

void VirtioNet::Notify(unsigned queue) {
  // Receive buffers are used when a frame comes.
  if (queue == kReceiveQueue) return;
  queue == kTransmitQueue ? Transmit(queue) : Control(queue);
}

void VirtioNet::Transmit(unsigned queue) {
  Chain chain;
  while (transport_->Next(queue, &chain)) {
    if (chain.readable.empty()) {
      transport_->Fail();
      return;
    }
    SegmentRun data(transport_->memory(), chain.readable);
    data.Skip(kHeaderBytes);
    if (data.remaining() != 0 && data.remaining() <= kMaxFrameBytes) {
      std::vector<uint8_t> frame(data.remaining());
      data.Read(frame);
      send_(frame);
    }
    transport_->queue(queue).Push(chain.head, 0);
    transport_->Interrupt(queue);
  }
  transport_->queue(queue).WantNotification();
}

bool VirtioNet::Passes(std::span<const uint8_t> frame) const {
  if (state_.promiscuous) return true;
  constexpr size_t kTypeOffset = 12, kVlanOffset = 14;
  constexpr MacAddress kBroadcast = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
  if (frame[kTypeOffset] == 0x81 && frame[kTypeOffset + 1] == 0x00) {
    const unsigned vlan = (frame[kVlanOffset] << 8 | frame[kVlanOffset + 1]) & 0xfffu;
    if (!state_.vlans[vlan]) return false;
  }
  const MacAddress target = AddressAt(frame);
  if (target == kBroadcast) return !state_.no_broadcast;
  if ((target[0] & 1) != 0) {
    if (state_.no_multicast) return false;
    return state_.all_multicast || state_.multicast_overflow || Contains(state_.multicast, target);
  }
  if (state_.no_unicast) return false;
  return state_.all_unicast || state_.unicast_overflow || target == state_.mac ||
         Contains(state_.unicast, target);
}

std::optional<std::vector<Chain>> VirtioNet::TakeBuffers(uint64_t n_bytes) {
  VirtQueue& queue = transport_->queue(kReceiveQueue);
  const uint16_t first = queue.state().next_avail;
  const bool mergeable = (transport_->accepted_features() & kMergeable) != 0;
  std::vector<Chain> chains;
  uint64_t room = 0;
  Chain chain;
  while (room < n_bytes && transport_->Next(kReceiveQueue, &chain)) {
    // The header has to fit into the first buffer.
    if (chain.writable_bytes() < (chains.empty() ? kHeaderBytes : 1)) {
      transport_->Fail();
      return std::vector<Chain>();
    }
    room += chain.writable_bytes();
    chains.push_back(std::move(chain));
    if (!mergeable) break;
  }
  if (room >= n_bytes) return chains;
  queue.mutable_state().next_avail = first;
  if (!mergeable && !chains.empty()) return std::vector<Chain>();  // too short for the frame
  return std::nullopt;
}

bool VirtioNet::Receive(std::span<const uint8_t> frame) {
  constexpr size_t kLeastBytes = 16;  // enough for the filter to look at
  if (!transport_->driver_ok()) return true;
  if (frame.size() < kLeastBytes || frame.size() > kMaxFrameBytes || !Passes(frame)) return true;
  const std::optional<std::vector<Chain>> taken = TakeBuffers(kHeaderBytes + frame.size());
  VirtQueue& queue = transport_->queue(kReceiveQueue);
  if (!taken.has_value()) {
    queue.WantNotification();
    return false;
  }
  const std::vector<Chain>& chains = *taken;
  if (chains.empty()) return true;
  std::array<uint8_t, kHeaderBytes> header{};
  StoreLittle<uint16_t>(std::span(header).subspan(10), static_cast<uint16_t>(chains.size()));
  std::span<const uint8_t> rest = frame;
  for (size_t i = 0; i < chains.size(); ++i) {
    SegmentRun room(transport_->memory(), chains[i].writable);
    size_t written = i == 0 ? room.Write(header) : 0;
    const size_t part = room.Write(rest);
    rest = rest.subspan(part);
    written += part;
    queue.Fill(chains[i].head, static_cast<uint32_t>(written), static_cast<uint16_t>(i));
  }
  queue.Publish(static_cast<uint16_t>(chains.size()));
  queue.WantNotification();
  transport_->Interrupt(kReceiveQueue);
  return true;
}

void VirtioNet::Control(unsigned queue) {
  Chain chain;
  while (transport_->Next(queue, &chain)) {
    SegmentRun out(transport_->memory(), chain.readable);
    SegmentRun in(transport_->memory(), chain.writable);
    std::array<uint8_t, 2> header;
    if (out.Read(header) != header.size() || in.remaining() == 0) {
      transport_->Fail();
      return;
    }
    const uint8_t status[] = {Command(header[0], header[1], out)};
    in.Write(status);
    transport_->queue(queue).Push(chain.head, 1);
    transport_->Interrupt(queue);
  }
  transport_->queue(queue).WantNotification();
}

uint8_t VirtioNet::Command(uint8_t command_class, uint8_t command, SegmentRun& data) {
  bool done = false;
  switch (command_class) {
    case kClassRx:
      done = SetMode(command, data);
      break;
    case kClassMac:
      if (command == kMacAddressSet && data.remaining() == kMacBytes) {
        data.Read(state_.mac);
        done = true;
      } else if (command == kMacTableSet) {
        done = SetMacTable(data);
      }
      break;
    case kClassVlan:
      done = SetVlan(command, data);
      break;
    default:  // announcements are not asked for, there is one queue pair and no offload
      break;
  }
  return done ? kOk : kError;
}

bool VirtioNet::SetMode(uint8_t command, SegmentRun& data) {
  bool State::*const kModes[] = {&State::promiscuous,  &State::all_multicast, &State::all_unicast,
                                 &State::no_multicast, &State::no_unicast,    &State::no_broadcast};
  std::array<uint8_t, 1> on;
  if (command >= std::size(kModes) || data.Read(on) != 1) return false;
  state_.*kModes[command] = on[0] != 0;
  return true;
}

// Two lists: a count of 32 bits, then so many addresses. One that does not fit overflows: then all
// addresses of its kind pass.
bool VirtioNet::SetMacTable(SegmentRun& data) {
  State next = state_;
  next.unicast.clear();
  next.multicast.clear();
  for (const bool is_multicast : {false, true}) {
    std::array<uint8_t, 4> count_bytes;
    if (data.Read(count_bytes) != count_bytes.size()) return false;
    const uint64_t count = LoadLittle<uint32_t>(count_bytes);
    if (count * kMacBytes > data.remaining()) return false;
    if (is_multicast && count * kMacBytes != data.remaining()) return false;
    const bool fits = next.unicast.size() + count <= kMacTableEntries;
    (is_multicast ? next.multicast_overflow : next.unicast_overflow) = !fits;
    if (!fits) {
      data.Skip(count * kMacBytes);
      continue;
    }
    for (uint64_t i = 0; i < count; ++i) {
      MacAddress address;
      data.Read(address);
      (is_multicast ? next.multicast : next.unicast).push_back(address);
    }
  }
  state_ = std::move(next);
  return true;
}

bool VirtioNet::SetVlan(uint8_t command, SegmentRun& data) {
  std::array<uint8_t, 2> bytes;
  if (data.Read(bytes) != bytes.size()) return false;
  const uint16_t vlan = LoadLittle<uint16_t>(bytes);
  if (vlan >= state_.vlans.size() || (command != kVlanAdd && command != kVlanDelete)) return false;
  state_.vlans[vlan] = command == kVlanAdd;
  return true;
}

}  // namespace lockstep::devices

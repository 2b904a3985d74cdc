#include "emulator/devices/virtio/console.h"

#include <algorithm>
#include <array>
#include <utility>

#include "emulator/base/check.h"
#include "emulator/devices/virtio/little_endian.h"

namespace lockstep::devices {
namespace {

constexpr uint64_t kMultiport = 1u << 1, kEmergencyWrite = 1u << 2;

// Queues: port 0 in and out, control in and out, then a pair for each further port.
constexpr unsigned kControlIn = 2, kControlOut = 3;

unsigned InputQueue(unsigned port) { return port == 0 ? 0 : 2 + 2 * port; }
unsigned PortOfOutput(unsigned queue) { return queue == 1 ? 0 : (queue - 3) / 2; }

enum : uint16_t {
  kDeviceReady = 0,
  kPortAdd = 1,
  kPortReady = 3,
  kConsolePort = 4,
  kPortOpen = 6,
  kPortName = 7,
};
constexpr size_t kControlBytes = 8;  // port, event, value

constexpr size_t kConfigBytes = 12, kConfigMaxPorts = 4, kConfigEmergency = 8;
// A chain of the guest may be longer than all memory: it is passed on in parts.
constexpr size_t kPartBytes = 64 << 10;

}  // namespace

VirtioConsole::VirtioConsole(unsigned max_ports, std::map<unsigned, Port> ports)
    : max_ports_(max_ports), ports_(std::move(ports)), is_open_(max_ports) {
  LOCKSTEP_CHECK(max_ports >= 1 && max_ports <= kMaxPorts);
  LOCKSTEP_CHECK(ports_.empty() || ports_.rbegin()->first < max_ports);
}

uint64_t VirtioConsole::features() const {
  return kEmergencyWrite | (max_ports_ > 1 ? kMultiport : 0);
}

std::vector<uint32_t> VirtioConsole::queue_entries() const {
  constexpr uint32_t kPortEntries = 128, kControlEntries = 32;
  std::vector<uint32_t> entries(2 * (max_ports_ + 1), kPortEntries);
  entries[kControlIn] = entries[kControlOut] = kControlEntries;
  return entries;
}

std::vector<uint8_t> VirtioConsole::Config() const {
  std::vector<uint8_t> config(kConfigBytes);  // no size of the screen
  config[kConfigMaxPorts] = static_cast<uint8_t>(max_ports_);
  return config;
}

void VirtioConsole::SetConfig(std::span<const uint8_t> config) {
  const uint8_t byte = config[kConfigEmergency];
  if (LoadLittle<uint32_t>(config.subspan(kConfigEmergency)) == 0) return;
  for (const auto& [number, port] : ports_) {
    if (!port.is_console) continue;
    port.output(std::span(&byte, 1));
    return;
  }
}

bool VirtioConsole::IsMultiport() const {
  return (transport_->accepted_features() & kMultiport) != 0;
}

bool VirtioConsole::CanReceive(unsigned port) {
  return transport_->driver_ok() && (is_open_[port] || !IsMultiport());
}

bool VirtioConsole::HasRoom(unsigned port) {
  return CanReceive(port) && !transport_->queue(InputQueue(port)).Empty();
}

size_t VirtioConsole::Receive(unsigned port, std::span<const uint8_t> bytes) {
  const unsigned queue = InputQueue(port);
  size_t done = 0;
  Chain chain;
  while (CanReceive(port) && done < bytes.size() && transport_->Next(queue, &chain)) {
    SegmentRun room(transport_->memory(), chain.writable);
    const size_t part = room.Write(bytes.subspan(done));
    transport_->queue(queue).Push(chain.head, static_cast<uint32_t>(part));
    done += part;
  }
  transport_->queue(queue).WantNotification();
  if (done != 0) transport_->Interrupt(queue);
  return done;
}

void VirtioConsole::Notify(unsigned queue) {
  if (queue == kControlOut) {
    TakeControl(queue);
  } else if (queue % 2 == 1) {
    TakeOutput(queue);
  }
  // Buffers for input are used when some comes.
}

void VirtioConsole::TakeOutput(unsigned queue) {
  const auto port = ports_.find(PortOfOutput(queue));
  Chain chain;
  while (transport_->Next(queue, &chain)) {
    SegmentRun data(transport_->memory(), chain.readable);
    std::vector<uint8_t> part;
    while (port != ports_.end() && data.remaining() != 0) {
      part.resize(std::min<uint64_t>(data.remaining(), kPartBytes));
      data.Read(part);
      port->second.output(part);
    }
    transport_->queue(queue).Push(chain.head, 0);
    transport_->Interrupt(queue);
  }
  transport_->queue(queue).WantNotification();
}

void VirtioConsole::TakeControl(unsigned queue) {
  Chain chain;
  while (transport_->Next(queue, &chain)) {
    SegmentRun data(transport_->memory(), chain.readable);
    std::array<uint8_t, kControlBytes> message;
    const bool is_whole = data.Read(message) == message.size();
    const std::span<const uint8_t> fields = message;
    if (is_whole) {
      Control(LoadLittle<uint32_t>(fields), LoadLittle<uint16_t>(fields.subspan(4)),
              LoadLittle<uint16_t>(fields.subspan(6)));
    }
    transport_->queue(queue).Push(chain.head, 0);
    transport_->Interrupt(queue);
  }
  transport_->queue(queue).WantNotification();
}

void VirtioConsole::Control(uint32_t number, uint16_t event, uint16_t value) {
  if (event == kDeviceReady) {
    if (value == 0) return;
    for (const auto& [port, unused] : ports_) SendControl(port, kPortAdd, 1);
    return;
  }
  const auto port = ports_.find(number);
  if (port == ports_.end()) return;
  if (event == kPortReady && value != 0) {
    if (port->second.is_console) SendControl(number, kConsolePort, 1);
    if (!port->second.name.empty()) SendControl(number, kPortName, 1, port->second.name);
    SendControl(number, kPortOpen, 1);
  } else if (event == kPortOpen) {
    is_open_[number] = value != 0;
  }
}

void VirtioConsole::SendControl(uint32_t port, uint16_t event, uint16_t value,
                                const std::string& text) {
  Chain chain;
  if (!transport_->Next(kControlIn, &chain)) return;
  std::vector<uint8_t> message(kControlBytes);
  const std::span<uint8_t> fields = message;
  StoreLittle<uint32_t>(fields, port);
  StoreLittle<uint16_t>(fields.subspan(4), event);
  StoreLittle<uint16_t>(fields.subspan(6), value);
  if (!text.empty()) message.insert(message.end(), text.c_str(), text.c_str() + text.size() + 1);
  SegmentRun room(transport_->memory(), chain.writable);
  const size_t written = room.Write(message);
  transport_->queue(kControlIn).Push(chain.head, static_cast<uint32_t>(written));
  transport_->queue(kControlIn).WantNotification();
  transport_->Interrupt(kControlIn);
}

VirtioConsole::State VirtioConsole::state() const {
  State state;
  for (unsigned port = 0; port < max_ports_; ++port) {
    if (is_open_[port]) state.open_ports.push_back(port);
  }
  return state;
}

void VirtioConsole::set_state(const State& state) {
  Reset();
  for (unsigned port : state.open_ports) is_open_[port] = true;
}

}  // namespace lockstep::devices

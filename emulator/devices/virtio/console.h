// virtio-console: byte streams between guest and host, as consoles (hvc0) or named ports.
//
// Feature bits, queues, configuration and control messages are those of QEMU 7.2's
// virtio-serial-device: multiport, emergency write; a control message for which the driver has no
// buffer is lost. Output goes to the port's sink during the store that notifies; input is given to
// Receive() between blocks. Source: Virtio 1.2, section 5.3.
#ifndef EMULATOR_DEVICES_VIRTIO_CONSOLE_H_
#define EMULATOR_DEVICES_VIRTIO_CONSOLE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "emulator/devices/input_port.h"
#include "emulator/devices/virtio/transport.h"

namespace lockstep::devices {

class VirtioConsole : public VirtioDevice {
 public:
  static constexpr unsigned kMaxPorts = 31;

  struct Port {
    std::string name;  // "" for none
    bool is_console = false;
    // Takes what the guest writes.
    std::function<void(std::span<const uint8_t>)> output;
  };
  struct State {
    std::vector<unsigned> open_ports;  // numbers of those that the guest has opened
  };

  // `ports` by number, below `max_ports` (1 to kMaxPorts).
  VirtioConsole(unsigned max_ports, std::map<unsigned, Port> ports);

  // Whether the driver has room for input of this port.
  bool HasRoom(unsigned port);
  // Gives input to the driver; the number of bytes that it has taken, in order.
  size_t Receive(unsigned port, std::span<const uint8_t> bytes);

  void Attach(Transport* transport) override { transport_ = transport; }
  uint32_t device_id() const override { return 3; }
  uint64_t features() const override;
  std::vector<uint32_t> queue_entries() const override;
  std::vector<uint8_t> Config() const override;
  void SetConfig(std::span<const uint8_t> config) override;
  void Notify(unsigned queue) override;
  void Reset() override { is_open_.assign(max_ports_, false); }

  State state() const;
  void set_state(const State& state);

 private:
  // Offered when there may be several ports.
  bool IsMultiport() const;
  bool CanReceive(unsigned port);
  void TakeOutput(unsigned queue);
  void TakeControl(unsigned queue);
  void Control(uint32_t port, uint16_t event, uint16_t value);
  void SendControl(uint32_t port, uint16_t event, uint16_t value, const std::string& text = "");

  unsigned max_ports_;
  std::map<unsigned, Port> ports_;
  std::vector<bool> is_open_;  // by the guest
  Transport* transport_ = nullptr;
};

// One port as the end that input is given to.
class VirtioConsolePort : public InputPort {
 public:
  // `device` outlives it and has a port of this number.
  VirtioConsolePort(VirtioConsole* device, unsigned port) : device_(device), port_(port) {}

  bool ReadyForInput() override { return device_->HasRoom(port_); }
  size_t TakeInput(std::span<const uint8_t> bytes) override {
    return device_->Receive(port_, bytes);
  }

 private:
  VirtioConsole* device_;
  unsigned port_;
};

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_VIRTIO_CONSOLE_H_

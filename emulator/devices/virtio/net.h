// virtio-net: a network card with one receive, one transmit and one control queue.
//
// Feature bits, configuration, receive filter and control commands are those of QEMU 7.2's
// virtio-net-device on a back end without offloads: mergeable receive buffers, MAC address and
// table, VLAN filter, receive modes. A frame from the guest goes to the back end during the store
// that notifies; a frame from outside is given to Receive() between blocks. Source: Virtio 1.2,
// section 5.1.
#ifndef EMULATOR_DEVICES_VIRTIO_NET_H_
#define EMULATOR_DEVICES_VIRTIO_NET_H_

#include <array>
#include <bitset>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "emulator/devices/virtio/transport.h"

namespace lockstep::devices {

using MacAddress = std::array<uint8_t, 6>;

class VirtioNet : public VirtioDevice {
 public:
  static constexpr size_t kMaxFrameBytes = 65550;  // longer ones from the guest are dropped
  static constexpr size_t kMacTableEntries = 64;

  struct State {
    MacAddress mac{};
    bool promiscuous = true, all_multicast = false, all_unicast = false, no_multicast = false,
         no_unicast = false, no_broadcast = false;
    std::vector<MacAddress> unicast, multicast;  // together at most kMacTableEntries
    bool unicast_overflow = false, multicast_overflow = false;
    std::bitset<4096> vlans;
  };

  // `send` takes each frame that the guest sends.
  VirtioNet(const MacAddress& mac, std::function<void(std::span<const uint8_t>)> send);

  // A frame has come. False: the driver has no room for it now, nothing has happened. True: the
  // driver has got it, or the filter dropped it, or it cannot ever be had (too long).
  bool Receive(std::span<const uint8_t> frame);

  void Attach(Transport* transport) override { transport_ = transport; }
  uint32_t device_id() const override { return 1; }
  uint64_t features() const override;
  std::vector<uint32_t> queue_entries() const override { return {256, 256, 64}; }
  std::vector<uint8_t> Config() const override;
  void SetConfig(std::span<const uint8_t> config) override;
  void Notify(unsigned queue) override;
  void StatusChanged(uint8_t status) override;
  void Reset() override;

  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  bool Passes(std::span<const uint8_t> frame) const;
  // Buffers for `n_bytes`. Nullopt: there are not enough yet, and none has been taken. None: they
  // can never be had, the frame is lost.
  std::optional<std::vector<Chain>> TakeBuffers(uint64_t n_bytes);
  void Transmit(unsigned queue);
  void Control(unsigned queue);
  uint8_t Command(uint8_t command_class, uint8_t command, SegmentRun& data);
  bool SetMode(uint8_t command, SegmentRun& data);
  bool SetMacTable(SegmentRun& data);
  bool SetVlan(uint8_t command, SegmentRun& data);

  MacAddress default_mac_;
  std::function<void(std::span<const uint8_t>)> send_;
  Transport* transport_ = nullptr;
  State state_;
};

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_VIRTIO_NET_H_

// virtio-rng: a source of random bytes.
//
// The bytes come from an injected source; all writable bytes of a request are filled, at most
// kMaxRequestBytes (the used length says how many). Feature bits and queue as QEMU 7.2's
// virtio-rng-device; the bytes are not QEMU's. Source: Virtio 1.2, section 5.4.
#ifndef EMULATOR_DEVICES_VIRTIO_RNG_H_
#define EMULATOR_DEVICES_VIRTIO_RNG_H_

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "emulator/devices/virtio/transport.h"

namespace lockstep::devices {

class VirtioRng : public VirtioDevice {
 public:
  static constexpr uint64_t kMaxRequestBytes = 64 << 10;

  // `entropy` fills a buffer.
  explicit VirtioRng(std::function<void(std::span<uint8_t>)> entropy);

  void Attach(Transport* transport) override { transport_ = transport; }
  uint32_t device_id() const override { return 4; }
  uint64_t features() const override { return 0; }
  std::vector<uint32_t> queue_entries() const override { return {8}; }
  std::vector<uint8_t> Config() const override { return {}; }
  void SetConfig(std::span<const uint8_t>) override {}
  void Notify(unsigned queue) override;
  void Reset() override {}

 private:
  std::function<void(std::span<uint8_t>)> entropy_;
  Transport* transport_ = nullptr;
};

// Bytes that are a function of a seed: splitmix64's outputs, low byte first.
class SeededEntropy {
 public:
  explicit SeededEntropy(uint64_t seed) : state_(seed) {}
  void Fill(std::span<uint8_t> bytes);

  struct State {
    uint64_t generator;
    uint64_t word;
    unsigned bytes_left;
  };
  State state() const { return {state_, word_, bytes_left_}; }
  void set_state(const State& state) {
    state_ = state.generator;
    word_ = state.word;
    bytes_left_ = state.bytes_left;
  }

 private:
  uint64_t state_;
  uint64_t word_ = 0;
  unsigned bytes_left_ = 0;
};

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_VIRTIO_RNG_H_

// Platform-level interrupt controller: 96 sources, contexts M and S of each hart.
//
// Register layout of the SiFive PLIC; behaviour of QEMU 7.2's, where it differs from the
// specification too: each drive of a line to high sets the source's pending bit (also while the
// source is claimed), only a claim clears it, accesses are of 4 bytes, and a write of an enable
// word does not re-evaluate the outputs. Source: PLIC specification 1.0; measured with
// tests/e2e/guest/device_probe.c.
#ifndef EMULATOR_DEVICES_PLIC_PLIC_H_
#define EMULATOR_DEVICES_PLIC_PLIC_H_

#include <array>
#include <vector>

#include "emulator/devices/device.h"

namespace lockstep::devices {

class Plic : public Device {
 public:
  static constexpr uint64_t kWindowBytes = 0x600000;
  static constexpr unsigned kSources = 96;  // numbers 1..96 have a priority; lines 1..95 exist
  static constexpr unsigned kWords = kSources / 32;
  static constexpr uint32_t kMaxPriority = 7;

  struct Context {
    std::array<uint32_t, kWords> enable{};
    uint32_t threshold = 0;
  };
  struct State {
    std::array<uint32_t, kSources + 1> priority{};  // by source number; 0 unused
    std::array<uint32_t, kWords> pending{};
    std::array<uint32_t, kWords> claimed{};
    std::vector<Context> contexts;
  };

  // `outputs[c]` is the external interrupt line of context c: 2 * hart for M, 2 * hart + 1 for S.
  explicit Plic(std::vector<InterruptLine> outputs);

  // Drives source `source` (1..95). A low level is forgotten: pending stays until it is claimed.
  void SetSource(unsigned source, bool level);

  bool Read(uint64_t offset, unsigned size_bytes, uint64_t* value) override;
  bool Write(uint64_t offset, unsigned size_bytes, uint64_t value) override;
  void Reset() override;

  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  // The source that a claim in context `context` returns; 0 for none.
  unsigned BestSource(size_t context) const;
  unsigned Claim(size_t context);
  void Update();

  std::vector<InterruptLine> outputs_;
  State state_;
};

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_PLIC_PLIC_H_

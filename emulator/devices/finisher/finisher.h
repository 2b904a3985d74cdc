// Test finisher: a 32-bit store to offset 0 ends or resets the machine.
//
// Low half 0x5555 ends with exit code 0, 0x3333 with the code in the upper half, 0x7777 resets. As
// QEMU's sifive_test: 2- and 4-byte accesses, reads are 0, other values are ignored.
#ifndef EMULATOR_DEVICES_FINISHER_FINISHER_H_
#define EMULATOR_DEVICES_FINISHER_FINISHER_H_

#include <functional>

#include "emulator/devices/device.h"

namespace lockstep::devices {

class Finisher : public Device {
 public:
  static constexpr uint64_t kWindowBytes = 0x1000;

  // `exit` and `reset` are called during the store.
  Finisher(std::function<void(uint16_t code)> exit, std::function<void()> reset);

  bool Read(uint64_t offset, unsigned size_bytes, uint64_t* value) override;
  bool Write(uint64_t offset, unsigned size_bytes, uint64_t value) override;
  void Reset() override {}

 private:
  std::function<void(uint16_t)> exit_;
  std::function<void()> reset_;
};

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_FINISHER_FINISHER_H_

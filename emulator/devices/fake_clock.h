// A clock for tests of devices, set by hand.
#ifndef EMULATOR_DEVICES_FAKE_CLOCK_H_
#define EMULATOR_DEVICES_FAKE_CLOCK_H_

#include "emulator/devices/device.h"

namespace lockstep::devices {

struct FakeClock : Clock {
  uint64_t NowNs() const override { return now_ns; }
  uint64_t now_ns = 0;
};

// Reads `size_bytes` at `offset`; the refusal of an access reads as this value.
inline constexpr uint64_t kRefused = 0xdeadbeefcafef00d;
inline uint64_t ReadOrRefused(Device& device, uint64_t offset, unsigned size_bytes) {
  uint64_t value = 0;
  return device.Read(offset, size_bytes, &value) ? value : kRefused;
}

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_FAKE_CLOCK_H_

// What the machine and its devices know of each other.
//
// A device sees offsets into its window, virtual time and interrupt lines; no base address, no host
// clock, no thread. Its state is a plain struct (`State`) that can be copied out and put back. Not
// thread-safe: everything runs on the thread that runs the harts.
#ifndef EMULATOR_DEVICES_DEVICE_H_
#define EMULATOR_DEVICES_DEVICE_H_

#include <cstdint>
#include <functional>

namespace lockstep::devices {

// "Never" for deadlines, in nanoseconds of virtual time: as in QEMU, time is a signed 64-bit count.
inline constexpr uint64_t kNeverNs = INT64_MAX;

// Virtual time of the machine.
class Clock {
 public:
  virtual ~Clock() = default;
  // Nanoseconds since power-on. During an access, the accessing instruction has counted.
  virtual uint64_t NowNs() const = 0;
};

// Drives an interrupt line to a level. Driving it to the level it has is not a no-op everywhere:
// the PLIC takes each drive to high as a new interrupt, as QEMU's does.
using InterruptLine = std::function<void(bool level)>;

class Device {
 public:
  virtual ~Device() = default;

  // An access of 1, 2, 4 or 8 bytes, naturally aligned and inside the window. False: the device
  // refuses the size or place, and the hart takes an access fault. Values are little-endian
  // numbers, zero-extended; bits above the size are zero on Write and ignored after Read.
  virtual bool Read(uint64_t offset, unsigned size_bytes, uint64_t* value) = 0;
  virtual bool Write(uint64_t offset, unsigned size_bytes, uint64_t value) = 0;

  // Power-on state; lines are driven to their reset level.
  virtual void Reset() = 0;

  // Virtual time at which OnDeadline() is due; kNeverNs when there is none. May change in any call.
  virtual uint64_t DeadlineNs() const { return kNeverNs; }
  // Called once virtual time has reached DeadlineNs().
  virtual void OnDeadline() {}
};

// Takes the low `size_bytes` of a value.
inline uint64_t Truncate(uint64_t value, unsigned size_bytes) {
  return size_bytes >= 8 ? value : value & ((uint64_t{1} << (8 * size_bytes)) - 1);
}

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_DEVICE_H_

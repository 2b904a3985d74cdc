// Where bytes from outside enter a device: the receiver of a serial port, a port of virtio-console.
#ifndef EMULATOR_DEVICES_INPUT_PORT_H_
#define EMULATOR_DEVICES_INPUT_PORT_H_

#include <cstddef>
#include <cstdint>
#include <span>

namespace lockstep::devices {

// Not thread-safe: called by the thread that runs the harts, between instructions.
class InputPort {
 public:
  virtual ~InputPort() = default;

  // The guest has room for a byte at least, and wants it.
  virtual bool ReadyForInput() = 0;
  // Gives bytes, in order; the number of those taken. 0: the guest has broken the port's rules.
  // REQUIRES: ReadyForInput(), and there are bytes.
  virtual size_t TakeInput(std::span<const uint8_t> bytes) = 0;
};

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_INPUT_PORT_H_

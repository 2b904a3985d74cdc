// Names of the virt board's device registers, for traces and statistics.
//
// Pure. Source: docs of the devices as in emulator/devices; memory_map.h.
#ifndef EMULATOR_TRACE_DEVICE_NAMES_H_
#define EMULATOR_TRACE_DEVICE_NAMES_H_

#include <cstdint>
#include <string_view>

namespace lockstep::trace {

struct RegisterName {
  std::string_view device;  // "uart", "virtio7"
  // What the register, or its kind (all priorities of the PLIC), is for: "thr", "priority".
  // Registers of one kind have one name, so there are few.
  std::string_view reg;
};

// The register at a physical address. The two of the UART's that its divisor latch hides are named
// as if it did not. "none" where no device is.
RegisterName NameRegister(uint64_t pa, bool is_write);

}  // namespace lockstep::trace

#endif  // EMULATOR_TRACE_DEVICE_NAMES_H_

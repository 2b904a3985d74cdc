// Guest-physical addresses and interrupt sources of the virt board (QEMU 7.2's).
#ifndef EMULATOR_MACHINE_MEMORY_MAP_H_
#define EMULATOR_MACHINE_MEMORY_MAP_H_

#include <cstdint>

namespace lockstep::machine {

// What a device tree states as a device's range, in bytes. Windows that answer may be smaller.
struct Range {
  uint64_t base;
  uint64_t size_bytes;
};

inline constexpr Range kMaskRom = {0x1000, 0xf000};
inline constexpr Range kFinisher = {0x100000, 0x1000};
inline constexpr Range kRtc = {0x101000, 0x1000};
inline constexpr Range kClint = {0x2000000, 0x10000};
inline constexpr Range kPlatformBus = {0x4000000, 0x2000000};
inline constexpr Range kPlic = {0xc000000, 0x600000};
inline constexpr Range kUart = {0x10000000, 0x100};
inline constexpr Range kVirtio = {0x10001000, 0x1000};  // the first of kVirtioSlots
inline constexpr Range kFwCfg = {0x10100000, 0x18};
inline constexpr Range kFlash = {0x20000000, 0x4000000};  // two banks of half the size
inline constexpr uint64_t kRamBase = 0x80000000;

inline constexpr unsigned kVirtioSlots = 8;
// PLIC sources.
inline constexpr unsigned kVirtioFirstIrq = 1;
inline constexpr unsigned kUartIrq = 10;
inline constexpr unsigned kRtcIrq = 11;

inline constexpr uint64_t kTimebaseHz = 10'000'000;

}  // namespace lockstep::machine

#endif  // EMULATOR_MACHINE_MEMORY_MAP_H_

// Guest-physical memory as a hart sees it: RAM by host pointer, everything else by calls.
#ifndef EMULATOR_CPU_BUS_H_
#define EMULATOR_CPU_BUS_H_

#include <cstdint>

namespace lockstep::cpu {

// A range of guest RAM or ROM that is plain host memory. Page-aligned (4 KiB) base and size.
struct MemoryRegion {
  uint64_t base = 0;  // guest-physical
  uint64_t size_bytes = 0;
  uint8_t* host = nullptr;  // owned by the machine, lives as long as it
  bool writable = true;     // false: ROM; stores are ignored, as QEMU does (no fault)
};

// Not thread-safe: called by the thread that runs the harts.
class Bus {
 public:
  virtual ~Bus() = default;

  // The region that holds `pa`, or null when it is a device's or nobody's. The pointer stays valid.
  virtual const MemoryRegion* FindMemory(uint64_t pa) = 0;

  // A device access of 1, 2, 4 or 8 bytes, naturally aligned or not as the guest made it. False:
  // nobody answers there or the device refuses the size: the hart raises an access fault. Values
  // are zero-extended.
  virtual bool Read(uint64_t pa, unsigned size_bytes, uint64_t* value) = 0;
  virtual bool Write(uint64_t pa, unsigned size_bytes, uint64_t value) = 0;
};

// The machine's clock, read by rdtime and written by nobody but the machine.
class TimeSource {
 public:
  virtual ~TimeSource() = default;
  // mtime (10 MHz ticks) when `ran_insns` instructions have counted for time on the hart that asks.
  virtual uint64_t TimeTicks(uint64_t ran_insns) = 0;
  // What mcycle, minstret and the programmable counters count at that time. QEMU 7.2 with -icount
  // counts virtual nanoseconds in all of them, so that a WFI moves them too; without an override it
  // is one per instruction.
  virtual uint64_t CounterTicks(uint64_t ran_insns) { return ran_insns; }
  // A hart with Sstc wrote stimecmp: its line kMipStip is to be high from `ticks` of mtime on,
  // until the next write. The machine may set the line during the call. Without an override it
  // stays low.
  virtual void SetSupervisorCompare(uint32_t /*hart_id*/, uint64_t /*ticks*/) {}
};

}  // namespace lockstep::cpu

#endif  // EMULATOR_CPU_BUS_H_

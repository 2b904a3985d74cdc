// Core-local interruptor: software interrupts (msip), the machine timer (mtime, mtimecmp).
//
// Behaves as QEMU 7.2's ACLINT in its CLINT arrangement: msip words from 0x0 (4-byte accesses),
// mtimecmp from 0x4000 and mtime at 0xbff8 (4 and 8 bytes). mtime runs at 10 MHz from virtual time.
// A write of mtimecmp sets the deadline from the nanosecond of the write, so that the interrupt may
// come up to 99 ns after mtime has reached the value; guests under QEMU see exactly that.
#ifndef EMULATOR_DEVICES_CLINT_CLINT_H_
#define EMULATOR_DEVICES_CLINT_CLINT_H_

#include <vector>

#include "emulator/devices/device.h"

namespace lockstep::devices {

class Clint : public Device {
 public:
  static constexpr uint64_t kWindowBytes = 0xc000;
  static constexpr uint64_t kNsPerTick = 100;

  // Lines of one hart.
  struct HartLines {
    InterruptLine software;
    InterruptLine timer;
    InterruptLine supervisor_timer;
  };
  struct HartState {
    bool msip = false;
    uint64_t mtimecmp = 0;
    uint64_t deadline_ns = kNeverNs;
    uint64_t supervisor_deadline_ns = kNeverNs;
  };
  struct State {
    uint64_t time_delta_ticks = 0;  // mtime less the ticks of virtual time; wraps
    std::vector<HartState> harts;
  };

  // `clock` outlives the device. One element of `lines` per hart.
  Clint(const Clock* clock, std::vector<HartLines> lines);

  bool Read(uint64_t offset, unsigned size_bytes, uint64_t* value) override;
  bool Write(uint64_t offset, unsigned size_bytes, uint64_t value) override;
  void Reset() override;
  uint64_t DeadlineNs() const override;
  void OnDeadline() override;

  // Sstc: the hart wrote its stimecmp. Works as a write of mtimecmp, on the other line.
  void SetSupervisorCompare(size_t hart, uint64_t ticks);

  // mtime at virtual time `now_ns`.
  uint64_t TicksAt(uint64_t now_ns) const;

  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  void SetTimeCompare(size_t hart, uint64_t ticks);
  // Sets the line by a comparison with mtime now, and the deadline if that is yet to come.
  void Compare(uint64_t ticks, const InterruptLine& line, uint64_t* deadline_ns);
  void SetTime(uint64_t ticks);
  bool WriteTimer(uint64_t offset, unsigned size_bytes, uint64_t value);

  const Clock* clock_;
  std::vector<HartLines> lines_;
  State state_;
};

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_CLINT_CLINT_H_

// Goldfish real-time clock: nanoseconds since 1970 from virtual time and a fixed base, one alarm.
//
// As QEMU 7.2's goldfish_rtc with `-rtc base=...,clock=vm`: 4- and 8-byte accesses (8 as two of 4);
// reading TIME_LOW latches TIME_HIGH; writing them moves the clock.
#ifndef EMULATOR_DEVICES_RTC_GOLDFISH_RTC_H_
#define EMULATOR_DEVICES_RTC_GOLDFISH_RTC_H_

#include "emulator/devices/device.h"

namespace lockstep::devices {

class GoldfishRtc : public Device {
 public:
  static constexpr uint64_t kWindowBytes = 0x24;

  struct State {
    uint64_t offset_ns = 0;  // clock less virtual time
    uint64_t alarm_ns = 0;   // as written, on the clock's scale
    uint64_t deadline_ns = kNeverNs;
    uint32_t latched_high = 0;
    bool alarm_running = false;
    bool irq_pending = false;
    bool irq_enabled = false;
  };

  // `base_seconds`: Unix time at power-on. `clock` outlives the device.
  GoldfishRtc(const Clock* clock, uint64_t base_seconds, InterruptLine line);

  bool Read(uint64_t offset, unsigned size_bytes, uint64_t* value) override;
  bool Write(uint64_t offset, unsigned size_bytes, uint64_t value) override;
  void Reset() override;
  uint64_t DeadlineNs() const override { return state_.deadline_ns; }
  void OnDeadline() override;

  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  uint64_t NowOnClock() const { return state_.offset_ns + clock_->NowNs(); }
  uint32_t ReadWord(uint64_t offset);
  void WriteWord(uint64_t offset, uint32_t value);
  void SetAlarm();
  void RaiseAlarm();
  void DriveLine() { line_(state_.irq_pending && state_.irq_enabled); }

  const Clock* clock_;
  uint64_t base_seconds_;
  InterruptLine line_;
  State state_;
};

}  // namespace lockstep::devices

#endif  // EMULATOR_DEVICES_RTC_GOLDFISH_RTC_H_

#include "emulator/devices/rtc/goldfish_rtc.h"

#include <utility>

namespace lockstep::devices {
namespace {

constexpr uint64_t kNsPerSecond = 1'000'000'000;

enum Register : uint64_t {
  kTimeLow = 0x00,
  kTimeHigh = 0x04,
  kAlarmLow = 0x08,
  kAlarmHigh = 0x0c,
  kIrqEnabled = 0x10,
  kClearAlarm = 0x14,
  kAlarmStatus = 0x18,
  kClearInterrupt = 0x1c,
};

uint64_t WithLow(uint64_t whole, uint32_t low) { return (whole & ~uint64_t{0xffffffff}) | low; }
uint64_t WithHigh(uint64_t whole, uint32_t high) {
  return (whole & 0xffffffff) | (uint64_t{high} << 32);
}

}  // namespace

GoldfishRtc::GoldfishRtc(const Clock* clock, uint64_t base_seconds, InterruptLine line)
    : clock_(clock), base_seconds_(base_seconds), line_(std::move(line)) {
  state_.offset_ns = base_seconds_ * kNsPerSecond;
}

void GoldfishRtc::Reset() {
  // The clock goes on over a reset from the whole second that it had reached.
  state_ = State();
  uint64_t now_ns = clock_->NowNs();
  state_.offset_ns = (base_seconds_ + now_ns / kNsPerSecond) * kNsPerSecond - now_ns;
  DriveLine();
}

bool GoldfishRtc::Read(uint64_t offset, unsigned size_bytes, uint64_t* value) {
  if (size_bytes < 4) return false;
  *value = ReadWord(offset);
  if (size_bytes == 8) *value |= uint64_t{ReadWord(offset + 4)} << 32;
  return true;
}

bool GoldfishRtc::Write(uint64_t offset, unsigned size_bytes, uint64_t value) {
  if (size_bytes < 4) return false;
  WriteWord(offset, static_cast<uint32_t>(value));
  if (size_bytes == 8) WriteWord(offset + 4, static_cast<uint32_t>(value >> 32));
  return true;
}

uint32_t GoldfishRtc::ReadWord(uint64_t offset) {
  switch (offset) {
    case kTimeLow: {
      uint64_t now = NowOnClock();
      state_.latched_high = static_cast<uint32_t>(now >> 32);
      return static_cast<uint32_t>(now);
    }
    case kTimeHigh:
      return state_.latched_high;
    case kAlarmLow:
      return static_cast<uint32_t>(state_.alarm_ns);
    case kAlarmHigh:
      return static_cast<uint32_t>(state_.alarm_ns >> 32);
    case kIrqEnabled:
      return state_.irq_enabled;
    case kAlarmStatus:
      return state_.alarm_running;
    default:
      return 0;
  }
}

void GoldfishRtc::WriteWord(uint64_t offset, uint32_t value) {
  switch (offset) {
    case kTimeLow: {
      uint64_t now = NowOnClock();
      state_.offset_ns += WithLow(now, value) - now;
      break;
    }
    case kTimeHigh: {
      uint64_t now = NowOnClock();
      state_.offset_ns += WithHigh(now, value) - now;
      break;
    }
    case kAlarmLow:
      state_.alarm_ns = WithLow(state_.alarm_ns, value);
      SetAlarm();
      break;
    case kAlarmHigh:
      state_.alarm_ns = WithHigh(state_.alarm_ns, value);
      break;
    case kIrqEnabled:
      state_.irq_enabled = (value & 1) != 0;
      DriveLine();
      break;
    case kClearAlarm:
      state_.deadline_ns = kNeverNs;
      state_.alarm_running = false;
      break;
    case kClearInterrupt:
      state_.irq_pending = false;
      DriveLine();
      break;
    default:
      break;
  }
}

void GoldfishRtc::SetAlarm() {
  uint64_t now = NowOnClock();
  if (state_.alarm_ns <= now) {
    state_.deadline_ns = kNeverNs;
    RaiseAlarm();
    return;
  }
  state_.alarm_running = true;
  uint64_t wait_ns = state_.alarm_ns - now;
  uint64_t virtual_now = clock_->NowNs();
  state_.deadline_ns = wait_ns >= kNeverNs - virtual_now ? kNeverNs : virtual_now + wait_ns;
}

void GoldfishRtc::RaiseAlarm() {
  state_.alarm_running = false;
  state_.irq_pending = true;
  DriveLine();
}

void GoldfishRtc::OnDeadline() {
  state_.deadline_ns = kNeverNs;
  RaiseAlarm();
}

}  // namespace lockstep::devices

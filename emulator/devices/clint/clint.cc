#include "emulator/devices/clint/clint.h"

#include <algorithm>
#include <utility>

namespace lockstep::devices {
namespace {

constexpr uint64_t kTimerBase = 0x4000;
constexpr uint64_t kTimeOffset = 0xbff8;

}  // namespace

Clint::Clint(const Clock* clock, std::vector<HartLines> lines)
    : clock_(clock), lines_(std::move(lines)) {
  state_.harts.resize(lines_.size());
}

uint64_t Clint::TicksAt(uint64_t now_ns) const {
  return now_ns / kNsPerTick + state_.time_delta_ticks;
}

bool Clint::Read(uint64_t offset, unsigned size_bytes, uint64_t* value) {
  *value = 0;
  if (offset < kTimerBase) {
    if (size_bytes != 4) return false;
    size_t hart = offset / 4;
    if (hart < state_.harts.size()) *value = state_.harts[hart].msip;
    return true;
  }
  if (size_bytes < 4) return false;
  uint64_t whole = 0;
  if (offset >= kTimeOffset) {
    whole = TicksAt(clock_->NowNs());
  } else {
    size_t hart = (offset - kTimerBase) / 8;
    if (hart < state_.harts.size()) whole = state_.harts[hart].mtimecmp;
  }
  *value = Truncate((offset & 4) != 0 ? whole >> 32 : whole, size_bytes);
  return true;
}

bool Clint::Write(uint64_t offset, unsigned size_bytes, uint64_t value) {
  if (offset < kTimerBase) {
    if (size_bytes != 4) return false;
    size_t hart = offset / 4;
    if (hart < state_.harts.size()) {
      state_.harts[hart].msip = (value & 1) != 0;
      lines_[hart].software(state_.harts[hart].msip);
    }
    return true;
  }
  return size_bytes >= 4 && WriteTimer(offset, size_bytes, value);
}

bool Clint::WriteTimer(uint64_t offset, unsigned size_bytes, uint64_t value) {
  bool is_time = offset >= kTimeOffset;
  size_t hart = (offset - kTimerBase) / 8;
  if (!is_time && hart >= state_.harts.size()) return true;
  if (size_bytes == 4) {
    uint64_t old = is_time ? TicksAt(clock_->NowNs()) : state_.harts[hart].mtimecmp;
    value = (offset & 4) != 0 ? (value << 32) | (old & 0xffffffff)
                              : (old & ~uint64_t{0xffffffff}) | value;
  }
  if (is_time) {
    SetTime(value);
  } else {
    SetTimeCompare(hart, value);
  }
  return true;
}

void Clint::SetTime(uint64_t ticks) {
  state_.time_delta_ticks = ticks - clock_->NowNs() / kNsPerTick;
  for (size_t hart = 0; hart < state_.harts.size(); ++hart) {
    SetTimeCompare(hart, state_.harts[hart].mtimecmp);
  }
}

void Clint::SetTimeCompare(size_t hart, uint64_t ticks) {
  HartState& state = state_.harts[hart];
  state.mtimecmp = ticks;
  Compare(ticks, lines_[hart].timer, &state.deadline_ns);
}

void Clint::SetSupervisorCompare(size_t hart, uint64_t ticks) {
  Compare(ticks, lines_[hart].supervisor_timer, &state_.harts[hart].supervisor_deadline_ns);
}

void Clint::Compare(uint64_t ticks, const InterruptLine& line, uint64_t* deadline_ns) {
  uint64_t now_ns = clock_->NowNs();
  uint64_t now_ticks = TicksAt(now_ns);
  if (ticks <= now_ticks) {
    // A deadline set before stays armed, as in QEMU: it may end a wfi.
    line(true);
    return;
  }
  line(false);
  uint64_t diff_ticks = ticks - now_ticks;
  uint64_t diff_ns = diff_ticks * kNsPerTick;
  bool overflow = diff_ns < diff_ticks || diff_ns >= kNeverNs - now_ns;
  *deadline_ns = overflow ? kNeverNs : now_ns + diff_ns;
}

void Clint::Reset() {
  for (size_t hart = 0; hart < state_.harts.size(); ++hart) {
    state_.harts[hart].msip = false;
    lines_[hart].software(false);
    state_.harts[hart].supervisor_deadline_ns = kNeverNs;
  }
  // mtimecmp keeps its value (0 at power-on); mtime starts at 0 and is compared at once, so that
  // the timer interrupt is pending out of reset.
  SetTime(0);
}

uint64_t Clint::DeadlineNs() const {
  uint64_t first = kNeverNs;
  for (const HartState& hart : state_.harts) {
    first = std::min({first, hart.deadline_ns, hart.supervisor_deadline_ns});
  }
  return first;
}

void Clint::OnDeadline() {
  uint64_t now_ns = clock_->NowNs();
  for (size_t hart = 0; hart < state_.harts.size(); ++hart) {
    HartState& state = state_.harts[hart];
    if (state.deadline_ns <= now_ns) {
      state.deadline_ns = kNeverNs;
      lines_[hart].timer(true);
    }
    if (state.supervisor_deadline_ns <= now_ns) {
      state.supervisor_deadline_ns = kNeverNs;
      lines_[hart].supervisor_timer(true);
    }
  }
}

}  // namespace lockstep::devices

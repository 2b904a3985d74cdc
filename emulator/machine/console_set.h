// All consoles of a machine, as its event loop sees them: the serial port's and those of the ports
// of virtio consoles.
#ifndef EMULATOR_MACHINE_CONSOLE_SET_H_
#define EMULATOR_MACHINE_CONSOLE_SET_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "emulator/devices/device.h"
#include "emulator/machine/console.h"

namespace lockstep::machine {

// Not thread-safe.
class ConsoleSet {
 public:
  // `console` outlives the set.
  void Add(Console* console) { consoles_.push_back(console); }

  // Some port of the guest may have come to accept input.
  void PortChanged() {
    for (Console* console : consoles_) console->PortChanged();
  }
  // Virtual time at which OnDeadline() is due.
  uint64_t DeadlineNs() const {
    uint64_t first_ns = devices::kNeverNs;
    for (const Console* console : consoles_) first_ns = std::min(first_ns, console->DeadlineNs());
    return first_ns;
  }
  void OnDeadline(uint64_t now_ns) {
    for (Console* console : consoles_) {
      if (console->DeadlineNs() <= now_ns) console->OnDeadline();
    }
  }
  // As those of Console, of all: one of them at most has live input, and waits for it.
  bool PollLive(int wait_ms) {
    bool came = false;
    for (Console* console : consoles_) came = console->PollLive(wait_ms) || came;
    return came;
  }
  bool MayGetLiveInput() const {
    return std::ranges::any_of(consoles_,
                               [](const Console* console) { return console->MayGetLiveInput(); });
  }

 private:
  std::vector<Console*> consoles_;
};

}  // namespace lockstep::machine

#endif  // EMULATOR_MACHINE_CONSOLE_SET_H_

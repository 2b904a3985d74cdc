// Counts what the harts tell of themselves: traps and how long their handlers took, TLB fills and
// flushes, device accesses.
//
// Thread: that of the harts.
#ifndef EMULATOR_STATS_EVENT_COUNTS_H_
#define EMULATOR_STATS_EVENT_COUNTS_H_

#include <array>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/observe/observer.h"

namespace lockstep::stats {

// What led into a handler.
struct TrapKey {
  bool is_interrupt = false;
  uint64_t cause = 0;
  uint8_t from = 0;  // privilege
  friend auto operator<=>(const TrapKey&, const TrapKey&) = default;
};

// Instructions in the handler: from the trap up to and with the return to the privilege that it
// came from, or to one in between (firmware that passes a trap on): what another task did meanwhile
// is included, as in perf's time from an exit to the next entry.
struct TrapCount {
  uint64_t count = 0;
  uint64_t returns = 0;  // those that were returned from; the following are of these
  uint64_t insns = 0;
  uint64_t min_insns = UINT64_MAX;
  uint64_t max_insns = 0;
};

struct AccessCount {
  uint64_t reads = 0;
  uint64_t writes = 0;
};

struct HartEvents {
  std::map<TrapKey, TrapCount> traps;
  // By mem::Access. A fault is a memory exception that an access of that kind raised.
  std::array<uint64_t, 3> fills{};
  std::array<uint64_t, 3> faults{};
  std::array<uint64_t, 6> flushes{};  // by cpu::FlushScope
  // By names of device and register (trace/device_names.h).
  std::map<std::pair<std::string_view, std::string_view>, AccessCount> devices;
  uint64_t resets = 0;
};

class EventCounts : public observe::Observer {
 public:
  explicit EventCounts(unsigned harts) : harts_(harts) {}

  const HartEvents& of(uint32_t hart) const { return harts_[hart].events; }

  bool wants_blocks() const override { return false; }
  void BlockTranslated(uint32_t, const observe::BlockView&) override {}
  void BlockEntered(uint32_t, uint32_t, uint64_t, const observe::Digests&) override {}
  void Registers(uint32_t, uint64_t, std::span<const uint64_t>) override {}
  void Event(uint32_t hart, observe::EventKind kind, uint64_t icount,
             std::span<const uint64_t> fields) override;
  void TrapReturned(uint32_t hart, uint64_t icount, uint8_t from, uint8_t to) override;

 private:
  // A handler that has not returned.
  struct Open {
    TrapCount* trap;
    uint64_t icount;
    uint8_t from;
  };
  struct Hart {
    HartEvents events;
    std::array<std::vector<Open>, 4> open;  // by the privilege of the handler, innermost last
  };

  static void Trap(Hart* hart, bool is_interrupt, uint64_t icount,
                   std::span<const uint64_t> fields);

  std::vector<Hart> harts_;
};

}  // namespace lockstep::stats

#endif  // EMULATOR_STATS_EVENT_COUNTS_H_

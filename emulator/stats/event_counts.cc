#include "emulator/stats/event_counts.h"

#include <algorithm>

#include "emulator/trace/device_names.h"
#include "emulator/trace/words.h"

namespace lockstep::stats {
namespace {

using observe::EventKind;

// Where events have their fields (plugins/sdk/lockstep_producer.h).
constexpr size_t kFillAccess = 3, kFlushScope = 2, kMmioPa = 0, kMmioIsWrite = 3;
constexpr size_t kTrapCause = 0, kTrapFrom = 3, kTrapTo = 4;

// Handlers within handlers; of more the outermost are forgotten.
constexpr size_t kMostOpen = 64;

}  // namespace

void EventCounts::Event(uint32_t number, EventKind kind, uint64_t icount,
                        std::span<const uint64_t> fields) {
  Hart& hart = harts_[number];
  HartEvents& events = hart.events;
  switch (kind) {
    case EventKind::kException:
    case EventKind::kInterrupt:
      Trap(&hart, kind == EventKind::kInterrupt, icount, fields);
      break;
    case EventKind::kTlbFill:
      ++events.fills[fields[kFillAccess]];
      break;
    case EventKind::kTlbFlush:
      ++events.flushes[fields[kFlushScope]];
      break;
    case EventKind::kMmio: {
      const bool is_write = fields[kMmioIsWrite] != 0;
      const trace::RegisterName name = trace::NameRegister(fields[kMmioPa], is_write);
      AccessCount& count = events.devices[{name.device, name.reg}];
      ++(is_write ? count.writes : count.reads);
      break;
    }
    case EventKind::kReset:
      ++events.resets;
      for (std::vector<Open>& open : hart.open) open.clear();
      break;
    case EventKind::kInput:
      break;
  }
}

void EventCounts::Trap(Hart* hart, bool is_interrupt, uint64_t icount,
                       std::span<const uint64_t> fields) {
  const uint64_t cause = fields[kTrapCause];
  const uint8_t from = static_cast<uint8_t>(fields[kTrapFrom]), to = fields[kTrapTo] & 3;
  const int access = is_interrupt ? -1 : trace::AccessOfCause(cause);
  if (access >= 0) ++hart->events.faults[static_cast<size_t>(access)];
  TrapCount& trap = hart->events.traps[{is_interrupt, cause, from}];
  ++trap.count;
  std::vector<Open>& open = hart->open[to];
  // From a lower privilege: no handler was active there.
  if (from < to) open.clear();
  if (open.size() == kMostOpen) open.erase(open.begin());
  open.push_back({&trap, icount, from});
}

void EventCounts::TrapReturned(uint32_t number, uint64_t icount, uint8_t from, uint8_t to) {
  std::vector<Open>& open = harts_[number].open[from & 3];
  if (open.empty()) return;
  // A return to a lower privilege ends the first handler, if it was entered from there or below,
  // and whatever was left unfinished in it.
  const Open ended = to < from ? open.front() : open.back();
  if (to < from) {
    open.clear();
  } else {
    open.pop_back();
  }
  if (ended.from > to) return;
  const uint64_t insns = icount - ended.icount;
  TrapCount& trap = *ended.trap;
  ++trap.returns;
  trap.insns += insns;
  trap.min_insns = std::min(trap.min_insns, insns);
  trap.max_insns = std::max(trap.max_insns, insns);
}

}  // namespace lockstep::stats

// The statistics of a run, as tables for people and as JSON for programs.
//
// Pure. What each number means is in docs/howto/emulator.md.
#ifndef EMULATOR_STATS_REPORT_H_
#define EMULATOR_STATS_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "emulator/cpu/hart.h"
#include "emulator/stats/event_counts.h"

namespace lockstep::stats {

struct HartReport {
  uint64_t insns = 0;
  cpu::Hart::Stats counts;
  cpu::InsnCounts ran;  // empty: not counted
  HartEvents events;
};

struct Report {
  std::vector<HartReport> harts;
  bool is_jit = false;
  uint64_t virtual_ns = 0;
  double wall_seconds = 0;
  double user_seconds = 0;  // processor time
};

// A line of totals and speed, and three of the translator where there is one. The words stay as
// they are, for scripts.
std::string Summary(const Report& report);
// Instructions by class, traps, the TLB, devices: of all harts together, and a line for each of
// several harts.
std::string Tables(const Report& report);
// All of it, by hart.
std::string Json(const Report& report);

}  // namespace lockstep::stats

#endif  // EMULATOR_STATS_REPORT_H_

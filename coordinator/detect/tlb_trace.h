// The TLB fills and flushes of each instance, and other events, aligned side by side.
//
// Pure functions. Source: docs/design/report.md, contents 5 and 6.
#ifndef COORDINATOR_DETECT_TLB_TRACE_H_
#define COORDINATOR_DETECT_TLB_TRACE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "proto/cc/report.h"
#include "proto/cc/state.h"

namespace lockstep::detect {

// What was kept of one instance's events, oldest first.
struct Trace {
  std::string instance;
  std::vector<state::Event> events;
  bool complete = false;  // nothing older was thrown away
};

// Fills and flushes. A row is
//   kSame     every instance has it, with the same pa, size and permissions;
//   kBenign   only some made the fill, and the others hold the same translation, or may;
//             or the sizes differ (capacity, geometry);
//   kSuspect  another pa or other permissions for the same va; no fill after a flush; a fence that
//             only some executed.
// The last `max_rows` rows.
std::vector<report::TlbRow> TlbRows(const std::vector<Trace>& traces, size_t max_rows);

// Traps, interrupts, MMIO, inputs; aligned by kind and icount. The last `max_rows` rows.
std::vector<report::EventRow> EventRows(const std::vector<Trace>& traces, size_t max_rows);

}  // namespace lockstep::detect

#endif  // COORDINATOR_DETECT_TLB_TRACE_H_

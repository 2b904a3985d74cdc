// Vacuous green is trouble: whether a run in which all instances agreed to their end proved
// anything.
//
// The rules stand here once, for every way of comparing. A dense checker fills in what its aligners
// counted. A checker of windows fills in the same: `compared` counts the boundaries or windows
// found equal, blocks and translations are what the agents counted, and a group has changed when
// any two of the states that were compared differ in it, the end's among them (mem: or one that is
// not 0, its digest before the first store). States at window ends alone can hide a change; a run
// shorter than two windows must then look at the blocks of its last window before it asks.
//
// Pure functions. Source: docs/design/alignment.md, "As built"; docs/design/product.md,
// "Command line contract".
#ifndef COORDINATOR_DETECT_VACUOUS_H_
#define COORDINATOR_DETECT_VACUOUS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proto/cc/report.h"
#include "proto/cc/state.h"

namespace lockstep::detect {

// What one instance did, summed over its vCPUs.
struct InstanceActivity {
  std::string name;
  state::Engine engine = state::Engine::kOther;
  uint64_t blocks = 0;        // entered
  uint64_t translations = 0;  // described
  bool sums = false;          // of some blocks the sum alone is known: it entered more
};

// What a run came to. All instances agreed, so that the groups of one are those of all.
struct Activity {
  std::vector<InstanceActivity> instances;
  // Boundaries or windows found equal; instructions verified where there are sums.
  uint64_t compared = 0;
  state::GroupMask groups = 0;          // compared
  state::GroupMask demanded = 0;        // by the policy
  state::GroupMask groups_changed = 0;  // on any vCPU
  state::GroupMask groups_nonzero = 0;  // seen with a digest other than 0, on any vCPU
};

struct Proof {
  // Nothing was proved: the run is in trouble for this.
  std::optional<report::Trouble> trouble;
  // Groups that nobody demanded and that never changed: not to be counted as compared. One of the
  // notes tells of each.
  state::GroupMask unchanged = 0;
  std::vector<std::string> notes;
};

// In this order: a JIT without a translation, an instance with a single block (as below), nothing
// compared, an instance without a block (not of one with sums), a group (but mem) whose digest was
// always 0, a group that the policy demands, or gpr, that never changed.
Proof Judge(const Activity& activity);

// "gpr", "fpr", "csr", "mem". REQUIRES: 0 <= group < state::kGroups.
const char* GroupName(int group);

}  // namespace lockstep::detect

#endif  // COORDINATOR_DETECT_VACUOUS_H_

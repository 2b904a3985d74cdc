// Who disagrees with whom at one boundary, and how. For this package and
// coordinator/window.
//
// Pure functions. Source: docs/design/alignment.md, "Alignment".
#ifndef COORDINATOR_ALIGN_GROUPING_H_
#define COORDINATOR_ALIGN_GROUPING_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "coordinator/align/aligner.h"
#include "proto/cc/report.h"
#include "proto/cc/state.h"

namespace lockstep::align {

// Whether two streams can be in the same state. A stream inside of a block has no known digests: it
// agrees with every stream whose pc can be its own and which took no trap.
bool Compatible(const Standing& a, const Standing& b, state::GroupMask groups);

// The first kind that applies between any two of the streams; nullopt when all agree.
std::optional<report::Kind> KindOf(const std::vector<Standing>& streams, state::GroupMask groups);

// Streams by equal state, the largest group first (then by lowest instance). A stream inside of
// a block joins the one group that it can belong to; when it fits several it is in none.
std::vector<std::vector<size_t>> GroupsOf(const std::vector<Standing>& streams,
                                          state::GroupMask groups);

// Who is named: all but the largest group if that is a strict majority of those in groups,
// otherwise everyone in a group. Ascending.
std::vector<size_t> OutliersOf(const std::vector<std::vector<size_t>>& groups);

// One line: "pc 0x80000004 (A, C) against 0x80000008 (B)".
std::string DetailOf(report::Kind kind, const std::vector<Standing>& streams,
                     const std::vector<std::vector<size_t>>& groups,
                     const std::vector<std::string>& names, uint64_t icount);

}  // namespace lockstep::align

#endif  // COORDINATOR_ALIGN_GROUPING_H_

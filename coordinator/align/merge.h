// The fast path of the aligner: takes boundaries for as long as every stream's next block has
// nothing placed before it but digests, and all is equal. What it cannot decide it leaves, as it
// was, to the caller. Internal to this package.
//
// Three loops. Where the streams are cut alike, whole runs of rows are compared column by column;
// where one stream's blocks are cut by the others, which are alike, the blocks in it are checked
// one after the other against its offsets; everything else goes boundary by boundary.
#ifndef COORDINATOR_ALIGN_MERGE_H_
#define COORDINATOR_ALIGN_MERGE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "coordinator/align/splits.h"
#include "coordinator/align/stream.h"
#include "proto/cc/state.h"

namespace lockstep::align {

inline constexpr size_t kMaxStreams = 64;

// How far the comparison has come.
struct MergeState {
  // A digest other than gpr may have changed since the last boundary common to all.
  bool digests_dirty = true;
  uint64_t common_icount = 0;  // of the last boundary common to all
  uint64_t verified_icount = 0;
  uint64_t boundaries = 0;
  LastSplit last_split;
  std::vector<uint64_t> scratch;  // of one call
};

struct MergeLimits {
  std::array<uint64_t, state::kGroups> group_mask{};  // all ones for a group that is compared
  uint64_t max_split_insns = 0;
  uint64_t icount_limit = UINT64_MAX;  // no boundary at or past it
};

// REQUIRES: at least one boundary common to all streams was compared, and each stream was told
// Unpeek(); `numbers` are the streams' numbers, for MergeState::last_split.
void Merge(const std::vector<Stream*>& streams, const std::vector<size_t>& numbers,
           const MergeLimits& limits, MergeState* state);

}  // namespace lockstep::align

#endif  // COORDINATOR_ALIGN_MERGE_H_

// Why a stream had a boundary where another had none. Internal to this package.
//
// Told from what is on the streams, cheaply: at the split itself from the pc and the block before
// it; what only the next boundary shows (an interrupt, an exception, a device access) is put right
// when that is reached. Source: lockstep.v1.SplitCause.
#ifndef COORDINATOR_ALIGN_SPLITS_H_
#define COORDINATOR_ALIGN_SPLITS_H_

#include <cstdint>

#include "coordinator/align/stream.h"
#include "proto/cc/report.h"

namespace lockstep::align {

inline constexpr uint64_t kPageBytes = 4096;
inline constexpr uint64_t kSplitWindowInsns = 65536;

// The cause of the boundary at `icount` and `pc` of the stream that has it; `had` stands in the
// block before it.
inline report::SplitCause SplitCauseOf(const Stream::Hot& had, uint64_t icount, uint64_t pc) {
  uint64_t before = had.block_pc;
  if (had.block_offsets != nullptr && icount > had.block_icount) {
    before += had.block_offsets[icount - had.block_icount - 1];
  }
  if ((before ^ pc) >= kPageBytes || pc % kPageBytes >= kPageBytes - 4) {
    return report::SplitCause::kPageEnd;
  }
  if (icount % kSplitWindowInsns == 0) return report::SplitCause::kWindow;
  if (icount < had.block_end) return report::SplitCause::kCutShort;
  return had.block_end - had.block_icount == had.longest_insns ? report::SplitCause::kLength
                                                               : report::SplitCause::kOther;
}

// The last split, as long as its cause may still be put right.
struct LastSplit {
  uint64_t icount = UINT64_MAX;
  report::SplitCause cause = report::SplitCause::kOther;
  uint64_t lacking = 0;  // bit i: stream i lacked the boundary
};

// Whether something that comes after a split can tell its cause better.
inline bool MayBePutRight(report::SplitCause cause) {
  return cause == report::SplitCause::kCutShort || cause == report::SplitCause::kOther;
}

}  // namespace lockstep::align

#endif  // COORDINATOR_ALIGN_SPLITS_H_

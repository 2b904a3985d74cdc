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

// The block that a stream is in.
struct SplitBlock {
  uint64_t icount = 0;
  uint64_t end = 0;  // nominal
  uint64_t pc = 0;
  const uint16_t* offsets = nullptr;
};

// The cause of the boundary at `icount` and `pc` of the stream that has it; `had` is the block
// before it, `longest_insns` the stream's longest.
inline report::SplitCause SplitCauseOf(const SplitBlock& had, uint32_t longest_insns,
                                       uint64_t icount, uint64_t pc) {
  uint64_t before = had.pc;
  // Offsets rise: where the block begins in the boundary's page, so does all that is before it.
  if ((before ^ pc) >= kPageBytes && had.offsets != nullptr && icount > had.icount) {
    before += had.offsets[icount - had.icount - 1];
  }
  if ((before ^ pc) >= kPageBytes || pc % kPageBytes >= kPageBytes - 4) {
    return report::SplitCause::kPageEnd;
  }
  if (icount % kSplitWindowInsns == 0) return report::SplitCause::kWindow;
  if (icount < had.end) return report::SplitCause::kCutShort;
  return had.end - had.icount == longest_insns ? report::SplitCause::kLength
                                               : report::SplitCause::kOther;
}
inline report::SplitCause SplitCauseOf(const Stream::Hot& had, uint64_t icount, uint64_t pc) {
  return SplitCauseOf({had.block_icount, had.block_end, had.block_pc, had.block_offsets},
                      had.longest_insns, icount, pc);
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

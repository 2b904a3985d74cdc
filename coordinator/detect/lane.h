// One vCPU of a run, compared densely or sparsely, as the rules of a whole run see it.
#ifndef COORDINATOR_DETECT_LANE_H_
#define COORDINATOR_DETECT_LANE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "coordinator/align/aligner.h"
#include "coordinator/detect/evidence.h"

namespace lockstep::detect {

// Not thread-safe.
class Lane {
 public:
  virtual ~Lane() = default;

  // Compares as far as what was pushed allows; where it can, nothing whose step is `step_limit` or
  // more.
  virtual void Advance(uint64_t step_limit) = 0;

  enum class State : uint8_t { kOpen, kDiverged, kComplete, kTrouble };
  virtual State state() const = 0;
  virtual const align::Mismatch& mismatch() const = 0;  // REQUIRES: kDiverged
  virtual align::Trouble trouble() const = 0;           // REQUIRES: kTrouble
  // Instances that it waits for, ascending; empty unless it is open, and waits for more of their
  // streams.
  virtual std::vector<size_t> starved() const = 0;
  // It can show no divergence before `step` any more. REQUIRES: kOpen; Advance(step) was called.
  virtual bool Passed(uint64_t step) const = 0;

  // The instance's stream will not go on. `reachable`: its agent still answers.
  virtual void Close(size_t instance, bool reachable) = 0;
  // As align::VcpuAligner::Drop(). REQUIRES: at least two instances remain.
  virtual void Drop(const std::vector<size_t>& instances) = 0;

  virtual uint64_t verified_icount() const = 0;
  virtual uint64_t boundaries() const = 0;
  virtual uint64_t splits() const = 0;
  virtual align::Skews skews() const { return {}; }
  virtual align::StreamStats stats(size_t instance) const = 0;
  virtual uint64_t windows() const { return 0; }           // agreed on
  virtual uint64_t detailed_windows() const { return 0; }  // looked at block by block
  // Some of this instance's blocks were told of by sums alone: stats() has the others.
  virtual bool sums(size_t) const { return false; }

  // What is kept of a stream near a divergence.
  virtual Trail TrailOf(size_t instance) const = 0;
  // The instances are known to agree only where the mismatch says so, not at the boundaries between
  // that and the mismatch. REQUIRES: kDiverged.
  virtual bool inside_window() const { return false; }
};

}  // namespace lockstep::detect

#endif  // COORDINATOR_DETECT_LANE_H_

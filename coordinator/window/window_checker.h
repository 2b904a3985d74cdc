// Sparse mode: compares N streams of windows of one vCPU, and where they differ, the records of
// that window by the rules of dense mode.
//
// Equal rows are agreed on; of the first window that differs the caller asks every instance for its
// records (kDetailWanted) and pushes them. The aligner then says at which block they differ, and
// the verdict is that of dense mode. When the digests are right only at window ends and no block's
// control flow differs, the divergence is somewhere in the window: inside_window().
//
// An instance that fails has its last, incomplete window compared in the same way.
//
// When some instance tells of blocks by sums alone (WindowBatch::sums) there are no records to ask
// for: a window that differs is the verdict, inside_window(), as its rows show it; an instance that
// fails is trouble at once; and Probe() sees nothing. Who wants more runs it again without sums.
//
// A pure value: no I/O, no clock, no threads; use from one thread at a time. Memory is bounded by
// max_windows rows and max_detail_slots per instance. Nothing that an instance sends is trusted.
// Source: docs/design/sparse.md.
#ifndef COORDINATOR_WINDOW_WINDOW_CHECKER_H_
#define COORDINATOR_WINDOW_WINDOW_CHECKER_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "coordinator/align/aligner.h"
#include "proto/cc/report.h"
#include "proto/cc/state.h"
#include "proto/cc/window.h"

namespace lockstep::window {

struct Options {
  // As of dense mode: names, compared groups, where comparing begins, sizes of the history.
  align::Options align;
  uint64_t window_insns = 65536;
  // The producers' digests are right on every block entry (request.digest_at is BLOCK), not only
  // at window ends; the agents sum them up (ScannerOptions::block_digests).
  bool block_digests = false;
  // False if an instance does not tell of all its traps (no ABILITY_TRAPS).
  bool compare_traps = true;
  // Most rows of an instance that are not agreed on: what ScannerOptions::max_windows allows.
  size_t max_windows = 4096;
  // Most slots of the records of one window of one instance.
  uint64_t max_detail_slots = uint64_t{1} << 23;
};

enum class Progress : uint8_t {
  kNeedMore,      // everything that was pushed is compared and equal; see starved()
  kDetailWanted,  // push what detail_request() asks for
  kDiverged,      // stopped at mismatch(), until Drop()
  kComplete,      // every stream ended, all equal
  kTrouble,       // stopped at trouble()
};

// Which records every instance of detail_instances() shall give: the stretch of one window.
struct DetailRequest {
  uint32_t vcpu = 0;
  uint64_t window = 0;        // its number
  uint64_t first_icount = 0;  // its beginning: of RingScanner::Detail()
  uint64_t end_icount = 0;    // its end: a block entered there is part of the records
};

struct StreamStats {
  uint64_t windows = 0;  // received
  uint64_t records = 0;  // ring slots that the agent has read
  uint64_t blocks = 0;
  uint64_t traps = 0;
  uint64_t infos = 0;
  uint64_t received_icount = 0;      // where its last window ends
  uint64_t received_end_icount = 0;  // the same, or what its details show beyond that
  bool ended = false;
  std::optional<state::End> end;
  state::GroupMask groups_changed = 0;  // seen to change between window ends
  state::GroupMask groups_nonzero = 0;
  bool sums = false;  // some blocks were told of by sums alone; `blocks` are the others
};

class WindowChecker {
 public:
  // REQUIRES: 1 to 64 instances; window_insns > 0.
  explicit WindowChecker(Options options);
  ~WindowChecker();
  WindowChecker(WindowChecker&&) noexcept;
  WindowChecker& operator=(WindowChecker&&) noexcept;

  // Takes the next windows of one stream. After Drop() they are counted and thrown away.
  // Errors: InvalidArgument names the instance and says which rule the batch breaks; the checker is
  // in trouble from then on. REQUIRES: instance < number of instances.
  absl::Status Push(size_t instance, state::WindowBatch batch);
  // The number of the window that Push() expects next.
  uint64_t NextWindow(size_t instance) const;

  // The stream will not go on. What it had begun is still compared (kDetailWanted), when every
  // other stream has come as far; it is an obstacle (starved()) only after that.
  void Close(size_t instance);
  // The same, and no details of it can be had: those that are wanted count as ended.
  void Abandon(size_t instance);

  // Looks at what there is of the window that is compared next, though an instance has not come to
  // its end: for one that seems to hang. The answer is a divergence, or kNeedMore as before. False,
  // without effect, unless state() is kNeedMore, an instance is waited for and there are no sums.
  bool Probe();

  Progress Advance();
  Progress state() const;

  // Windows that are agreed on: credit. Their records may be freed.
  uint64_t agreed_windows() const;

  // REQUIRES: state() == kDetailWanted, or it was and details are still coming.
  DetailRequest detail_request() const;
  // Instances whose records are wanted and not complete.
  std::vector<size_t> detail_instances() const;
  // A batch of the records of detail_request(), in order; `sequence` is not looked at. Ignored when
  // no details of this instance are wanted.
  // Errors: as Push().
  absl::Status PushDetail(size_t instance, state::Batch batch);
  // All records of this instance are pushed. Advance() goes on when those of all instances are, or
  // sooner if they differ.
  void EndDetail(size_t instance);

  // Takes instances out of the comparison, and goes on with the others from the window that is
  // compared next, the one of the mismatch if there is one; details that are wanted are asked for
  // anew. No effect when complete or in trouble. REQUIRES: at least two instances remain.
  void Drop(const std::vector<size_t>& instances);

  const align::Mismatch& mismatch() const;  // REQUIRES: state() == kDiverged
  // The faulty instruction lies anywhere between window_start(), the last icount at which the
  // instances are known to agree, and mismatch().icount, the first at which they are seen to
  // differ. Stepping from window_start() on finds it. mismatch().last_agreed_icount is
  // window_start(). REQUIRES: state() == kDiverged.
  bool inside_window() const;
  const align::Trouble& trouble() const;  // REQUIRES: state() == kTrouble

  uint64_t window_start() const;  // beginning of the window that is compared next
  uint64_t verified_icount() const;
  // Block boundaries compared and found equal; of windows that were not compared in detail, the
  // blocks of the stream with most; none once there are sums.
  uint64_t boundaries() const;
  // Boundaries of others that this stream lacked; of windows that were not compared in detail, how
  // many blocks it had less than the stream with most.
  uint64_t splits(size_t instance) const;
  // The same by cause; kOther where a window was not compared in detail.
  report::SplitCauses split_causes(size_t instance) const;
  uint64_t verified_step() const;  // of the last agreed window's end
  // Windows whose details were asked for so far; more than one where instances cut blocks
  // differently.
  uint64_t details() const;
  // Rises whenever details are asked for, also of the same window again.
  uint64_t detail_serial() const;
  // Instances that Advance() waits for, ascending; empty unless state() is kNeedMore.
  std::vector<size_t> starved() const;
  const StreamStats& stats(size_t instance) const;

  // Of the window that was compared in detail last: as of align::VcpuAligner; empty before.
  std::vector<align::RetainedBlock> Blocks(size_t instance) const;
  std::vector<state::Event> Fills(size_t instance) const;
  std::vector<state::Event> Events(size_t instance) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace lockstep::window

#endif  // COORDINATOR_WINDOW_WINDOW_CHECKER_H_

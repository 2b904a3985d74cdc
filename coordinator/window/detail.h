// The records of one window of all instances, on their way into an aligner. Internal to this
// package; see window_checker.h for the rules.
#ifndef COORDINATOR_WINDOW_DETAIL_H_
#define COORDINATOR_WINDOW_DETAIL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "coordinator/align/aligner.h"
#include "coordinator/window/window_checker.h"
#include "proto/cc/state.h"

namespace lockstep::window {

class Detail {
 public:
  // `members` are the instances that take part, ascending; [start, end] is the window.
  Detail(const Options& options, std::vector<size_t> members, uint64_t start, uint64_t end);

  // Indexes below are those of instances. What they do not name is a member.
  bool Wants(size_t instance) const;
  bool AllDone() const;
  // Errors: InvalidArgument, without the instance's name.
  absl::Status Push(size_t instance, state::Batch batch);
  // `complete`: the instance's stream does not go on after what was pushed, or goes on after the
  // window's end; else its last block may turn out to have begun no instruction.
  void End(size_t instance, bool complete);
  align::Progress Advance() { return aligner_.Advance(); }

  align::Mismatch MismatchOf() const;  // by instances; REQUIRES: Advance() said kDiverged
  align::Trouble TroubleOf() const;
  uint64_t verified_icount() const { return aligner_.verified_icount(); }

  // Where the records of an instance lead to: the state on entry to the last block, or the end.
  struct Last {
    bool known = false;
    uint64_t icount = 0;
    state::Digests digests{};
    bool ended = false;
  };
  const Last& LastOf(size_t instance) const;

  const align::StreamStats& StatsOf(size_t instance) const;

  std::optional<size_t> MemberOf(size_t instance) const;
  const align::VcpuAligner& aligner() const { return aligner_; }

 private:
  struct Stream {
    bool done = false;
    uint64_t batches = 0;
    uint64_t slots = 0;
    state::Digests groups{};  // as the records have them
    state::Digests given{};   // as the aligner has them
    Last last;
  };

  bool DigestsRightAt(uint64_t icount) const;
  void KeepRightDigests(Stream& stream, state::Batch& batch) const;

  const Options& options_;
  const std::vector<size_t> members_;
  const uint64_t start_;
  const uint64_t end_;
  align::VcpuAligner aligner_;
  std::vector<Stream> streams_;  // by member
};

}  // namespace lockstep::window

#endif  // COORDINATOR_WINDOW_DETAIL_H_

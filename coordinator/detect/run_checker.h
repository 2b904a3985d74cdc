// The rules of a whole run, whether its vCPUs are compared densely or sparsely.
//
// One Lane per vCPU; a divergence is final when every other vCPU is verified up to its step, so
// that the first one is the one with the smallest step. Keeps what the report needs. A green run
// that proved nothing is trouble, see vacuous.h.
// Source: docs/design/alignment.md.
#ifndef COORDINATOR_DETECT_RUN_CHECKER_H_
#define COORDINATOR_DETECT_RUN_CHECKER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/align/aligner.h"
#include "coordinator/detect/comparison.h"
#include "coordinator/detect/evidence.h"
#include "coordinator/detect/lane.h"

namespace lockstep::detect {

// Whether a run of these options can be, whatever travels. Errors: those of Checker::Create().
absl::StatusOr<state::GroupMask> CheckOptions(const Options& options);

class RunChecker : public Comparison {
 public:
  state::GroupMask groups() const { return groups_; }  // agreed

  uint32_t vcpus() const override { return static_cast<uint32_t>(lanes_.size()); }
  Progress Advance() override;
  Summary summary() const override;
  void InstanceFailed(size_t instance, const std::string& reason, bool reachable) override;
  void SetInstanceEnd(size_t instance, const std::string& text) override;
  void Finish(const std::string& reason) override;
  report::Report Report(const store::SymbolSource& symbols) const override;

 protected:
  // REQUIRES: CheckOptions(options) gave `groups`.
  RunChecker(Options options, state::GroupMask groups, state::StreamMode mode);

  // What every lane compares and keeps, for the constructors of the lanes.
  align::Options AlignOptions(uint32_t vcpu) const;
  // One per vCPU, in order; before any other call.
  void AddLane(std::unique_ptr<Lane> lane) { lanes_.push_back(std::move(lane)); }

  const Options& options() const { return options_; }
  const std::string& Name(size_t instance) const { return options_.instances[instance].name; }
  const std::string& failure(size_t instance) const { return failures_[instance]; }
  void CheckInstance(size_t instance) const;
  // The instance broke a rule of the protocol: the run is in trouble, unless it has a verdict.
  absl::Status Refuse(size_t instance, const std::string& reason);
  // The diverged vCPU with the smallest step.
  std::optional<size_t> FirstDiverged() const;
  // A divergence ends the run: no comparison goes on among others.
  bool StopsAtDivergence(const std::vector<size_t>& outliers) const;
  bool dropped(size_t instance) const { return dropped_[instance]; }

 private:
  std::optional<size_t> AdvanceLanes();
  bool OthersHavePassed(size_t first) const;
  void TakeDivergence(size_t vcpu);
  void Settle();
  void SetTrouble(std::optional<size_t> instance, const std::string& reason);
  std::vector<size_t> Starved() const;
  void CheckNotVacuous();
  report::Compared ComparedNow() const;
  void FillInstance(size_t i, report::Instance* instance) const;

  const Options options_;
  const state::GroupMask groups_;
  const state::StreamMode mode_;
  std::vector<std::string> failures_;  // by instance; empty: none
  std::vector<std::string> ends_;      // as set by SetInstanceEnd()
  std::vector<bool> dropped_;
  std::vector<std::unique_ptr<Lane>> lanes_;  // by vCPU
  EvidenceOptions evidence_;
  bool compare_traps_ = true;

  bool final_ = false;
  bool finished_ = false;
  Progress progress_ = Progress::kNeedMore;
  std::optional<report::Divergence> divergence_;
  std::optional<report::Trouble> trouble_;
  std::optional<report::Compared> frozen_;  // as of the first divergence or the end
  std::vector<size_t> named_;               // outliers of the first divergence
  std::vector<std::string> notes_;
};

}  // namespace lockstep::detect

#endif  // COORDINATOR_DETECT_RUN_CHECKER_H_

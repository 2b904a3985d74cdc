// Sparse mode: the verdict of a whole run from windows of instructions, one WindowChecker per vCPU,
// and from the records of those windows that differ.
//
// While a vCPU has diverged and others have not come to its step yet, what it goes on to send is
// thrown away (AgreedWindows() is UINT64_MAX), so that the instances can go on; unless the policy
// wants the others compared after a divergence.
// Source: docs/design/sparse.md.
#ifndef COORDINATOR_DETECT_SPARSE_CHECKER_H_
#define COORDINATOR_DETECT_SPARSE_CHECKER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/detect/run_checker.h"

namespace lockstep::detect {

class SparseChecker final : public RunChecker {
 public:
  // Errors: those of Checker::Create(); FailedPrecondition names the instance that cannot.
  static absl::StatusOr<std::unique_ptr<SparseChecker>> Create(Options options);
  ~SparseChecker() override;

  state::StreamTerms terms() const override;
  absl::Status Push(size_t instance, state::Batch batch) override;
  absl::Status PushWindows(size_t instance, state::WindowBatch batch) override;
  absl::Status PushDetail(size_t instance, state::DetailReply reply) override;
  uint64_t ConsumedRecords(size_t, uint32_t) const override { return 0; }
  uint64_t AgreedWindows(uint32_t vcpu) const override;
  Progress Advance() override;
  std::vector<WantedDetail> TakeDetailRequests() override;
  std::vector<state::DetailRequest> OpenDetailRequests(size_t instance) const override;
  bool LookInside() override;

 private:
  class WindowLane;
  SparseChecker(Options options, state::GroupMask groups);

  std::vector<WindowLane*> windows_;  // the lanes
  uint64_t last_request_ = 0;
};

}  // namespace lockstep::detect

#endif  // COORDINATOR_DETECT_SPARSE_CHECKER_H_

// Dense mode: the verdict of a whole run from every block state, one VcpuAligner per vCPU.
// Source: docs/design/alignment.md.
#ifndef COORDINATOR_DETECT_CHECKER_H_
#define COORDINATOR_DETECT_CHECKER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "coordinator/detect/run_checker.h"

namespace lockstep::detect {

class Checker final : public RunChecker {
 public:
  // Errors: InvalidArgument for fewer than two instances, doubled names, unequal vCPU counts or
  // guest architectures; those of CheckPolicy() and AgreeGroups(); FailedPrecondition for
  // async_skew_insns with an instance that lacks TRAPS or LAYOUT.
  static absl::StatusOr<std::unique_ptr<Checker>> Create(Options options);

  // The sequence number that Push() expects next on this stream.
  uint64_t NextSequence(size_t instance, uint32_t vcpu) const;
  uint64_t ReceivedRecords(size_t instance, uint32_t vcpu) const;

  state::StreamTerms terms() const override { return {.groups = groups()}; }
  absl::Status Push(size_t instance, state::Batch batch) override;
  absl::Status PushWindows(size_t instance, state::WindowBatch batch) override;
  absl::Status PushDetail(size_t instance, state::DetailReply reply) override;
  uint64_t ConsumedRecords(size_t instance, uint32_t vcpu) const override;
  uint64_t AgreedWindows(uint32_t) const override { return 0; }
  std::vector<WantedDetail> TakeDetailRequests() override { return {}; }
  std::vector<state::DetailRequest> OpenDetailRequests(size_t) const override { return {}; }
  bool LookInside() override { return false; }
  Progress Advance() override;

 private:
  class BlockLane;
  Checker(Options options, state::GroupMask groups);
  const align::StreamStats& Stats(size_t instance, uint32_t vcpu) const;

  std::vector<BlockLane*> blocks_;  // the lanes
};

}  // namespace lockstep::detect

#endif  // COORDINATOR_DETECT_CHECKER_H_

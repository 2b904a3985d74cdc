// Dense mode: the verdict of a whole run, all vCPUs of all instances, from every block state.
//
// One VcpuAligner per vCPU; a divergence is final when every other vCPU is verified up to its
// step, so that the first one is the one with the smallest step. Keeps what the report needs
// (history, TLB fills, events, registers near the divergence).
//
// A green run that proved nothing is trouble, see Comparison::Finish().
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
#include "coordinator/detect/comparison.h"

namespace lockstep::detect {

class Checker final : public Comparison {
 public:
  // Errors: InvalidArgument for fewer than two instances, doubled names, unequal vCPU counts or
  // guest architectures, or policy fields that do not go together; FailedPrecondition as
  // AgreeGroups(), and for async_skew_insns with an instance that lacks TRAPS or LAYOUT;
  // Unimplemented names a policy field that no producer of this version can honour.
  static absl::StatusOr<std::unique_ptr<Checker>> Create(Options options);
  ~Checker() override;

  state::GroupMask groups() const;  // agreed
  // The sequence number that Push() expects next on this stream.
  uint64_t NextSequence(size_t instance, uint32_t vcpu) const;
  uint64_t ReceivedRecords(size_t instance, uint32_t vcpu) const;
  // The same, as the agent of a dense instance knows it: reachable or not.
  void InstanceFailed(size_t instance, const std::string& reason) {
    InstanceFailed(instance, reason, false);
  }

  state::StreamTerms terms() const override;
  uint32_t vcpus() const override;
  absl::Status Push(size_t instance, state::Batch batch) override;
  absl::Status PushWindows(size_t instance, state::WindowBatch batch) override;
  absl::Status PushDetail(size_t instance, state::DetailReply reply) override;
  uint64_t ConsumedRecords(size_t instance, uint32_t vcpu) const override;
  uint64_t AgreedWindows(uint32_t vcpu) const override;
  std::vector<WantedDetail> TakeDetailRequests() override { return {}; }
  std::vector<state::DetailRequest> OpenDetailRequests(size_t) const override { return {}; }
  Progress Advance() override;
  Summary summary() const override;
  void InstanceFailed(size_t instance, const std::string& reason, bool reachable) override;
  void SetInstanceEnd(size_t instance, const std::string& text) override;
  void Finish(const std::string& reason) override;
  report::Report Report(const store::SymbolSource& symbols) const override;

 private:
  class Impl;
  explicit Checker(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace lockstep::detect

#endif  // COORDINATOR_DETECT_CHECKER_H_

#include "coordinator/narrow/second_pass.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "coordinator/narrow/narrow.h"
#include "emulator/base/check.h"

namespace lockstep::narrow {
namespace {

class SecondPass final : public detect::Comparison {
 public:
  SecondPass(const report::Report& first_pass, const policy::Policy& policy)
      : first_pass_(first_pass),
        narrower_(first_pass, policy.csr_masks),
        failed_(first_pass.instances.size(), false) {}

  state::StreamTerms terms() const override {
    state::StreamTerms terms;
    terms.groups = narrower_.plan().groups;
    return terms;
  }
  uint32_t vcpus() const override { return first_pass_.instances.front().identity.vcpus; }

  absl::Status Push(size_t instance, state::Batch batch) override {
    absl::Status status = narrower_.Push(instance, std::move(batch));
    if (!status.ok()) InstanceFailed(instance, std::string(status.message()), /*reachable=*/false);
    return status;
  }
  absl::Status PushWindows(size_t, state::WindowBatch) override { return NoWindows(); }
  absl::Status PushDetail(size_t, state::DetailReply) override { return NoWindows(); }

  uint64_t ConsumedRecords(size_t instance, uint32_t vcpu) const override {
    return narrower_.ConsumedRecords(instance, vcpu);
  }
  uint64_t AgreedWindows(uint32_t) const override { return 0; }
  std::vector<detect::WantedDetail> TakeDetailRequests() override { return {}; }
  std::vector<state::DetailRequest> OpenDetailRequests(size_t) const override { return {}; }
  bool LookInside() override { return false; }

  detect::Progress Advance() override {
    answered_ = answered_ || narrower_.Advance() ||
                std::all_of(failed_.begin(), failed_.end(), [](bool failed) { return failed; });
    return answered_ ? detect::Progress::kDiverged : detect::Progress::kNeedMore;
  }

  // What there is to count, the first pass has counted.
  detect::Summary summary() const override { return {}; }

  void InstanceFailed(size_t instance, const std::string& reason, bool) override {
    failed_[instance] = true;
    narrower_.InstanceFailed(instance, reason);
  }
  void SetInstanceEnd(size_t, const std::string&) override {}

  void Finish(const std::string& reason) override {
    if (!answered_) given_up_ = reason;
    finished_ = true;
  }

  report::Report Report(const store::SymbolSource& symbols) const override {
    LOCKSTEP_CHECK(finished_);
    report::Report report = first_pass_;
    if (given_up_.empty()) {
      narrower_.Finish(symbols, &report);
    } else {
      NoteNotNarrowed(given_up_, &report);
    }
    return report;
  }

 private:
  static absl::Status NoWindows() {
    return absl::InvalidArgumentError("the second pass of a run has no windows");
  }

  const report::Report first_pass_;
  Narrower narrower_;
  std::vector<bool> failed_;  // by instance
  bool answered_ = false;
  bool finished_ = false;
  std::string given_up_;  // why; empty if it was not
};

}  // namespace

absl::StatusOr<std::unique_ptr<detect::Comparison>> CreateSecondPass(
    const report::Report& first_pass, const policy::Policy& policy,
    const std::vector<state::ProducerIdentity>& identities) {
  LOCKSTEP_CHECK(identities.size() == first_pass.instances.size());
  for (size_t i = 0; i < identities.size(); ++i) {
    const report::Instance& before = first_pass.instances[i];
    if (identities[i].producer == before.identity.producer &&
        identities[i].guest_arch == before.identity.guest_arch &&
        identities[i].vcpus == before.identity.vcpus) {
      continue;
    }
    return absl::FailedPreconditionError(
        absl::StrCat(before.name, " came back as another producer: ", identities[i].producer, " (",
                     identities[i].guest_arch, ", vCPUs: ", identities[i].vcpus, ")"));
  }
  return std::make_unique<SecondPass>(first_pass, policy);
}

}  // namespace lockstep::narrow

#include "coordinator/detect/checker.h"

#include <utility>

#include "absl/strings/str_format.h"
#include "emulator/base/check.h"

namespace lockstep::detect {

// One vCPU, every block of it.
class Checker::BlockLane final : public Lane {
 public:
  explicit BlockLane(align::Options options) : aligner_(std::move(options)) {}

  align::VcpuAligner& aligner() { return aligner_; }
  const align::VcpuAligner& aligner() const { return aligner_; }

  void Advance(uint64_t step_limit) override { aligner_.Advance(step_limit); }
  State state() const override {
    switch (aligner_.state()) {
      case align::Progress::kDiverged:
        return State::kDiverged;
      case align::Progress::kComplete:
        return State::kComplete;
      case align::Progress::kTrouble:
        return State::kTrouble;
      case align::Progress::kNeedMore:
      case align::Progress::kHeld:
        break;
    }
    return State::kOpen;
  }
  const align::Mismatch& mismatch() const override { return aligner_.mismatch(); }
  align::Trouble trouble() const override { return aligner_.trouble(); }
  std::vector<size_t> starved() const override { return aligner_.starved(); }
  bool Passed(uint64_t) const override { return aligner_.state() == align::Progress::kHeld; }
  void Close(size_t instance, bool) override { aligner_.Close(instance); }
  void Drop(const std::vector<size_t>& instances) override { aligner_.Drop(instances); }
  uint64_t verified_icount() const override { return aligner_.verified_icount(); }
  uint64_t boundaries() const override { return aligner_.boundaries(); }
  uint64_t splits() const override { return aligner_.splits(); }
  align::Skews skews() const override { return aligner_.skews(); }
  align::StreamStats stats(size_t instance) const override { return aligner_.stats(instance); }
  Trail TrailOf(size_t instance) const override { return detect::TrailOf(aligner_, instance); }

  // Nobody looks at this vCPU any more: what comes is only counted.
  void Discard(size_t instances) {
    if (thrown_away_.empty()) thrown_away_.resize(instances);
  }
  bool discarded() const { return !thrown_away_.empty(); }
  struct ThrownAway {
    uint64_t batches = 0;
    uint64_t records = 0;
  };
  ThrownAway thrown_away(size_t instance) const {
    return discarded() ? thrown_away_[instance] : ThrownAway{};
  }
  absl::Status Push(size_t instance, state::Batch batch) {
    if (!discarded()) return aligner_.Push(instance, std::move(batch));
    ++thrown_away_[instance].batches;
    thrown_away_[instance].records += batch.records;
    return absl::OkStatus();
  }

 private:
  align::VcpuAligner aligner_;
  std::vector<ThrownAway> thrown_away_;  // by instance; empty: it is compared
};

Checker::Checker(Options options, state::GroupMask groups)
    : RunChecker(std::move(options), groups, state::StreamMode::kDense) {
  const uint32_t n = this->options().instances.front().identity.vcpus;
  for (uint32_t v = 0; v < n; ++v) {
    auto lane = std::make_unique<BlockLane>(AlignOptions(v));
    blocks_.push_back(lane.get());
    AddLane(std::move(lane));
  }
}

absl::StatusOr<std::unique_ptr<Checker>> Checker::Create(Options options) {
  const absl::StatusOr<state::GroupMask> groups = CheckOptions(options);
  if (!groups.ok()) return groups.status();
  return std::unique_ptr<Checker>(new Checker(std::move(options), *groups));
}

absl::Status Checker::Push(size_t instance, state::Batch batch) {
  CheckInstance(instance);
  if (batch.vcpu >= blocks_.size()) {
    return Refuse(instance, absl::StrFormat("sends records of vCPU %d; it declared %d", batch.vcpu,
                                            blocks_.size()));
  }
  return blocks_[batch.vcpu]->Push(instance, std::move(batch));
}

absl::Status Checker::PushWindows(size_t instance, state::WindowBatch) {
  return Refuse(instance, "sends windows in a dense run");
}

absl::Status Checker::PushDetail(size_t instance, state::DetailReply) {
  return Refuse(instance, "sends details in a dense run");
}

const align::StreamStats& Checker::Stats(size_t instance, uint32_t vcpu) const {
  CheckInstance(instance);
  LOCKSTEP_CHECK(vcpu < blocks_.size()) << vcpu;
  return blocks_[vcpu]->aligner().stats(instance);
}

uint64_t Checker::NextSequence(size_t instance, uint32_t vcpu) const {
  return Stats(instance, vcpu).batches + blocks_[vcpu]->thrown_away(instance).batches;
}
uint64_t Checker::ConsumedRecords(size_t instance, uint32_t vcpu) const {
  const align::StreamStats& stats = Stats(instance, vcpu);
  if (!blocks_[vcpu]->discarded()) return stats.records_consumed;
  return stats.records_received + blocks_[vcpu]->thrown_away(instance).records;
}
uint64_t Checker::ReceivedRecords(size_t instance, uint32_t vcpu) const {
  return Stats(instance, vcpu).records_received + blocks_[vcpu]->thrown_away(instance).records;
}

Progress Checker::Advance() {
  const Progress progress = RunChecker::Advance();
  const std::optional<size_t> first = FirstDiverged();
  if (progress != Progress::kNeedMore || !first.has_value()) return progress;
  // Other vCPUs are behind; the instances must be able to go on with them.
  const align::Mismatch& mismatch = blocks_[*first]->mismatch();
  if (!StopsAtDivergence(mismatch.outliers)) return progress;
  for (size_t v = 0; v < blocks_.size(); ++v) {
    if (v == *first || blocks_[v]->Passed(mismatch.step)) {
      blocks_[v]->Discard(options().instances.size());
    }
  }
  return progress;
}

}  // namespace lockstep::detect

#include "coordinator/detect/sparse_checker.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "coordinator/window/window_checker.h"
#include "emulator/base/check.h"

namespace lockstep::detect {

// One vCPU, window by window.
class SparseChecker::WindowLane final : public Lane {
 public:
  WindowLane(const SparseChecker* run, window::Options options)
      : run_(run), checker_(std::move(options)), requests_(run->options().instances.size()) {}

  window::WindowChecker& checker() { return checker_; }
  const window::WindowChecker& checker() const { return checker_; }

  // It has diverged, or is compared beyond that, and nobody will look at more of it.
  bool discarded() const { return discarded_; }
  void Discard() { discarded_ = true; }

  // Adds what is wanted and was not asked for; `last_id` is the last number that was given away.
  void TakeRequests(uint64_t* last_id, std::vector<WantedDetail>* wanted) {
    if (checker_.state() != window::Progress::kDetailWanted) return;
    if (asked_ == checker_.detail_serial()) return;
    asked_ = checker_.detail_serial();
    std::fill(requests_.begin(), requests_.end(), std::nullopt);
    const window::DetailRequest request = checker_.detail_request();
    for (size_t instance : checker_.detail_instances()) {
      requests_[instance] = {++*last_id, request.vcpu, request.first_icount, request.end_icount};
      wanted->push_back({instance, *requests_[instance]});
    }
  }
  // The request of this instance that is not answered in full.
  const std::optional<state::DetailRequest>& request(size_t instance) const {
    return requests_[instance];
  }

  absl::Status Take(size_t instance, state::DetailReply reply) {
    for (state::Batch& batch : reply.batches) {
      absl::Status status = checker_.PushDetail(instance, std::move(batch));
      if (!status.ok()) return status;
    }
    if (!reply.more) {
      checker_.EndDetail(instance);
      requests_[instance].reset();
    }
    return absl::OkStatus();
  }

  void Advance(uint64_t) override { checker_.Advance(); }
  State state() const override {
    switch (checker_.state()) {
      case window::Progress::kDiverged:
        return State::kDiverged;
      case window::Progress::kComplete:
        return State::kComplete;
      case window::Progress::kTrouble:
        return State::kTrouble;
      case window::Progress::kNeedMore:
      case window::Progress::kDetailWanted:
        break;
    }
    return State::kOpen;
  }
  const align::Mismatch& mismatch() const override { return checker_.mismatch(); }
  // What an instance that has gone still owed is its failure's fault.
  align::Trouble trouble() const override {
    align::Trouble trouble = checker_.trouble();
    if (trouble.instance.has_value() && !run_->failure(*trouble.instance).empty()) {
      trouble.reason = absl::StrFormat("%s at icount<=%d", run_->failure(*trouble.instance),
                                       checker_.stats(*trouble.instance).received_end_icount);
    }
    return trouble;
  }
  std::vector<size_t> starved() const override { return checker_.starved(); }
  bool Passed(uint64_t step) const override { return checker_.verified_step() >= step; }
  void Close(size_t instance, bool reachable) override {
    checker_.Close(instance);
    if (reachable) return;
    checker_.Abandon(instance);
    requests_[instance].reset();
  }
  void Drop(const std::vector<size_t>& instances) override {
    checker_.Drop(instances);
    for (size_t instance : instances) requests_[instance].reset();
  }
  uint64_t verified_icount() const override { return checker_.verified_icount(); }
  uint64_t boundaries() const override { return checker_.boundaries(); }
  uint64_t splits() const override {
    uint64_t splits = 0;
    for (size_t i = 0; i < requests_.size(); ++i) splits += checker_.splits(i);
    return splits;
  }
  align::StreamStats stats(size_t instance) const override {
    const window::StreamStats& from = checker_.stats(instance);
    align::StreamStats stats;
    stats.records_received = stats.records_consumed = from.records;
    stats.batches = from.windows;
    stats.blocks = from.blocks;
    stats.infos = from.infos;
    stats.splits = checker_.splits(instance);
    stats.split_causes = checker_.split_causes(instance);
    stats.received_icount = from.received_icount;
    stats.received_end_icount = from.received_end_icount;
    stats.ended = from.ended;
    stats.end = from.end;
    // The digest of the stores is 0 before the first.
    stats.groups_changed =
        from.groups_changed | (from.groups_nonzero & state::MaskOf(state::Group::kMem));
    stats.groups_nonzero = from.groups_nonzero;
    return stats;
  }
  uint64_t windows() const override { return checker_.agreed_windows(); }
  uint64_t detailed_windows() const override { return checker_.details(); }
  bool sums(size_t instance) const override { return checker_.stats(instance).sums; }
  Trail TrailOf(size_t instance) const override {
    return {checker_.Blocks(instance), checker_.Fills(instance), checker_.Events(instance), {}, {}};
  }
  bool inside_window() const override { return checker_.inside_window(); }

 private:
  const SparseChecker* const run_;
  window::WindowChecker checker_;
  bool discarded_ = false;
  uint64_t asked_ = 0;  // the checker's detail_serial() when its details were last asked for
  std::vector<std::optional<state::DetailRequest>> requests_;  // by instance
};

SparseChecker::SparseChecker(Options options, state::GroupMask groups)
    : RunChecker(std::move(options), groups, state::StreamMode::kSparse) {
  const uint32_t n = this->options().instances.front().identity.vcpus;
  for (uint32_t v = 0; v < n; ++v) {
    window::Options window;
    window.align = AlignOptions(v);
    window.window_insns = this->options().window_insns;
    window.block_digests = this->options().digest_at != state::DigestAt::kWindow;
    window.compare_traps = window.align.compare_traps;
    auto lane = std::make_unique<WindowLane>(this, std::move(window));
    windows_.push_back(lane.get());
    AddLane(std::move(lane));
  }
}

SparseChecker::~SparseChecker() = default;

absl::StatusOr<std::unique_ptr<SparseChecker>> SparseChecker::Create(Options options) {
  const absl::StatusOr<state::GroupMask> groups = CheckOptions(options);
  if (!groups.ok()) return groups.status();
  if (absl::Status status = CheckSparse(options); !status.ok()) return status;
  return std::unique_ptr<SparseChecker>(new SparseChecker(std::move(options), *groups));
}

state::StreamTerms SparseChecker::terms() const {
  return {.groups = groups(),
          .window_insns = options().window_insns,
          .block_digests = options().digest_at != state::DigestAt::kWindow,
          .compare_tlb_fills = options().policy.tlb_fills == policy::TlbFills::kCompare};
}

absl::Status SparseChecker::Push(size_t instance, state::Batch) {
  return Refuse(instance, "sends blocks in a sparse run");
}

absl::Status SparseChecker::PushWindows(size_t instance, state::WindowBatch batch) {
  CheckInstance(instance);
  if (batch.vcpu >= windows_.size()) {
    return Refuse(instance, absl::StrFormat("sends windows of vCPU %d; it declared %d", batch.vcpu,
                                            windows_.size()));
  }
  if (windows_[batch.vcpu]->discarded()) return absl::OkStatus();
  return windows_[batch.vcpu]->checker().Push(instance, std::move(batch));
}

absl::Status SparseChecker::PushDetail(size_t instance, state::DetailReply reply) {
  CheckInstance(instance);
  for (size_t v = 0; v < windows_.size(); ++v) {
    const auto& request = windows_[v]->request(instance);
    if (!request.has_value() || request->request_id != reply.request_id) continue;
    for (const state::Batch& batch : reply.batches) {
      if (batch.vcpu == v) continue;
      return Refuse(instance, absl::StrFormat("answers a request for records of vCPU %d with "
                                              "records of vCPU %d",
                                              v, batch.vcpu));
    }
    return windows_[v]->Take(instance, std::move(reply));
  }
  return absl::OkStatus();
}

uint64_t SparseChecker::AgreedWindows(uint32_t vcpu) const {
  LOCKSTEP_CHECK(vcpu < windows_.size()) << vcpu;
  return windows_[vcpu]->discarded() ? UINT64_MAX : windows_[vcpu]->checker().agreed_windows();
}

std::vector<WantedDetail> SparseChecker::TakeDetailRequests() {
  std::vector<WantedDetail> wanted;
  for (WindowLane* lane : windows_) lane->TakeRequests(&last_request_, &wanted);
  return wanted;
}

bool SparseChecker::LookInside() {
  bool looks = false;
  for (WindowLane* lane : windows_) {
    if (!lane->discarded() && lane->checker().Probe()) looks = true;
  }
  return looks;
}

std::vector<state::DetailRequest> SparseChecker::OpenDetailRequests(size_t instance) const {
  CheckInstance(instance);
  std::vector<state::DetailRequest> open;
  for (const WindowLane* lane : windows_) {
    if (lane->request(instance).has_value()) open.push_back(*lane->request(instance));
  }
  return open;
}

Progress SparseChecker::Advance() {
  const Progress progress = RunChecker::Advance();
  const std::optional<size_t> first = FirstDiverged();
  if (progress != Progress::kNeedMore || !first.has_value()) return progress;
  // Other vCPUs are behind; the instances must be able to go on with them.
  const align::Mismatch& mismatch = windows_[*first]->mismatch();
  if (!StopsAtDivergence(mismatch.outliers)) return progress;
  for (size_t v = 0; v < windows_.size(); ++v) {
    if (v == *first || windows_[v]->Passed(mismatch.step)) windows_[v]->Discard();
  }
  return progress;
}

}  // namespace lockstep::detect

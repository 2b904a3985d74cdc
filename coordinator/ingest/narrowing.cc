#include "coordinator/ingest/narrowing.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "coordinator/ingest/request.h"

namespace lockstep::ingest {
namespace {

// Records of one instance that wait for the others: a step is some 20 slots (its registers).
constexpr uint64_t kWindowRecords = uint64_t{1} << 18;

}  // namespace

// Takes one instance's batches to the narrower.
class NarrowingPass::Feed final : public Sink {
 public:
  Feed(NarrowingPass* pass, size_t instance) : pass_(pass), instance_(instance) {}

  absl::StatusOr<state::StreamTerms> Open(const state::ProducerIdentity& identity) override {
    delivered_.assign(identity.vcpus, 0);
    return state::StreamTerms();
  }

  uint64_t Allowance(uint32_t vcpu) override {
    absl::MutexLock lock(&pass_->mutex_);
    const uint64_t consumed = pass_->narrower_.ConsumedRecords(instance_, vcpu);
    if (consumed > delivered_[vcpu]) return kWindowRecords;  // a vCPU that is ignored
    const uint64_t waiting = delivered_[vcpu] - consumed;
    return kWindowRecords - std::min(kWindowRecords, waiting);
  }

  void WaitForAllowance(absl::Duration timeout) override {
    absl::MutexLock lock(&pass_->mutex_);
    pass_->mutex_.AwaitWithTimeout(absl::Condition(&pass_->answered_), timeout);
  }

  absl::Status Deliver(state::Batch* batch) override {
    absl::MutexLock lock(&pass_->mutex_);
    if (pass_->answered_) return absl::CancelledError("the second pass is over");
    delivered_[batch->vcpu] += batch->records;
    absl::Status status = pass_->narrower_.Push(instance_, std::move(*batch));
    if (!status.ok()) {
      pass_->narrower_.InstanceFailed(instance_, std::string(status.message()));
    }
    if (pass_->narrower_.Advance()) pass_->answered_ = true;
    return status;
  }

  void Close(const StreamEnd& end) override {
    absl::MutexLock lock(&pass_->mutex_);
    const bool failed =
        end.cause != StreamEnd::Cause::kInOrder && end.cause != StreamEnd::Cause::kDropped;
    if (failed) pass_->narrower_.InstanceFailed(instance_, end.text);
    if (pass_->narrower_.Advance() || --pass_->open_feeds_ == 0) pass_->answered_ = true;
  }

 private:
  NarrowingPass* const pass_;
  const size_t instance_;
  std::vector<uint64_t> delivered_;  // records, per vCPU
};

NarrowingPass::NarrowingPass(const report::Report& first_pass, const policy::Policy& policy,
                             const std::vector<Instance>& instances, const std::string& directory,
                             Guard* guard)
    : narrower_(first_pass, policy.csr_masks), open_feeds_(instances.size()) {
  struct lockstep_request request;
  {
    absl::MutexLock lock(&mutex_);
    request = RequestFor(narrower_.plan());
  }
  for (size_t i = 0; i < instances.size(); ++i) {
    feeds_.push_back(std::make_unique<Feed>(this, i));
    AgentOptions options;
    options.name = instances[i].name;
    options.argv = instances[i].argv;
    options.request = request;
    options.policy = policy;
    options.stdout_path = absl::StrCat(directory, "/", instances[i].name, ".stdout");
    options.stderr_path = absl::StrCat(directory, "/", instances[i].name, ".stderr");
    absl::StatusOr<std::unique_ptr<Agent>> agent =
        Agent::Start(std::move(options), feeds_.back().get(), guard);
    if (agent.ok()) {
      agents_.push_back(*std::move(agent));
    } else {
      feeds_.back()->Close(
          {.cause = StreamEnd::Cause::kNotStarted, .text = std::string(agent.status().message())});
    }
  }
}

NarrowingPass::~NarrowingPass() { Stop(); }

bool NarrowingPass::Wait(absl::Duration timeout) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&answered_), timeout);
  return answered_;
}

void NarrowingPass::GiveUp(const std::string& reason) {
  absl::MutexLock lock(&mutex_);
  if (answered_) return;
  answered_ = true;
  given_up_ = reason;
}

void NarrowingPass::Stop() {
  for (const auto& agent : agents_) agent->RequestStop();
  agents_.clear();
}

void NarrowingPass::Finish(const store::SymbolSource& symbols, report::Report* report) {
  absl::MutexLock lock(&mutex_);
  if (given_up_.empty()) {
    narrower_.Finish(symbols, report);
  } else {
    narrow::NoteNotNarrowed(given_up_, report);
  }
}

}  // namespace lockstep::ingest

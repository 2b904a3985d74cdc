// A run with its instances joined, for tests: what the run tells them is kept.
#ifndef COORDINATOR_SERVER_RUN_TESTING_H_
#define COORDINATOR_SERVER_RUN_TESTING_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "coordinator/server/run.h"
#include "coordinator/server/stream_testing.h"
#include "gtest/gtest.h"

namespace lockstep::server::testing {

using ComparedRun = ::lockstep::server::Run;  // a test has a Run() of its own

class RecordingLink : public Link {
 public:
  void Welcome(const Terms& terms) override {
    groups_ = terms.stream.groups;
    sparse_ = terms.stream.sparse();
    limit_ = terms.positions[0].record_limit;
    limits_.clear();
    for (const Position& position : terms.positions) {
      limits_.push_back(position.record_limit);
    }
    terms_ = terms;
    welcome_.Notify();
  }
  void Credit(uint32_t vcpu, uint64_t limit) override {
    EXPECT_GT(limit, limits_.at(vcpu));
    limits_[vcpu] = limit;
    if (vcpu == 0) limit_ = limit;
  }
  void Credit(const state::WindowCredit& credit) override {
    absl::MutexLock lock(&mutex_);
    agreed_ = credit.agreed_windows;
  }
  void RequestDetail(const state::DetailRequest& request) override {
    absl::MutexLock lock(&mutex_);
    requests_.push_back(request);
  }
  void Stop(report::Outcome outcome, const std::optional<state::Rerun>& rerun) override {
    outcome_ = outcome;
    rerun_ = rerun;
    stop_.Notify();
  }
  void Acknowledge(const Receipt& receipt) override { acknowledged_ = receipt.acknowledged; }
  void Break(const absl::Status& status) override {
    broken_ = status;
    break_.Notify();
  }
  absl::Duration Stalled() const override { return absl::Milliseconds(stalled_ms_.load()); }
  bool Finished() const override { return true; }

  absl::Notification welcome_, stop_, break_;
  Terms terms_;                        // after welcome_
  std::optional<state::Rerun> rerun_;  // after stop_
  absl::Status broken_;                // after break_
  std::atomic<uint64_t> acknowledged_ = 0;
  std::atomic<int> stalled_ms_ = 0;
  void AwaitAgreed(uint64_t windows) {
    absl::MutexLock lock(&mutex_);
    const auto there = [this, windows] { return agreed_ >= windows; };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&there), absl::Seconds(60)));
  }
  state::DetailRequest AwaitRequest() {
    absl::MutexLock lock(&mutex_);
    const auto there = [this] { return !requests_.empty(); };
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&there), absl::Seconds(60)));
    const state::DetailRequest request = requests_.back();
    requests_.clear();
    return request;
  }

  absl::Mutex mutex_;
  uint64_t agreed_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<state::DetailRequest> requests_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> sparse_ = false;
  std::atomic<state::GroupMask> groups_ = 0;
  std::atomic<uint64_t> limit_ = 0;  // of vCPU 0
  std::vector<uint64_t> limits_;     // by vCPU; for the run's thread
  std::atomic<report::Outcome> outcome_ = report::Outcome::kTrouble;
};

inline RunConfig Config(std::vector<std::string> names = {"A", "B"}) {
  RunConfig config;
  config.id = "test";
  config.instances = std::move(names);
  return config;
}

// A run whose instances have joined.
class Joined {
 public:
  explicit Joined(RunConfig config = Config(), const state::ProducerIdentity& identity = Identity(),
                  bool can_rerun = false)
      : run_(std::move(config), &symbols_) {
    for (const std::string& name : run_.config().instances) {
      links_.push_back(std::make_shared<RecordingLink>());
      EXPECT_TRUE(run_.Join(name, "cmd " + name, identity, links_.back(), false, can_rerun).ok());
    }
    for (const auto& link : links_) link->welcome_.WaitForNotification();
  }

  report::Report WaitForReport() {
    for (const auto& link : links_) link->stop_.WaitForNotification();
    return *run_.Report();
  }

  store::NoSymbols symbols_;
  ComparedRun run_;
  std::vector<std::shared_ptr<RecordingLink>> links_;
};

}  // namespace lockstep::server::testing

#endif  // COORDINATOR_SERVER_RUN_TESTING_H_

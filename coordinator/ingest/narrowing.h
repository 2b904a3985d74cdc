// The second pass of a run that diverged: starts every instance again, and feeds the narrower.
#ifndef COORDINATOR_INGEST_NARROWING_H_
#define COORDINATOR_INGEST_NARROWING_H_

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "coordinator/ingest/agent.h"
#include "coordinator/ingest/guard.h"
#include "coordinator/narrow/narrow.h"
#include "proto/cc/policy.h"
#include "proto/cc/report.h"

namespace lockstep::ingest {

// Not thread-safe. Used from one thread, which lives as long as it.
class NarrowingPass {
 public:
  struct Instance {
    std::string name;
    std::vector<std::string> argv;
  };

  // Starts the instances, in the order of the report, under the policy of the first pass. What they
  // print goes to files in `directory`.
  // REQUIRES: narrow::PlanFrom(first_pass) is ok; `guard` (may be null) outlives this.
  NarrowingPass(const report::Report& first_pass, const policy::Policy& policy,
                const std::vector<Instance>& instances, const std::string& directory, Guard* guard);

  // Ends the instances.
  ~NarrowingPass();

  // Waits until the pass has answered or the timeout is over. True if it has.
  bool Wait(absl::Duration timeout);

  // The pass is given up: the report will say why.
  void GiveUp(const std::string& reason);

  // Ends the instances.
  void Stop();

  // Fills the report of the first pass. REQUIRES: Stop().
  void Finish(const store::SymbolSource& symbols, report::Report* report);

 private:
  class Feed;

  absl::Mutex mutex_;
  narrow::Narrower narrower_ ABSL_GUARDED_BY(mutex_);
  bool answered_ ABSL_GUARDED_BY(mutex_) = false;
  std::string given_up_ ABSL_GUARDED_BY(mutex_);  // why; empty if it was not
  size_t open_feeds_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<Feed>> feeds_;
  std::vector<std::unique_ptr<Agent>> agents_;
};

}  // namespace lockstep::ingest

#endif  // COORDINATOR_INGEST_NARROWING_H_

// Looks after the runs of a stand-alone coordinator: ends idle ones, forgets old ones, writes their
// journals, and tells of those that begin and end.
#ifndef COORDINATOR_SERVER_KEEPER_H_
#define COORDINATOR_SERVER_KEEPER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "absl/synchronization/mutex.h"
#include "coordinator/server/registry.h"
#include "coordinator/server/run_store.h"

namespace lockstep::server {

// Has one thread, which works once a second and when woken.
class Keeper {
 public:
  // Where lines of text go. Called from the keeper's thread, and from that of Finish().
  struct Listeners {
    std::function<void(const std::string&)> log;   // a run begins or ends; may be empty
    std::function<void(const std::string&)> warn;  // a journal cannot be written; may be empty
  };

  // `registry` outlives the keeper; the keeper is its listener. `store` may be null.
  // REQUIRES: no run was made yet.
  Keeper(Registry* registry, std::unique_ptr<RunStore> store, Listeners listeners);
  // Finishes.
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  // Does its work once more and ends the thread.
  void Finish();

 private:
  void Loop();
  void Work();
  void Keep(const Run& run);
  void Wake();

  Registry* const registry_;
  const std::unique_ptr<RunStore> store_;  // of the thread
  const Listeners listeners_;
  bool warned_ = false;                  // of the thread
  std::map<std::string, Phase> phases_;  // as told; of the thread
  absl::Mutex mutex_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  bool finish_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace lockstep::server

#endif  // COORDINATOR_SERVER_KEEPER_H_

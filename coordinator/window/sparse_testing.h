// Sparse mode from end to end in one thread, for tests: synthetic executions go through the
// producer library into real rings, are scanned, and compared by a WindowChecker.
#ifndef COORDINATOR_WINDOW_SPARSE_TESTING_H_
#define COORDINATOR_WINDOW_SPARSE_TESTING_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/align/execution_testing.h"
#include "coordinator/window/window_checker.h"
#include "plugins/sdk/lockstep_producer.h"
#include "plugins/sdk/ring_memory.h"
#include "plugins/sdk/ring_scanner.h"

namespace lockstep::window::testing {

using align::testing::Execution;
using align::testing::Recording;
using align::testing::Rng;

// Makes blocks begin at each multiple of `window_insns`, as a producer with ABILITY_WINDOWS does.
Recording CutAtWindows(const Recording& recording, const Execution& execution,
                       uint64_t window_insns);

struct StreamOptions {
  uint64_t window_insns = 64;
  bool block_digests = true;  // else they are garbage but at window ends
  state::GroupMask groups = align::testing::kAllGroups;
  uint32_t block_ids = 1u << 20;  // ids are reused beyond these many
  uint64_t ring_slots = 0;        // 0: as many as the whole recording may need
  bool ends = true;               // else the producer dies before its End record
  size_t max_windows = 4096;
  size_t max_side_slots = size_t{1} << 22;
};

// One instance: a producer that has a recording to tell, and the scanner of its ring.
class SparseStream {
 public:
  SparseStream(Recording recording, const StreamOptions& options, Rng& rng);
  ~SparseStream();
  SparseStream(SparseStream&&) = delete;

  // Writes the next block, or the end. False if there is nothing left, or no room for it.
  bool Write();
  void Flush();
  // All is written.
  bool written() const { return done_; }
  ring::RingScanner& scanner() { return *scanner_; }
  const ring::RingMemory& memory() const { return *memory_; }

 private:
  uint64_t FreeSlots() const;

  const Recording recording_;
  const StreamOptions options_;
  Rng rng_;
  std::unique_ptr<ring::RingMemory> memory_;
  lockstep_producer* producer_ = nullptr;
  std::unique_ptr<ring::RingScanner> scanner_;
  size_t next_ = 0;
  bool done_ = false;
  std::map<std::pair<uint64_t, std::vector<uint16_t>>, uint32_t> known_;
  std::map<uint32_t, std::pair<uint64_t, std::vector<uint16_t>>> holders_;
  uint32_t next_id_ = 0;
};

// Writes, scans, compares and frees at random until there is a verdict or nothing goes on any more.
// What fails is an error in `problem`.
struct SparseRun {
  std::string problem;
  size_t max_side_slots = 0;  // of any scanner at any time
};
SparseRun Drive(std::vector<std::unique_ptr<SparseStream>>& streams, WindowChecker& checker,
                Rng& rng);

}  // namespace lockstep::window::testing

#endif  // COORDINATOR_WINDOW_SPARSE_TESTING_H_

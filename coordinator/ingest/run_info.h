// What a coordinator tells of its runs: plain values, and the way to them from the wire.
//
// Pure functions. They trust nothing; errors are one line.
#ifndef COORDINATOR_INGEST_RUN_INFO_H_
#define COORDINATOR_INGEST_RUN_INFO_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "coordinator/ingest/request.h"
#include "proto/cc/report.h"
#include "proto/lockstep/v1/session.pb.h"

namespace lockstep::ingest {

// How far a run is.
struct RunProgress {
  struct Instance {
    std::string name;
    uint64_t insns = 0;
    bool connected = false;
  };
  uint64_t verified_insns = 0;
  uint64_t blocks = 0;
  uint64_t splits = 0;
  std::vector<Instance> instances;
  bool running = false;    // all instances have joined, and there is no verdict yet
  bool sums = false;       // some blocks are told of by sums alone
  bool narrowing = false;  // instances disagreed, and are run again to name the instruction
};

// A run.
struct RunInfo {
  enum class State : uint8_t { kWaiting, kRunning, kEnded };
  std::string id;
  State state = State::kWaiting;
  std::vector<std::string> instances;
  std::vector<std::string> joined;
  std::optional<report::Outcome> outcome;  // of kEnded
  uint64_t verified_insns = 0;
  absl::Time create_time;  // InfinitePast: not known
  RunSettings settings;    // how its instances are to be started; but for history_blocks
};

struct RunPage {
  std::vector<RunInfo> runs;  // the newest first
  std::string next;           // token of the next page; empty: the last
};

// Errors: Internal, when it is what no coordinator may answer.
absl::StatusOr<RunInfo> InfoFrom(const lockstep::v1::Run& run);
absl::StatusOr<RunPage> PageFrom(const lockstep::v1::ListRunsResponse& response);
RunProgress ProgressFrom(const lockstep::v1::RunProgress& message);

}  // namespace lockstep::ingest

#endif  // COORDINATOR_INGEST_RUN_INFO_H_

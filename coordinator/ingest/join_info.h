// What an instance must know of a run before its emulator is started.
#ifndef COORDINATOR_INGEST_JOIN_INFO_H_
#define COORDINATOR_INGEST_JOIN_INFO_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "coordinator/ingest/coordinator_client.h"
#include "coordinator/ingest/request.h"

namespace lockstep::ingest {

struct JoinInfo {
  bool ended = false;
  std::vector<std::string> instances;
  RunSettings settings;
};

// Asks the coordinator. Errors: its own, or Unavailable; Internal when it answers what no
// coordinator may.
absl::StatusOr<JoinInfo> GetJoinInfo(CoordinatorClient* client, const std::string& run_id);

}  // namespace lockstep::ingest

#endif  // COORDINATOR_INGEST_JOIN_INFO_H_

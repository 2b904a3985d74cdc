// What a run asks of its producers: the one translation from the coordinator's Run to the ring's
// request, for whoever starts emulators (`lockstep run`, `lockstep join`).
#ifndef COORDINATOR_INGEST_REQUEST_H_
#define COORDINATOR_INGEST_REQUEST_H_

#include <cstdint>

#include "plugins/sdk/lockstep_ring.h"
#include "proto/cc/mode.h"
#include "proto/cc/policy.h"
#include "proto/cc/second_pass.h"

namespace lockstep::ingest {

// The part of lockstep.v1.Run that decides how emulators are started.
struct RunSettings {
  policy::Policy policy;
  uint32_t history_blocks = 16;
  uint64_t max_insns = 0;  // of each vCPU; 0: no limit
  state::DigestAt digest_at = state::DigestAt::kBlock;
  state::StreamMode stream_mode = state::StreamMode::kAuto;
  // Comparing begins there; producers are silent before. A multiple of the window.
  uint64_t start_icount = 0;
  // Of who starts all of them itself, and can start them again: stretches may be told of by sums
  // alone, without blocks, and of events those only that are compared. See SumsGoWith().
  bool sums = false;
};

// Whether these settings leave sums the choice: nothing takes blocks one by one. Where states on
// every block are compared, only `alike` instances sum them up by the same rule, so that others
// would only be run twice. `sums` itself is not looked at.
bool SumsGoWith(const RunSettings& settings, bool alike);

// For AgentOptions::request. Every start of a run has the same, whatever comes to travel.
struct lockstep_request RequestFor(const RunSettings& settings);

// For the second pass of a run: one instruction per block, with registers.
struct lockstep_request RequestFor(const state::SecondPass& pass);

// Where the coordinator is.
enum class Reach : uint8_t { kProcess, kNetwork };

// For AgentOptions::ring_slots. A ring of dense mode fits into a second-level cache; one of sparse
// mode holds what is produced until its credit comes back, which takes longer over a network
// (memory is used only as far as it is filled).
uint64_t RingSlotsFor(const RunSettings& settings, Reach reach);

}  // namespace lockstep::ingest

#endif  // COORDINATOR_INGEST_REQUEST_H_

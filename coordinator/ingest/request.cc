#include "coordinator/ingest/request.h"

#include "coordinator/ingest/agent.h"

namespace lockstep::ingest {
namespace {

constexpr uint32_t kAllGroups = (1u << state::kGroups) - 1;
constexpr uint32_t kAllEvents = ~0u;
constexpr uint32_t kTraps = 1u << static_cast<int>(state::EventKind::kException) |
                            1u << static_cast<int>(state::EventKind::kInterrupt);
// 16 MiB: 10 ms of 100 M block records per second.
constexpr uint64_t kSparseRingSlots = uint64_t{1} << 20;
// 64 MiB: 40 ms.
constexpr uint64_t kNetworkRingSlots = uint64_t{1} << 22;

uint32_t DigestAtOf(state::DigestAt digest_at) {
  switch (digest_at) {
    case state::DigestAt::kWindow:
      return LOCKSTEP_DIGEST_AT_WINDOW;
    case state::DigestAt::kInsn:
      return LOCKSTEP_DIGEST_AT_INSN;
    case state::DigestAt::kBlock:
      break;
  }
  return LOCKSTEP_DIGEST_AT_BLOCK;
}

}  // namespace

bool SumsGoWith(const RunSettings& settings, bool alike) {
  return (settings.digest_at == state::DigestAt::kWindow ||
          (settings.digest_at == state::DigestAt::kBlock && alike)) &&
         settings.stream_mode != state::StreamMode::kDense &&
         settings.policy.tlb_fills != policy::TlbFills::kCompare &&
         settings.policy.async_skew_insns == 0;
}

struct lockstep_request RequestFor(const RunSettings& settings) {
  struct lockstep_request request = {};
  request.silent_until_icount = settings.start_icount;
  request.stop_at_icount = settings.max_insns != 0 ? settings.max_insns : UINT64_MAX;
  request.step = settings.digest_at == state::DigestAt::kInsn ? 1 : 0;
  request.groups = settings.policy.groups != 0 ? settings.policy.groups : kAllGroups;
  request.events = kAllEvents;
  request.digest_at = DigestAtOf(settings.digest_at);
  request.window_insns = state::kWindowInsns;
  if (settings.sums) {
    request.sums = 1;
    request.events = kTraps;
  }
  return request;
}

struct lockstep_request RequestFor(const state::SecondPass& pass) {
  struct lockstep_request request = {};
  request.only_vcpu = pass.vcpu + 1;
  request.silent_until_icount = pass.silent_until_icount;
  request.stop_at_icount = pass.stop_at_icount;
  request.step = 1;
  request.groups = pass.groups;
  request.events = pass.events;
  return request;
}

uint64_t RingSlotsFor(const RunSettings& settings, Reach reach) {
  if (settings.stream_mode == state::StreamMode::kDense) return kDenseRingSlots;
  return reach == Reach::kNetwork ? kNetworkRingSlots : kSparseRingSlots;
}

}  // namespace lockstep::ingest

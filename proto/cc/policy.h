// What a run compares and tolerates: domain type of lockstep.v1/policy.proto.
#ifndef PROTO_CC_POLICY_H_
#define PROTO_CC_POLICY_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "proto/cc/state.h"

namespace lockstep::policy {

enum class TlbFills : uint8_t { kReport, kCompare };
enum class OnDivergence : uint8_t { kStop, kDropOutliers };

// Most of each that a policy has: what a ring has room for (plugins/sdk/lockstep_ring.h).
inline constexpr size_t kMaxCsrMasks = 32;
inline constexpr size_t kMaxExtraCsrs = 32;
inline constexpr size_t kMaxRanges = 16;
inline constexpr size_t kMaxCsrNameBytes = 23;

// Bits of a CSR that are not compared: producers digest them as 0.
struct CsrMask {
  std::string csr;    // "mip"
  uint64_t bits = 0;  // bits that are ignored
};

// A guest-physical range whose stores and contents are not compared: producers digest its bytes as
// 0, and not at all a store that writes no others.
struct Range {
  uint64_t base = 0;
  uint64_t bytes = 0;
};

struct Policy {
  state::GroupMask groups = 0;  // demanded groups; 0: all that every instance has
  std::vector<CsrMask> csr_masks;
  std::vector<Range> volatile_ranges;
  TlbFills tlb_fills = TlbFills::kReport;
  uint64_t max_split_insns = 65536;
  uint64_t async_skew_insns = 0;
  OnDivergence on_divergence = OnDivergence::kStop;
  std::vector<std::string> extra_csrs;  // digested in csr beside the group's own
};

}  // namespace lockstep::policy

#endif  // PROTO_CC_POLICY_H_

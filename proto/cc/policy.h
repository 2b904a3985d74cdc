// What a run compares and tolerates: domain type of lockstep.v1/policy.proto.
#ifndef PROTO_CC_POLICY_H_
#define PROTO_CC_POLICY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "proto/cc/state.h"

namespace lockstep::policy {

enum class TlbFills : uint8_t { kReport, kCompare };
enum class OnDivergence : uint8_t { kStop, kDropOutliers };

// Bits of a CSR that are not compared (applied by producers that digest it; see request.groups).
struct CsrMask {
  std::string csr;    // "mip"
  uint64_t bits = 0;  // bits that are ignored
};

// A guest-physical range whose stores and contents are not compared.
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
};

}  // namespace lockstep::policy

#endif  // PROTO_CC_POLICY_H_

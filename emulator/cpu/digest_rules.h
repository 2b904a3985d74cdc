// What a run leaves out of the digests, and adds to them, by the numbers of the digest's elements.
//
// A plain value. Source: docs/design/digests.md, "What a policy leaves out".
#ifndef EMULATOR_CPU_DIGEST_RULES_H_
#define EMULATOR_CPU_DIGEST_RULES_H_

#include <cstdint>
#include <vector>

#include "plugins/sdk/lockstep_digest.h"

namespace lockstep::cpu {

struct DigestRules {
  struct Mask {
    uint32_t element = 0;  // LOCKSTEP_ELEMENT_*
    uint64_t ignored_bits = 0;
  };
  std::vector<Mask> masks;           // each element once
  std::vector<uint16_t> extra_csrs;  // by number; none that the csr group has anyway
  std::vector<lockstep_range> ranges;

  uint64_t IgnoredBits(uint32_t element) const {
    for (const Mask& mask : masks) {
      if (mask.element == element) return mask.ignored_bits;
    }
    return 0;
  }
  // Whether any byte of [pa, pa + size_bytes) is ignored. REQUIRES: size_bytes > 0.
  bool Touches(uint64_t pa, uint64_t size_bytes) const {
    for (const lockstep_range& range : ranges) {
      if (pa <= range.base + (range.bytes - 1) && range.base <= pa + (size_bytes - 1)) return true;
    }
    return false;
  }
};

}  // namespace lockstep::cpu

#endif  // EMULATOR_CPU_DIGEST_RULES_H_

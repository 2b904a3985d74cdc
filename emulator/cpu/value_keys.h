// How the values that a block has written are hashed, for runs by sums: what translated code and
// the interpreter must agree on.
//
// The sum of mum(a + key of a's register, b + key of b's register) over the registers in pairs, by
// number; f0 has number 32. One that is left over is paired with kLastValue. Source:
// docs/design/sparse.md, "A run by sums".
#ifndef EMULATOR_CPU_VALUE_KEYS_H_
#define EMULATOR_CPU_VALUE_KEYS_H_

#include <array>
#include <cstddef>
#include <cstdint>

#include "plugins/sdk/lockstep_digest.h"

namespace lockstep::cpu {

// By number; positive and below 2^31, so that an x86 instruction has room for one.
inline constexpr std::array<int32_t, 64> kValueKeys = [] {
  std::array<int32_t, 64> keys{};
  uint64_t z = LOCKSTEP_DIGEST_SEED;
  for (int32_t& key : keys) {
    z = z * 0x5851f42d4c957f2d + 0x14057b7ef767814f;  // the top bits of such a generator are good
    key = static_cast<int32_t>(z >> 33);
  }
  return keys;
}();
inline constexpr uint64_t kLastValue = 0x9fb21c651e98df25;

}  // namespace lockstep::cpu

#endif  // EMULATOR_CPU_VALUE_KEYS_H_

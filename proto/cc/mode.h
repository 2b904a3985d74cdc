// In which form a run's instances tell what they do: domain types of lockstep.v1/state.proto.
#ifndef PROTO_CC_MODE_H_
#define PROTO_CC_MODE_H_

#include <cstdint>

namespace lockstep::state {

// How often states are digested; numbers of lockstep.v1.DigestAt.
enum class DigestAt : uint8_t {
  kWindow = 1,  // at the ends of windows
  kBlock = 2,   // on every block entry
  kInsn = 3,    // on every instruction: one per block
};

// What travels from the agents; numbers of lockstep.v1.StreamMode.
enum class StreamMode : uint8_t {
  kAuto = 1,
  kDense = 2,   // every block state
  kSparse = 3,  // windows
};

// Instructions of a window: what agents ask of producers.
inline constexpr uint32_t kWindowInsns = 65536;

}  // namespace lockstep::state

#endif  // PROTO_CC_MODE_H_

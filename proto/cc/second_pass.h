// What the second pass of a run asks of every producer: a stretch of the execution, one instruction
// per block, with the registers before each. Domain types of lockstep.v1.Rerun.
//
// Plain values without behaviour. Source: docs/design/alignment.md, "Narrowing".
#ifndef PROTO_CC_SECOND_PASS_H_
#define PROTO_CC_SECOND_PASS_H_

#include <cstdint>
#include <string>

#include "proto/cc/state.h"

namespace lockstep::state {

struct SecondPass {
  uint32_t vcpu = 0;                 // whose divergence it is; the others stay silent
  uint64_t silent_until_icount = 0;  // of it: the last agreed boundary
  uint64_t stop_at_icount = 0;       // of it: a little past the divergence
  GroupMask groups = 0;              // digests wanted: those that were compared
  uint32_t events = 0;               // mask of 1 << EventKind
};

// The same, of the agents of a run elsewhere.
struct Rerun {
  std::string run_id;  // that the instances join for it
  SecondPass pass;
};

}  // namespace lockstep::state

#endif  // PROTO_CC_SECOND_PASS_H_

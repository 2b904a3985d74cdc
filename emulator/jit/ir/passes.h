// Passes over a Unit. Each has a name, by which it is switched off.
//
// fold   constants are computed, operations with neutral operands dropped
// state  a Get of what the block knows is that value; a Set that is overwritten before anybody can
//        see it is dropped
// idiom  rotations and extensions that are several operations become one; what sign-extends again
//        is dropped; results of which only the low half counts are marked
// dce    values without a use are dropped
//
// Every pass leaves a unit that Verify() accepts, with the same effect. Pure functions.
#ifndef EMULATOR_JIT_IR_PASSES_H_
#define EMULATOR_JIT_IR_PASSES_H_

#include <span>
#include <string_view>

#include "emulator/jit/ir/ir.h"

namespace lockstep::jit::ir {

void FoldConstants(Unit* unit);
void ForwardState(Unit* unit);
void FindIdioms(Unit* unit);
void DropDead(Unit* unit);

struct Pass {
  std::string_view name;
  void (*run)(Unit*);
};

// All passes in the order in which they are run.
std::span<const Pass> Passes();

// What the operation gives for constant operands. REQUIRES: an integer operation of trait kPure,
// not kConst.
uint64_t Evaluate(Op op, uint64_t a, uint64_t b);

}  // namespace lockstep::jit::ir

#endif  // EMULATOR_JIT_IR_PASSES_H_

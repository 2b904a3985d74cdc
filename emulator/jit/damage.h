// The planted faults of the translator that are wrong operations of the intermediate representation
// (emulator/faults/catalogue_jit.def); the others are in the emitter and in native.cc.
#ifndef EMULATOR_JIT_DAMAGE_H_
#define EMULATOR_JIT_DAMAGE_H_

#include "emulator/faults/catalogue.h"
#include "emulator/jit/ir/ir.h"

namespace lockstep::jit {

// Makes the unit wrong in the way of `fault`, where it has what that fault is about; Verify() still
// accepts it. Pure.
void Damage(ir::Unit* unit, faults::Fault fault);

}  // namespace lockstep::jit

#endif  // EMULATOR_JIT_DAMAGE_H_

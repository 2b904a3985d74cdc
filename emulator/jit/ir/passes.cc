#include "emulator/jit/ir/passes.h"

#include <array>
#include <utility>
#include <vector>

namespace lockstep::jit::ir {
namespace {

// Rewrites every operand through `to` (indexed by value), which maps a value to what stands for it.
void Redirect(Inst* inst, const std::vector<Ref>& to) {
  for (Ref& arg : inst->args) {
    if (arg != kNoRef) arg = to[arg];
  }
}

std::vector<Ref> Identity(const Unit& unit) {
  std::vector<Ref> to(unit.insts.size());
  for (size_t i = 0; i < to.size(); ++i) to[i] = static_cast<Ref>(i);
  return to;
}

void MakeConst(Inst* inst, uint64_t value) {
  const uint16_t guest = inst->guest;
  *inst = Inst{};
  inst->guest = guest;
  inst->imm = value;
}

// The operand that an operation with one constant operand comes to, or kNoRef.
Ref Neutral(const Inst& inst, bool a_is_zero, bool b_is_zero) {
  switch (inst.op) {
    case Op::kAdd:
    case Op::kOr:
    case Op::kXor:
      if (a_is_zero) return inst.args[1];
      return b_is_zero ? inst.args[0] : kNoRef;
    case Op::kSub:
    case Op::kShl:
    case Op::kShr:
    case Op::kSar:
      return b_is_zero ? inst.args[0] : kNoRef;
    default:
      return kNoRef;
  }
}

// Whether the guest state must be complete before the instruction, because it may be seen.
bool SeesState(const Inst& inst) {
  const Trait trait = TraitOf(inst.op);
  return trait == Trait::kFallible || trait == Trait::kEnd;
}

// Without the instructions that `dead` marks.
void Compact(Unit* unit, const std::vector<bool>& dead) {
  std::vector<Ref> to(unit->insts.size(), kNoRef);
  size_t kept = 0;
  for (size_t i = 0; i < unit->insts.size(); ++i) {
    if (dead[i]) continue;
    Inst inst = unit->insts[i];
    Redirect(&inst, to);
    to[i] = static_cast<Ref>(kept);
    unit->insts[kept++] = inst;
  }
  unit->insts.resize(kept);
}

// Sets that are overwritten before anybody can see them.
void DropOverwritten(Unit* unit) {
  std::vector<bool> dead(unit->insts.size(), false);
  std::array<bool, kSlots> overwritten{};
  for (size_t i = unit->insts.size(); i-- > 0;) {
    const Inst& inst = unit->insts[i];
    switch (TraitOf(inst.op)) {
      case Trait::kWrites:
        dead[i] = overwritten[inst.slot];
        overwritten[inst.slot] = true;
        break;
      case Trait::kReads:
        overwritten[inst.slot] = false;
        break;
      default:
        if (SeesState(inst)) overwritten.fill(false);
        break;
    }
  }
  Compact(unit, dead);
}

constexpr Pass kPasses[] = {
    {"fold", FoldConstants}, {"state", ForwardState}, {"fold", FoldConstants},
    {"idiom", FindIdioms},   {"dce", DropDead},
};

}  // namespace

void FoldConstants(Unit* unit) {
  std::vector<Ref> to = Identity(*unit);
  for (size_t i = 0; i < unit->insts.size(); ++i) {
    Inst& inst = unit->insts[i];
    Redirect(&inst, to);
    if (inst.op == Op::kUnbox && unit->insts[inst.args[0]].op == Op::kBox) {
      to[i] = unit->insts[inst.args[0]].args[0];
      MakeConst(&inst, 0);  // nobody uses it now
      continue;
    }
    if (inst.op == Op::kJumpIndirect && unit->insts[inst.args[0]].op == Op::kConst) {
      inst.op = Op::kJump;
      inst.imm = unit->insts[inst.args[0]].imm;
      inst.args[0] = kNoRef;
      continue;
    }
    if (TraitOf(inst.op) != Trait::kPure || ResultOf(inst.op) != Type::kInt ||
        OperandsOf(inst.op) != 2) {
      continue;
    }
    const Inst& a = unit->insts[inst.args[0]];
    const Inst& b = unit->insts[inst.args[1]];
    const bool a_is_const = a.op == Op::kConst, b_is_const = b.op == Op::kConst;
    if (a_is_const && b_is_const) {
      MakeConst(&inst, Evaluate(inst.op, a.imm, b.imm));
      continue;
    }
    const Ref same = Neutral(inst, a_is_const && a.imm == 0, b_is_const && b.imm == 0);
    if (same != kNoRef) to[i] = same;
  }
}

void ForwardState(Unit* unit) {
  std::vector<Ref> to = Identity(*unit);
  std::array<Ref, kSlots> known;
  known.fill(kNoRef);
  std::vector<bool> dead(unit->insts.size(), false);
  for (size_t i = 0; i < unit->insts.size(); ++i) {
    Inst& inst = unit->insts[i];
    Redirect(&inst, to);
    switch (TraitOf(inst.op)) {
      case Trait::kReads:
        if (known[inst.slot] == kNoRef) {
          known[inst.slot] = static_cast<Ref>(i);
        } else {
          to[i] = known[inst.slot];
          dead[i] = true;
        }
        break;
      case Trait::kWrites:
        dead[i] = known[inst.slot] == inst.args[0];
        known[inst.slot] = inst.args[0];
        break;
      case Trait::kFallible:
        if (inst.op == Op::kInterpret) known.fill(kNoRef);
        break;
      default:
        break;
    }
  }
  Compact(unit, dead);
  DropOverwritten(unit);
}

void DropDead(Unit* unit) {
  std::vector<bool> dead(unit->insts.size(), false);
  std::vector<bool> used(unit->insts.size(), false);
  for (size_t i = unit->insts.size(); i-- > 0;) {
    const Inst& inst = unit->insts[i];
    const Trait trait = TraitOf(inst.op);
    dead[i] = !used[i] && (trait == Trait::kPure || trait == Trait::kReads);
    if (dead[i]) continue;
    for (const Ref arg : inst.args) {
      if (arg != kNoRef) used[arg] = true;
    }
  }
  Compact(unit, dead);
}

std::span<const Pass> Passes() { return kPasses; }

}  // namespace lockstep::jit::ir

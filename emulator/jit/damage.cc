#include "emulator/jit/damage.h"

#include <array>
#include <optional>

namespace lockstep::jit {
namespace {

using faults::Fault;
using ir::Inst;
using ir::Op;

// One operation taken for another.
struct Swap {
  Fault fault;
  Op right, wrong;
};
constexpr Swap kSwaps[] = {
    {Fault::kJitAddwWide, Op::kAddW, Op::kAdd},
    {Fault::kJitSrawLogical, Op::kSarW, Op::kShrW},
    {Fault::kJitSllwWide, Op::kShlW, Op::kShl},
    {Fault::kJitSltUnsigned, Op::kSlt, Op::kSltu},
    {Fault::kJitSltuSigned, Op::kSltu, Op::kSlt},
    {Fault::kJitMulhUnsigned, Op::kMulHigh, Op::kMulHighU},
    {Fault::kJitMulhsuUnsigned, Op::kMulHighSu, Op::kMulHighU},
    {Fault::kJitDivUnsigned, Op::kDiv, Op::kDivU},
    {Fault::kJitRemwWide, Op::kRemW, Op::kRem},
    {Fault::kJitFmaddNegates, Op::kFMulAdd, Op::kFMulSub},
    {Fault::kJitFsgnjnCopies, Op::kFSgnjn, Op::kFSgnj},
};

// A Set that is overwritten behind an instruction that may trap is dropped.
void DropVisibleSet(ir::Unit* unit) {
  for (size_t i = 0; i < unit->insts.size(); ++i) {
    if (unit->insts[i].op != Op::kSet) continue;
    bool is_visible = false;
    for (size_t k = i + 1; k < unit->insts.size(); ++k) {
      const Inst& later = unit->insts[k];
      is_visible |= later.op == Op::kLoad;
      const bool is_same = later.slot == unit->insts[i].slot;
      if (is_same && later.op == Op::kGet) break;
      if (!is_same || later.op != Op::kSet) continue;
      if (!is_visible) break;
      // Nothing is taken out, so that values keep their numbers: the slot is set to what it has.
      unit->insts[i].op = Op::kConst;
      unit->insts[i].args = {ir::kNoRef, ir::kNoRef, ir::kNoRef};
      break;
    }
  }
}

// A constant that a slot was set to is taken for what it holds behind an Interpret that writes it.
void ForwardOverInterpret(ir::Unit* unit) {
  std::array<std::optional<uint64_t>, ir::kSlots> known;
  std::array<bool, ir::kSlots> is_stale{};
  for (Inst& inst : unit->insts) {
    if (inst.op == Op::kSet) {
      const Inst& value = unit->insts[inst.args[0]];
      known[inst.slot] = value.op == Op::kConst ? std::optional(value.imm) : std::nullopt;
      is_stale[inst.slot] = false;
    } else if (inst.op == Op::kInterpret && inst.slot != ir::kNoSlot) {
      is_stale[inst.slot] = true;
    } else if (inst.op == Op::kGet && is_stale[inst.slot] && known[inst.slot].has_value()) {
      inst.op = Op::kConst;
      inst.imm = *known[inst.slot];
      inst.slot = ir::kNoSlot;
    }
  }
}

void DamageOne(ir::Unit* unit, Inst* inst, Fault fault) {
  const bool is_load = inst->op == Op::kLoad;
  switch (fault) {
    case Fault::kJitLhZeroExtends:
      if (is_load && inst->bytes == 2) inst->is_signed = false;
      break;
    case Fault::kJitLwuSignExtends:
      if (is_load && inst->bytes == 4) inst->is_signed = true;
      break;
    case Fault::kJitSbStoresHalf:
      if (inst->op == Op::kStore && inst->bytes == 1) inst->bytes = 2;
      break;
    case Fault::kJitBltUnsigned:
      if (inst->op == Op::kBranch && inst->cond == ir::Cond::kLt) inst->cond = ir::Cond::kLtu;
      break;
    case Fault::kJitBgeuSigned:
      if (inst->op == Op::kBranch && inst->cond == ir::Cond::kGeu) inst->cond = ir::Cond::kGe;
      break;
    case Fault::kJitJalrKeepsBit0:
      if (inst->op == Op::kJumpIndirect && unit->insts[inst->args[0]].op == Op::kAnd) {
        inst->args[0] = unit->insts[inst->args[0]].args[0];
      }
      break;
    case Fault::kJitFcvtRounds:
      if (inst->op == Op::kFToInt) inst->is_truncating = false;
      break;
    default:
      break;
  }
}

}  // namespace

void Damage(ir::Unit* unit, Fault fault) {
  if (fault == Fault::kNone) return;
  for (Inst& inst : unit->insts) {
    for (const Swap& swap : kSwaps) {
      if (swap.fault == fault && swap.right == inst.op) {
        inst.op = swap.wrong;
        break;
      }
    }
    DamageOne(unit, &inst, fault);
  }
  if (fault == Fault::kJitDeadStore) DropVisibleSet(unit);
  if (fault == Fault::kJitStaleForward) ForwardOverInterpret(unit);
}

}  // namespace lockstep::jit

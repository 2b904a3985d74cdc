// What takes a guest several instructions and a host one, and what of a result nobody looks at.

#include <cstddef>
#include <utility>
#include <vector>

#include "emulator/jit/ir/passes.h"

namespace lockstep::jit::ir {
namespace {

bool IsConst(const Unit& unit, Ref v) { return unit.insts[v].op == Op::kConst; }
bool IsConst(const Unit& unit, Ref v, uint64_t value) {
  return IsConst(unit, v) && unit.insts[v].imm == value;
}

// Whether the upper half of a value is all copies of bit 31.
bool IsExtended(const Unit& unit, const Inst& inst, const std::vector<bool>& extended) {
  const auto is_shift_of = [&](uint64_t least) {
    return IsConst(unit, inst.args[1]) && (unit.insts[inst.args[1]].imm & 63) >= least;
  };
  const auto is_small = [&](Ref v) { return IsConst(unit, v) && unit.insts[v].imm <= 0x7fffffff; };
  switch (inst.op) {
    case Op::kConst:
      return static_cast<int64_t>(inst.imm) == static_cast<int32_t>(inst.imm);
    case Op::kAddW:
    case Op::kSubW:
    case Op::kShlW:
    case Op::kShrW:
    case Op::kSarW:
    case Op::kRorW:
    case Op::kMulW:
    case Op::kDivW:
    case Op::kDivUW:
    case Op::kRemW:
    case Op::kRemUW:
    case Op::kSlt:
    case Op::kSltu:
    case Op::kFEq:
    case Op::kFLt:
    case Op::kFLe:
      return true;
    case Op::kLoad:
      return inst.bytes < 4 || (inst.bytes == 4 && inst.is_signed);
    case Op::kExtend:
      return inst.imm == 0 && (inst.bytes < 4 || inst.is_signed);
    case Op::kFToInt:
      return inst.int_bytes == 4;
    case Op::kFBits:
      return inst.bytes == 4;
    case Op::kSar:
      return extended[inst.args[0]] || is_shift_of(32);
    case Op::kShr:
      return is_shift_of(33);
    case Op::kAnd:
      if (is_small(inst.args[0]) || is_small(inst.args[1])) return true;
      [[fallthrough]];
    case Op::kOr:
    case Op::kXor:
      return extended[inst.args[0]] && extended[inst.args[1]];
    default:
      return false;
  }
}

// The operand that the instruction leaves as it is, or kNoRef: the low half extended again.
Ref Unchanged(const Unit& unit, const Inst& inst, const std::vector<bool>& extended) {
  switch (inst.op) {
    case Op::kAddW:
      if (IsConst(unit, inst.args[0], 0) && extended[inst.args[1]]) return inst.args[1];
      [[fallthrough]];
    case Op::kSubW:
    case Op::kShlW:
    case Op::kShrW:
    case Op::kSarW:
      if (IsConst(unit, inst.args[1], 0) && extended[inst.args[0]]) return inst.args[0];
      return kNoRef;
    default:
      return kNoRef;
  }
}

// The two shifts of one value that fill each other's gaps: both ways of writing a rotation.
bool MakeRotation(const Unit& unit, Inst* inst) {
  if (inst->op != Op::kOr && inst->op != Op::kXor && inst->op != Op::kAdd &&
      inst->op != Op::kAddW) {
    return false;
  }
  const Inst* left = &unit.insts[inst->args[0]];
  const Inst* right = &unit.insts[inst->args[1]];
  if (left->op == Op::kShr || left->op == Op::kShrW) std::swap(left, right);
  const bool is_word = left->op == Op::kShlW && right->op == Op::kShrW;
  const bool is_whole = left->op == Op::kShl && right->op == Op::kShr && inst->op != Op::kAddW;
  if ((!is_word && !is_whole) || left->args[0] != right->args[0]) return false;
  if (!IsConst(unit, left->args[1]) || !IsConst(unit, right->args[1])) return false;
  const uint64_t width = is_word ? 32 : 64;
  const uint64_t up = unit.insts[left->args[1]].imm & (width - 1);
  const uint64_t down = unit.insts[right->args[1]].imm & (width - 1);
  if (up == 0 || up + down != width) return false;
  inst->op = is_word ? Op::kRorW : Op::kRor;
  inst->args = {right->args[0], right->args[1], kNoRef};
  return true;
}

void MakeExtend(Inst* inst, Ref from, uint8_t bytes, bool is_signed, uint64_t up) {
  inst->op = Op::kExtend;
  inst->args = {from, kNoRef, kNoRef};
  inst->bytes = bytes;
  inst->is_signed = is_signed;
  inst->imm = up;
}

// A shift up to the top and down again, or a mask of the low bytes.
void MakeExtension(const Unit& unit, Inst* inst) {
  if (inst->op == Op::kAnd) {
    for (const int which : {0, 1}) {
      if (IsConst(unit, inst->args[1 - which], 0xff)) {
        return MakeExtend(inst, inst->args[which], 1, false, 0);
      }
      if (IsConst(unit, inst->args[1 - which], 0xffff)) {
        return MakeExtend(inst, inst->args[which], 2, false, 0);
      }
    }
    return;
  }
  if ((inst->op != Op::kShr && inst->op != Op::kSar) || !IsConst(unit, inst->args[1])) return;
  const Inst& shift = unit.insts[inst->args[0]];
  if (shift.op != Op::kShl || !IsConst(unit, shift.args[1])) return;
  const uint64_t up = unit.insts[shift.args[1]].imm & 63;
  const uint64_t down = unit.insts[inst->args[1]].imm & 63;
  if ((up != 32 && up != 48 && up != 56) || down > up) return;
  MakeExtend(inst, shift.args[0], static_cast<uint8_t>((64 - up) / 8), inst->op == Op::kSar,
             up - down);
}

// Whether operand `number` matters in its low half only, when the result matters as told.
bool TakesLow(const Unit& unit, const Inst& inst, int number, bool result_is_low) {
  switch (inst.op) {
    case Op::kAddW:
    case Op::kSubW:
    case Op::kMulW:
    case Op::kShlW:
    case Op::kShrW:
    case Op::kSarW:
    case Op::kRorW:
      return true;
    case Op::kAdd:
    case Op::kSub:
    case Op::kMul:
    case Op::kAnd:
    case Op::kOr:
    case Op::kXor:
      return result_is_low;
    case Op::kShl:
      return result_is_low && number == 0 && IsConst(unit, inst.args[1]);
    case Op::kStore:
      return number == 1 && inst.bytes <= 4;
    case Op::kExtend:
      return true;
    default:
      return false;
  }
}

void FindLow(Unit* unit) {
  std::vector<bool> full(unit->insts.size(), false);
  for (size_t i = unit->insts.size(); i-- > 0;) {
    Inst& inst = unit->insts[i];
    inst.is_low = !full[i] && ResultOf(inst.op) == Type::kInt;
    for (int k = 0; k < OperandsOf(inst.op); ++k) {
      if (!TakesLow(*unit, inst, k, inst.is_low)) full[inst.args[static_cast<size_t>(k)]] = true;
    }
  }
}

}  // namespace

void FindIdioms(Unit* unit) {
  std::vector<Ref> to(unit->insts.size());
  std::vector<bool> extended(unit->insts.size(), false);
  for (size_t i = 0; i < unit->insts.size(); ++i) {
    Inst& inst = unit->insts[i];
    to[i] = static_cast<Ref>(i);
    for (Ref& arg : inst.args) {
      if (arg != kNoRef) arg = to[arg];
    }
    if (!MakeRotation(*unit, &inst)) MakeExtension(*unit, &inst);
    extended[i] = IsExtended(*unit, inst, extended);
    const Ref same = Unchanged(*unit, inst, extended);
    if (same != kNoRef) to[i] = same;
  }
  FindLow(unit);
}

}  // namespace lockstep::jit::ir

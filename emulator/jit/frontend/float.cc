// F and D: what SSE2 and FMA compute just as RISC-V does. The rest is left to the interpreter:
// conversions to and from unsigned 64-bit numbers, fclass, and rounding modes in the instruction.

#include "emulator/jit/frontend/translator.h"

namespace lockstep::jit {

using ir::Ref;
using isa::Instruction;
using Op = isa::Op;

namespace {

constexpr uint8_t kDynamic = 7, kTowardsZero = 1;

// Whether a mode of an operation that never rounds is one at all.
bool IsMode(uint8_t rm) { return rm <= 4 || rm == kDynamic; }

}  // namespace

Ref Translator::F(uint8_t number, uint8_t bytes, uint8_t result_slot) {
  const Ref raw = b_.Get(static_cast<uint8_t>(kFirstF + number));
  if (bytes == 8) return raw;
  ir::Inst unbox;
  unbox.op = ir::Op::kUnbox;
  unbox.args[0] = raw;
  return Fallible(unbox, result_slot);
}

void Translator::SetF(uint8_t number, uint8_t bytes, Ref value) {
  b_.Set(static_cast<uint8_t>(kFirstF + number), bytes == 8 ? value : b_.Emit(ir::Op::kBox, value));
}

bool Translator::BinaryFloat(ir::Op op, uint8_t bytes, const Instruction& inst) {
  const bool rounds = op != ir::Op::kFMin && op != ir::Op::kFMax;
  if (rounds && inst.rm != kDynamic) return false;
  const uint8_t slot = static_cast<uint8_t>(kFirstF + inst.rd);
  ir::Inst compute;
  compute.op = op;
  compute.bytes = bytes;
  compute.args[0] = F(inst.rs1, bytes, slot);
  if (op != ir::Op::kFSqrt) compute.args[1] = F(inst.rs2, bytes, slot);
  SetF(inst.rd, bytes, Fallible(compute, slot));
  return true;
}

bool Translator::FusedFloat(ir::Op op, uint8_t bytes, const Instruction& inst) {
  if (inst.rm != kDynamic) return false;
  const uint8_t slot = static_cast<uint8_t>(kFirstF + inst.rd);
  ir::Inst compute;
  compute.op = op;
  compute.bytes = bytes;
  compute.args = {F(inst.rs1, bytes, slot), F(inst.rs2, bytes, slot), F(inst.rs3, bytes, slot)};
  SetF(inst.rd, bytes, Fallible(compute, slot));
  return true;
}

bool Translator::CompareFloat(ir::Op op, uint8_t bytes, const Instruction& inst) {
  const uint8_t slot = XSlot(inst.rd);
  ir::Inst compare;
  compare.op = op;
  compare.bytes = bytes;
  compare.args[0] = F(inst.rs1, bytes, slot);
  compare.args[1] = F(inst.rs2, bytes, slot);
  SetX(inst.rd, b_.Emit(compare));
  return true;
}

bool Translator::SignFloat(ir::Op op, uint8_t bytes, const Instruction& inst) {
  const uint8_t slot = static_cast<uint8_t>(kFirstF + inst.rd);
  ir::Inst inject;
  inject.op = op;
  inject.bytes = bytes;
  inject.args[0] = F(inst.rs1, bytes, slot);
  inject.args[1] = F(inst.rs2, bytes, slot);
  SetF(inst.rd, bytes, b_.Emit(inject));
  return true;
}

bool Translator::ToInteger(uint8_t bytes, uint8_t int_bytes, const Instruction& inst) {
  if (inst.rm != kDynamic && inst.rm != kTowardsZero) return false;
  const uint8_t slot = XSlot(inst.rd);
  ir::Inst convert;
  convert.op = ir::Op::kFToInt;
  convert.bytes = bytes;
  convert.int_bytes = int_bytes;
  convert.is_truncating = inst.rm == kTowardsZero;
  convert.args[0] = F(inst.rs1, bytes, slot);
  SetX(inst.rd, Fallible(convert, slot));
  return true;
}

// Of a 32-bit number to double the mode does not matter.
bool Translator::FromInteger(uint8_t bytes, Op op, const Instruction& inst) {
  const bool is_exact = op == Op::kFcvtDW || op == Op::kFcvtDWu;
  if (is_exact ? !IsMode(inst.rm) : inst.rm != kDynamic) return false;
  Ref value = X(inst.rs1);
  if (op == Op::kFcvtDW || op == Op::kFcvtSW) {
    value = Op2(ir::Op::kAddW, value, b_.Const(0));
  } else if (op == Op::kFcvtDWu || op == Op::kFcvtSWu) {
    value = Op2(ir::Op::kAnd, value, b_.Const(0xffffffff));
  }
  ir::Inst convert;
  convert.op = ir::Op::kFFromInt;
  convert.bytes = bytes;
  convert.args[0] = value;
  SetF(inst.rd, bytes, b_.Emit(convert));
  return true;
}

bool Translator::FloatArithmetic(const Instruction& inst) {
  switch (inst.op) {
    case Op::kFaddS:
      return BinaryFloat(ir::Op::kFAdd, 4, inst);
    case Op::kFaddD:
      return BinaryFloat(ir::Op::kFAdd, 8, inst);
    case Op::kFsubS:
      return BinaryFloat(ir::Op::kFSub, 4, inst);
    case Op::kFsubD:
      return BinaryFloat(ir::Op::kFSub, 8, inst);
    case Op::kFmulS:
      return BinaryFloat(ir::Op::kFMul, 4, inst);
    case Op::kFmulD:
      return BinaryFloat(ir::Op::kFMul, 8, inst);
    case Op::kFdivS:
      return BinaryFloat(ir::Op::kFDiv, 4, inst);
    case Op::kFdivD:
      return BinaryFloat(ir::Op::kFDiv, 8, inst);
    case Op::kFsqrtS:
      return BinaryFloat(ir::Op::kFSqrt, 4, inst);
    case Op::kFsqrtD:
      return BinaryFloat(ir::Op::kFSqrt, 8, inst);
    case Op::kFminS:
      return BinaryFloat(ir::Op::kFMin, 4, inst);
    case Op::kFminD:
      return BinaryFloat(ir::Op::kFMin, 8, inst);
    case Op::kFmaxS:
      return BinaryFloat(ir::Op::kFMax, 4, inst);
    case Op::kFmaxD:
      return BinaryFloat(ir::Op::kFMax, 8, inst);
    case Op::kFmaddS:
      return FusedFloat(ir::Op::kFMulAdd, 4, inst);
    case Op::kFmaddD:
      return FusedFloat(ir::Op::kFMulAdd, 8, inst);
    case Op::kFmsubS:
      return FusedFloat(ir::Op::kFMulSub, 4, inst);
    case Op::kFmsubD:
      return FusedFloat(ir::Op::kFMulSub, 8, inst);
    case Op::kFnmaddS:
      return FusedFloat(ir::Op::kFNegMulAdd, 4, inst);
    case Op::kFnmaddD:
      return FusedFloat(ir::Op::kFNegMulAdd, 8, inst);
    case Op::kFnmsubS:
      return FusedFloat(ir::Op::kFNegMulSub, 4, inst);
    case Op::kFnmsubD:
      return FusedFloat(ir::Op::kFNegMulSub, 8, inst);
    default:
      return false;
  }
}

bool Translator::FloatMove(const Instruction& inst) {
  ir::Inst move;
  switch (inst.op) {
    case Op::kFeqS:
      return CompareFloat(ir::Op::kFEq, 4, inst);
    case Op::kFeqD:
      return CompareFloat(ir::Op::kFEq, 8, inst);
    case Op::kFltS:
      return CompareFloat(ir::Op::kFLt, 4, inst);
    case Op::kFltD:
      return CompareFloat(ir::Op::kFLt, 8, inst);
    case Op::kFleS:
      return CompareFloat(ir::Op::kFLe, 4, inst);
    case Op::kFleD:
      return CompareFloat(ir::Op::kFLe, 8, inst);
    case Op::kFsgnjS:
      return SignFloat(ir::Op::kFSgnj, 4, inst);
    case Op::kFsgnjD:
      return SignFloat(ir::Op::kFSgnj, 8, inst);
    case Op::kFsgnjnS:
      return SignFloat(ir::Op::kFSgnjn, 4, inst);
    case Op::kFsgnjnD:
      return SignFloat(ir::Op::kFSgnjn, 8, inst);
    case Op::kFsgnjxS:
      return SignFloat(ir::Op::kFSgnjx, 4, inst);
    case Op::kFsgnjxD:
      return SignFloat(ir::Op::kFSgnjx, 8, inst);
    case Op::kFmvXW:
    case Op::kFmvXD:
      move.op = ir::Op::kFBits;
      move.bytes = inst.op == Op::kFmvXW ? 4 : 8;
      move.args[0] = b_.Get(static_cast<uint8_t>(kFirstF + inst.rs1));
      SetX(inst.rd, b_.Emit(move));
      return true;
    case Op::kFmvWX:
    case Op::kFmvDX:
      move.op = ir::Op::kFFromBits;
      move.bytes = inst.op == Op::kFmvWX ? 4 : 8;
      move.args[0] = X(inst.rs1);
      SetF(inst.rd, move.bytes, b_.Emit(move));
      return true;
    default:
      return false;
  }
}

bool Translator::FloatConvert(const Instruction& inst) {
  const uint8_t f_slot = static_cast<uint8_t>(kFirstF + inst.rd);
  ir::Inst convert;
  switch (inst.op) {
    case Op::kFcvtWS:
      return ToInteger(4, 4, inst);
    case Op::kFcvtWD:
      return ToInteger(8, 4, inst);
    case Op::kFcvtLS:
      return ToInteger(4, 8, inst);
    case Op::kFcvtLD:
      return ToInteger(8, 8, inst);
    case Op::kFcvtSW:
    case Op::kFcvtSWu:
    case Op::kFcvtSL:
      return FromInteger(4, inst.op, inst);
    case Op::kFcvtDW:
    case Op::kFcvtDWu:
    case Op::kFcvtDL:
      return FromInteger(8, inst.op, inst);
    case Op::kFcvtDS:
      if (!IsMode(inst.rm)) return false;
      convert.op = ir::Op::kFWiden;
      convert.args[0] = F(inst.rs1, 4, f_slot);
      SetF(inst.rd, 8, Fallible(convert, f_slot));
      return true;
    case Op::kFcvtSD:
      if (inst.rm != kDynamic) return false;
      convert.op = ir::Op::kFNarrow;
      convert.bytes = 4;
      convert.args[0] = F(inst.rs1, 8, f_slot);
      SetF(inst.rd, 4, Fallible(convert, f_slot));
      return true;
    default:
      return false;
  }
}

bool Translator::Float(const Instruction& inst) {
  const bool done = FloatArithmetic(inst) || FloatMove(inst) || FloatConvert(inst);
  unit_.uses_float |= done;
  return done;
}

bool Translator::FloatMemory(const Instruction& inst, const interp::Slot& slot) {
  const Op base = isa::BaseOp(inst.op);
  ir::Inst access;
  access.imm = slot.imm;
  access.bytes = base == Op::kFlw || base == Op::kFsw ? 4 : 8;
  if (base == Op::kFlw || base == Op::kFld) {
    access.op = ir::Op::kLoadF;
    access.args[0] = X(inst.rs1);
    const uint8_t f_slot = static_cast<uint8_t>(kFirstF + inst.rd);
    b_.Set(f_slot, Fallible(access, f_slot));
  } else if (base == Op::kFsw || base == Op::kFsd) {
    access.op = ir::Op::kStoreF;
    access.args[0] = X(inst.rs1);
    access.args[1] = b_.Get(static_cast<uint8_t>(kFirstF + inst.rs2));
    Fallible(access, ir::kNoSlot);
  } else {
    return false;
  }
  unit_.uses_float = true;
  return true;
}

}  // namespace lockstep::jit

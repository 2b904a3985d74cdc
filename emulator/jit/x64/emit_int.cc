// Integer operations.

#include "emulator/jit/x64/emitter.h"

namespace lockstep::jit::x64 {

namespace x86 = asmjit::x86;
using asmjit::imm;
using asmjit::x86::CondCode;
using ir::Inst;
using ir::Ref;
namespace Id = x86::Inst;

namespace {

bool IsReg(const asmjit::Operand& operand, const x86::Gp& reg) {
  return operand.isReg() && operand.id() == reg.id();
}

}  // namespace

// Constants and slots are found where they are used.
void Emitter::EmitConst(const Inst&) {}

void Emitter::EmitGet(const Inst& inst) { values_[at_].homes |= uint64_t{1} << inst.slot; }

void Emitter::EmitSet(const Inst& inst) {
  const Ref v = inst.args[0];
  const uint64_t bit = uint64_t{1} << inst.slot;
  if (values_[v].homes & bit) return;
  LeaveSlot(inst.slot, v);
  const int pin = PinOf(inst.slot);
  if (pin >= 0) {
    LoadInto(x86::gpq(static_cast<uint32_t>(pin)), v);
  } else {
    const Operand value = Any(v);
    if (value.isMem()) {
      a_.mov(Slot(inst.slot, 8), InGp(v));
    } else {
      a_.emit(Id::kIdMov, Slot(inst.slot, 8), value);
    }
  }
  values_[v].homes |= bit;
}

void Emitter::Binary(const Inst& inst, InstId id, bool commutes, uint32_t bytes) {
  Ref a = inst.args[0], b = inst.args[1];
  if (commutes && IsConst(a)) std::swap(a, b);
  Operand left = Any(a, bytes), right = Any(b, bytes);
  const Gp wide = Define();
  const Gp d = Sized(wide, bytes);
  const bool is_extension = bytes == 4 && id != Id::kIdImul && right.isImm() &&
                            right.as<asmjit::Imm>().valueAs<int64_t>() == 0;
  if (is_extension && !left.isImm()) {
    a_.emit(Id::kIdMovsxd, wide, left);
    return;
  }
  if (IsReg(right, d) && !IsReg(left, d)) {
    if (commutes) {
      std::swap(left, right);
    } else {  // a - b, in b's place
      a_.neg(d);
      right = left;
      left = d;
      id = Id::kIdAdd;
    }
  }
  if (id == Id::kIdImul && right.isImm() && !left.isImm()) {
    a_.emit(id, d, left, right);
  } else if (id == Id::kIdAdd && !IsReg(left, d) && left.isReg() && !right.isMem()) {
    const Gp base = x86::gpq(left.id());
    if (right.isReg()) {
      a_.lea(d, x86::ptr(base, x86::gpq(right.id())));
    } else {
      a_.lea(d, x86::ptr(base, right.as<asmjit::Imm>().valueAs<int32_t>()));
    }
  } else {
    if (!IsReg(left, d)) a_.emit(Id::kIdMov, d, left);
    if (id == Id::kIdImul && right.isImm()) {
      a_.emit(id, d, d, right);
    } else {
      a_.emit(id, d, right);
    }
  }
  if (bytes == 4 && !inst.is_low) a_.movsxd(wide, d);
}

void Emitter::EmitAdd(const Inst& i) { Binary(i, Id::kIdAdd, true, 8); }
void Emitter::EmitSub(const Inst& i) { Binary(i, Id::kIdSub, false, 8); }
void Emitter::EmitAnd(const Inst& i) { Binary(i, Id::kIdAnd, true, 8); }
void Emitter::EmitOr(const Inst& i) { Binary(i, Id::kIdOr, true, 8); }
void Emitter::EmitXor(const Inst& i) { Binary(i, Id::kIdXor, true, 8); }
void Emitter::EmitAddW(const Inst& i) { Binary(i, Id::kIdAdd, true, 4); }
void Emitter::EmitSubW(const Inst& i) { Binary(i, Id::kIdSub, false, 4); }
void Emitter::EmitMul(const Inst& i) { Binary(i, Id::kIdImul, true, 8); }
void Emitter::EmitMulW(const Inst& i) { Binary(i, Id::kIdImul, true, 4); }

void Emitter::Shift(const Inst& inst, InstId by_constant, InstId by_register, uint32_t bytes) {
  const Ref a = inst.args[0], b = inst.args[1];
  if (IsConst(b)) {
    const Operand left = Any(a, bytes);
    const Gp wide = Define();
    const Gp d = Sized(wide, bytes);
    if (!IsReg(left, d)) a_.emit(Id::kIdMov, d, left);
    const uint64_t amount = ConstOf(b) & (bytes * 8 - 1);
    if (amount != 0) a_.emit(by_constant, d, imm(amount));
    // What was shifted down by some bits is not negative.
    const bool is_positive = inst.op == ir::Op::kShrW && amount != 0;
    if (bytes == 4 && !inst.is_low && !is_positive) a_.movsxd(wide, d);
    return;
  }
  const Gp amount = InGp(b);
  const Operand left = IsConst(a) ? Operand(Sized(InGp(a), bytes)) : Any(a, bytes);
  const Gp wide = Define();
  const Gp d = Sized(wide, bytes);
  a_.emit(by_register, d, left, Sized(amount, bytes));
  if (bytes == 4 && !inst.is_low) a_.movsxd(wide, d);
}

void Emitter::EmitShl(const Inst& i) { Shift(i, Id::kIdShl, Id::kIdShlx, 8); }
void Emitter::EmitShr(const Inst& i) { Shift(i, Id::kIdShr, Id::kIdShrx, 8); }
void Emitter::EmitSar(const Inst& i) { Shift(i, Id::kIdSar, Id::kIdSarx, 8); }
void Emitter::EmitShlW(const Inst& i) { Shift(i, Id::kIdShl, Id::kIdShlx, 4); }
void Emitter::EmitShrW(const Inst& i) { Shift(i, Id::kIdShr, Id::kIdShrx, 4); }
void Emitter::EmitSarW(const Inst& i) { Shift(i, Id::kIdSar, Id::kIdSarx, 4); }

// By a constant.
void Emitter::Rotate(const Inst& inst, uint32_t bytes) {
  const Ref a = inst.args[0];
  const Operand from = IsConst(a) ? Operand(Sized(InGp(a), bytes)) : Any(a, bytes);
  const Gp wide = Define();
  const Gp d = Sized(wide, bytes);
  a_.emit(Id::kIdRorx, d, from, imm(ConstOf(inst.args[1]) & (bytes * 8 - 1)));
  if (bytes == 4 && !inst.is_low) a_.movsxd(wide, d);
}

void Emitter::EmitRor(const Inst& i) { Rotate(i, 8); }
void Emitter::EmitRorW(const Inst& i) { Rotate(i, 4); }

void Emitter::EmitExtend(const Inst& inst) {
  const Ref a = inst.args[0];
  Operand from = IsConst(a) ? Operand(InGp(a)) : Any(a, inst.bytes);
  if (from.isReg()) {
    const Gp reg = x86::gpq(from.id());
    from = inst.bytes == 1 ? Operand(reg.r8()) : inst.bytes == 2 ? Operand(reg.r16()) : reg.r32();
  }
  const Gp d = Define();
  if (inst.bytes == 4) {
    a_.emit(inst.is_signed ? Id::kIdMovsxd : Id::kIdMov, inst.is_signed ? d : Gp(d.r32()), from);
  } else {
    a_.emit(inst.is_signed ? Id::kIdMovsx : Id::kIdMovzx, inst.is_signed ? d : Gp(d.r32()), from);
  }
  if (inst.imm != 0) a_.shl(d, imm(inst.imm));
}

// The first operand in a register or, with the second not in memory, there.
Emitter::CompareOperands Emitter::ToCompare(Ref a, Ref b) {
  CompareOperands operands{IsConst(a) ? Operand(InGp(a)) : Any(a), Any(b)};
  if (operands.left.isMem() && operands.right.isMem()) operands.left = InGp(a);
  return operands;
}

void Emitter::EmitCompare(const CompareOperands& operands) {
  const bool is_zero =
      operands.right.isImm() && operands.right.as<asmjit::Imm>().valueAs<int64_t>() == 0;
  if (is_zero && operands.left.isReg()) {
    a_.emit(Id::kIdTest, operands.left, operands.left);
  } else {
    a_.emit(Id::kIdCmp, operands.left, operands.right);
  }
}

void Emitter::Compare(const Inst& inst, CondCode cond) {
  const CompareOperands operands = ToCompare(inst.args[0], inst.args[1]);
  const Gp d = Define();
  const bool is_operand = IsReg(operands.left, d) || IsReg(operands.right, d);
  if (!is_operand) a_.xor_(d.r32(), d.r32());
  EmitCompare(operands);
  a_.set(cond, d.r8());
  if (is_operand) a_.movzx(d.r32(), d.r8());
}

void Emitter::EmitSlt(const Inst& i) { Compare(i, CondCode::kL); }
void Emitter::EmitSltu(const Inst& i) { Compare(i, CondCode::kB); }

void Emitter::MultiplyHigh(const Inst& inst, InstId id) {
  TakeFixedGps();
  LoadInto(x86::rax, inst.args[0]);
  LoadInto(x86::rcx, inst.args[1]);
  a_.emit(id, x86::rcx);
}

void Emitter::EmitMulHigh(const Inst& i) {
  MultiplyHigh(i, Id::kIdImul);
  DefineFrom(kRdx);
}

void Emitter::EmitMulHighU(const Inst& i) {
  MultiplyHigh(i, Id::kIdMul);
  DefineFrom(kRdx);
}

// The unsigned product less the second operand where the first is negative.
void Emitter::EmitMulHighSu(const Inst& i) {
  MultiplyHigh(i, Id::kIdMul);
  LoadInto(x86::rax, i.args[0]);
  a_.sar(x86::rax, 63);
  a_.and_(x86::rax, x86::rcx);
  a_.sub(x86::rdx, x86::rax);
  DefineFrom(kRdx);
}

void Emitter::Divide(const Inst& inst, bool is_signed, bool wants_remainder, uint32_t bytes) {
  TakeFixedGps();
  LoadInto(x86::rax, inst.args[0]);
  LoadInto(x86::rcx, inst.args[1]);
  const Gp a = Sized(x86::rax, bytes), b = Sized(x86::rcx, bytes), high = Sized(x86::rdx, bytes);
  const Label by_zero = a_.newLabel(), by_minus_one = a_.newLabel(), done = a_.newLabel();
  a_.test(b, b);
  a_.jz(by_zero);
  if (is_signed) {
    a_.cmp(b, -1);
    a_.je(by_minus_one);
    if (bytes == 4) {
      a_.cdq();
    } else {
      a_.cqo();
    }
    a_.idiv(b);
    a_.jmp(done);
    a_.bind(by_minus_one);
    if (wants_remainder) {
      a_.xor_(x86::edx, x86::edx);
    } else {
      a_.neg(a);
    }
  } else {
    a_.xor_(x86::edx, x86::edx);
    a_.div(b);
  }
  a_.jmp(done);
  a_.bind(by_zero);
  if (wants_remainder) {
    a_.mov(high, a);
  } else {
    a_.mov(x86::rax, -1);
  }
  a_.bind(done);
  const Gp result = wants_remainder ? x86::rdx : x86::rax;
  if (bytes == 4) a_.movsxd(result, result.r32());
  DefineFrom(static_cast<int>(result.id()));
}

void Emitter::EmitDiv(const Inst& i) { Divide(i, true, false, 8); }
void Emitter::EmitDivU(const Inst& i) { Divide(i, false, false, 8); }
void Emitter::EmitRem(const Inst& i) { Divide(i, true, true, 8); }
void Emitter::EmitRemU(const Inst& i) { Divide(i, false, true, 8); }
void Emitter::EmitDivW(const Inst& i) { Divide(i, true, false, 4); }
void Emitter::EmitDivUW(const Inst& i) { Divide(i, false, false, 4); }
void Emitter::EmitRemW(const Inst& i) { Divide(i, true, true, 4); }
void Emitter::EmitRemUW(const Inst& i) { Divide(i, false, true, 4); }

}  // namespace lockstep::jit::x64

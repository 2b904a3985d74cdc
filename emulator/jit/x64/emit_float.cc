// Floating point in SSE2's and FMA's VEX forms. MXCSR holds the guest's rounding mode and flags.

#include <cstddef>
#include <utility>

#include "emulator/jit/x64/emitter.h"

namespace lockstep::jit::x64 {

namespace x86 = asmjit::x86;
using asmjit::x86::CondCode;
using ir::Inst;
using ir::Ref;
namespace Id = x86::Inst;

x86::Mem Emitter::Mask(size_t offset) const {
  return State(layout_.masks + static_cast<int32_t>(offset), 16);
}

void Emitter::EmitGetF(const Inst& inst) { values_[at_].homes |= uint64_t{1} << inst.slot; }

// Written through: the register stays a copy.
void Emitter::EmitSetF(const Inst& inst) {
  const Ref v = inst.args[0];
  const uint64_t bit = uint64_t{1} << inst.slot;
  if ((values_[v].homes & bit) == 0) {
    LeaveSlot(inst.slot, v);
    const Xmm from = InXmm(v);
    a_.vmovsd(Slot(inst.slot, 8), from);
    const int pin = FloatPinOf(inst.slot);
    if (pin >= 0 && from.id() != static_cast<uint32_t>(pin)) {
      a_.vmovaps(x86::xmm(static_cast<uint32_t>(pin)), from);
    } else if (pin >= 0) {
      DropReg(v);  // from now on the register is the slot's
    }
    values_[v].homes |= bit;
  }
  // The narrow value is the low half of the boxed one.
  const Inst& made = unit_->insts[v];
  if (made.op == ir::Op::kBox) values_[made.args[0]].homes |= bit;
}

void Emitter::EmitBox(const Inst& inst) {
  const Xmm a = InXmm(inst.args[0]);
  a_.vorpd(DefineXmm(), a, Mask(offsetof(FloatMasks, box)));
}

// The low half of a boxed value is where the boxed one is.
void Emitter::EmitUnbox(const Inst& inst) {
  const Ref v = inst.args[0];
  Value& narrow = values_[at_];
  if (HasMemory(v)) {
    Mem high = InMemory(v, 4);
    high.addOffset(4);
    a_.cmp(high, -1);
    if (!HasFault(faults::Fault::kJitUnboxUnchecked)) a_.jne(SlowPath());
    narrow.homes = values_[v].homes;
    if (narrow.homes != 0 && values_[v].reg < 0) return;
  } else {
    const Gp bits = x86::gpq(static_cast<uint32_t>(TakeGp()));
    a_.vmovq(bits, InXmm(v));
    a_.shr(bits, 32);
    a_.cmp(bits.r32(), -1);
    if (!HasFault(faults::Fault::kJitUnboxUnchecked)) a_.jne(SlowPath());
  }
  const Xmm from = InXmm(v);
  a_.vmovaps(DefineXmm(), from);
}

void Emitter::RefuseNan(const Inst& inst, const Xmm& result) {
  if (HasFault(faults::Fault::kJitNanSign)) return;
  if (inst.bytes == 8) {
    a_.vucomisd(result, result);
  } else {
    a_.vucomiss(result, result);
  }
  a_.jp(SlowPath());
}

void Emitter::FloatBinary(const Inst& inst, InstId wide, InstId narrow) {
  const Xmm a = InXmm(inst.args[0]);
  const Operand b = AnyXmm(inst.args[1], inst.bytes);
  const Xmm d = DefineXmm();
  a_.emit(inst.bytes == 8 ? wide : narrow, d, a, b);
  RefuseNan(inst, d);
}

void Emitter::EmitFAdd(const Inst& i) { FloatBinary(i, Id::kIdVaddsd, Id::kIdVaddss); }
void Emitter::EmitFSub(const Inst& i) { FloatBinary(i, Id::kIdVsubsd, Id::kIdVsubss); }
void Emitter::EmitFMul(const Inst& i) { FloatBinary(i, Id::kIdVmulsd, Id::kIdVmulss); }
void Emitter::EmitFDiv(const Inst& i) { FloatBinary(i, Id::kIdVdivsd, Id::kIdVdivss); }

void Emitter::EmitFSqrt(const Inst& inst) {
  const Xmm a = InXmm(inst.args[0]);
  const Xmm d = DefineXmm();
  a_.emit(inst.bytes == 8 ? Id::kIdVsqrtsd : Id::kIdVsqrtss, d, a, a);
  RefuseNan(inst, d);
}

void Emitter::FloatFused(const Inst& inst, const FusedIds& ids) {
  Xmm a = InXmm(inst.args[0]);
  Xmm b = InXmm(inst.args[1]);
  const Operand c = AnyXmm(inst.args[2], inst.bytes);
  const bool is_wide = inst.bytes == 8;
  const Xmm d = DefineXmm();
  if (c.isReg() && c.id() == d.id()) {
    a_.emit(is_wide ? ids.wide_adding : ids.narrow_adding, d, a, b);
  } else {
    if (b.id() == d.id()) std::swap(a, b);
    if (a.id() != d.id()) a_.vmovaps(d, a);
    a_.emit(is_wide ? ids.wide : ids.narrow, d, b, c);
  }
  RefuseNan(inst, d);
}

void Emitter::EmitFMulAdd(const Inst& i) {
  FloatFused(i, {Id::kIdVfmadd213sd, Id::kIdVfmadd213ss, Id::kIdVfmadd231sd, Id::kIdVfmadd231ss});
}
void Emitter::EmitFMulSub(const Inst& i) {
  FloatFused(i, {Id::kIdVfmsub213sd, Id::kIdVfmsub213ss, Id::kIdVfmsub231sd, Id::kIdVfmsub231ss});
}
void Emitter::EmitFNegMulAdd(const Inst& i) {
  FloatFused(i,
             {Id::kIdVfnmsub213sd, Id::kIdVfnmsub213ss, Id::kIdVfnmsub231sd, Id::kIdVfnmsub231ss});
}
void Emitter::EmitFNegMulSub(const Inst& i) {
  FloatFused(i,
             {Id::kIdVfnmadd213sd, Id::kIdVfnmadd213ss, Id::kIdVfnmadd231sd, Id::kIdVfnmadd231ss});
}

// Equal operands may be zeros of two signs, and unordered ones set the same flag.
void Emitter::FloatExtreme(const Inst& inst, InstId wide, InstId narrow) {
  const Xmm a = InXmm(inst.args[0]);
  const Xmm b = InXmm(inst.args[1]);
  if (inst.bytes == 8) {
    a_.vucomisd(a, b);
  } else {
    a_.vucomiss(a, b);
  }
  if (!HasFault(faults::Fault::kJitFminZero)) a_.jz(SlowPath());
  a_.emit(inst.bytes == 8 ? wide : narrow, DefineXmm(), a, b);
}

void Emitter::EmitFMin(const Inst& i) { FloatExtreme(i, Id::kIdVminsd, Id::kIdVminss); }
void Emitter::EmitFMax(const Inst& i) { FloatExtreme(i, Id::kIdVmaxsd, Id::kIdVmaxss); }

// Only the low half of a narrow result counts, so the masks may be applied to 16 bytes.
void Emitter::FloatSign(const Inst& inst, InstId combine, InstId take) {
  const bool is_wide = inst.bytes == 8;
  const Mem sign = Mask(is_wide ? offsetof(FloatMasks, sign64) : offsetof(FloatMasks, sign32));
  const Mem rest = Mask(is_wide ? offsetof(FloatMasks, rest64) : offsetof(FloatMasks, rest32));
  const Xmm a = InXmm(inst.args[0]);
  const Xmm b = InXmm(inst.args[1]);
  const Xmm from_b = x86::xmm(static_cast<uint32_t>(TakeXmm()));
  const Xmm d = DefineXmm();
  a_.emit(take, from_b, b, sign);
  if (combine == Id::kIdVorpd) {
    a_.vandpd(d, a, rest);
    a_.vorpd(d, d, from_b);
  } else {
    a_.emit(combine, d, a, from_b);
  }
}

void Emitter::EmitFSgnj(const Inst& inst) {
  if (inst.args[0] != inst.args[1]) {
    FloatSign(inst, Id::kIdVorpd, Id::kIdVandpd);
    return;
  }
  const Xmm a = InXmm(inst.args[0]);
  a_.vmovaps(DefineXmm(), a);
}
// vandnpd inverts its first operand.
void Emitter::EmitFSgnjn(const Inst& i) { FloatSign(i, Id::kIdVorpd, Id::kIdVandnpd); }
void Emitter::EmitFSgnjx(const Inst& i) { FloatSign(i, Id::kIdVxorpd, Id::kIdVandpd); }

// Less-than compares the other way round, so that unordered operands give false.
void Emitter::FloatCompare(const Inst& inst, bool is_signalling, bool swaps, CondCode cond) {
  const Xmm a = InXmm(inst.args[swaps ? 1 : 0]);
  const Operand b = AnyXmm(inst.args[swaps ? 0 : 1], inst.bytes);
  const Gp d = Define();
  const InstId id = inst.bytes == 8 ? (is_signalling ? Id::kIdVcomisd : Id::kIdVucomisd)
                                    : (is_signalling ? Id::kIdVcomiss : Id::kIdVucomiss);
  a_.xor_(d.r32(), d.r32());
  a_.emit(id, a, b);
  a_.set(cond, d.r8());
}

void Emitter::EmitFEq(const Inst& inst) {
  FloatCompare(inst, false, false, CondCode::kE);
  // Unordered operands look equal.
  const Value& result = values_[at_];
  const int reg = result.reg >= 0 ? result.reg : PinnedHome(result);
  const Gp ordered = x86::gpq(static_cast<uint32_t>(TakeGp()));
  a_.setnp(ordered.r8());
  a_.and_(x86::gpq(static_cast<uint32_t>(reg)).r8(), ordered.r8());
}
void Emitter::EmitFLt(const Inst& i) { FloatCompare(i, true, true, CondCode::kA); }
void Emitter::EmitFLe(const Inst& i) { FloatCompare(i, true, true, CondCode::kAE); }

// x86 gives the smallest number for what does not fit.
void Emitter::EmitFToInt(const Inst& inst) {
  const Operand a = AnyXmm(inst.args[0], inst.bytes);
  const Gp result = x86::gpq(static_cast<uint32_t>(TakeGp()));
  const Gp sized = Sized(result, inst.int_bytes);
  InstId id;
  if (inst.bytes == 8) {
    id = inst.is_truncating ? Id::kIdVcvttsd2si : Id::kIdVcvtsd2si;
  } else {
    id = inst.is_truncating ? Id::kIdVcvttss2si : Id::kIdVcvtss2si;
  }
  a_.emit(id, sized, a);
  a_.cmp(sized, 1);
  if (!HasFault(faults::Fault::kJitFcvtRange)) a_.jo(SlowPath());
  if (inst.int_bytes == 4) a_.movsxd(result, sized);
  DefineFrom(static_cast<int>(result.id()));
}

void Emitter::EmitFFromInt(const Inst& inst) {
  const Operand a = IsConst(inst.args[0]) ? Operand(InGp(inst.args[0])) : Any(inst.args[0]);
  const Xmm d = DefineXmm();
  a_.vxorps(d, d, d);
  a_.emit(inst.bytes == 8 ? Id::kIdVcvtsi2sd : Id::kIdVcvtsi2ss, d, d, a);
}

void Emitter::EmitFWiden(const Inst& inst) {
  const Xmm a = InXmm(inst.args[0]);
  const Xmm d = DefineXmm();
  a_.vcvtss2sd(d, a, a);
  RefuseNan(inst, d);
}

void Emitter::EmitFNarrow(const Inst& inst) {
  const Xmm a = InXmm(inst.args[0]);
  const Xmm d = DefineXmm();
  a_.vcvtsd2ss(d, a, a);
  RefuseNan(inst, d);
}

void Emitter::EmitFBits(const Inst& inst) {
  const Ref v = inst.args[0];
  if (values_[v].reg < 0) {
    const Mem bits = InMemory(v, inst.bytes);
    const Gp d = Define();
    if (inst.bytes == 8) {
      a_.mov(d, bits);
    } else {
      a_.movsxd(d, bits);
    }
    return;
  }
  const Xmm from = InXmm(v);
  const Gp d = Define();
  if (inst.bytes == 8) {
    a_.vmovq(d, from);
  } else {
    a_.vmovd(d.r32(), from);
    a_.movsxd(d, d.r32());
  }
}

void Emitter::EmitFFromBits(const Inst& inst) {
  const Gp bits = InGp(inst.args[0]);
  a_.vmovq(DefineXmm(), bits);
}

}  // namespace lockstep::jit::x64

// Where values are: the cache of registers over homes, stack and constants.

#include <bit>
#include <limits>

#include "emulator/base/check.h"
#include "emulator/jit/x64/emitter.h"

namespace lockstep::jit::x64 {

namespace x86 = asmjit::x86;
using ir::Op;
using ir::Ref;

void Emitter::FindUses() {
  values_.assign(unit_->insts.size(), Value{});
  gps_.fill(Cached{});
  xmms_.fill(Cached{});
  spills_used_ = 0;
  for (size_t i = 0; i < unit_->insts.size(); ++i) {
    for (const Ref arg : unit_->insts[i].args) {
      if (arg != ir::kNoRef) values_[arg].last_use = static_cast<int>(i);
    }
  }
}

int Emitter::PinnedHome(const Value& value) const {
  for (uint64_t left = value.homes & 0xffffffff; left != 0; left &= left - 1) {
    const int pin = PinOf(std::countr_zero(left));
    if (pin >= 0) return pin;
  }
  return -1;
}

int Emitter::PinnedXmm(const Value& value) const {
  for (uint64_t left = value.homes >> 32; left != 0; left &= left - 1) {
    const int pin = FloatPinOf(32 + std::countr_zero(left));
    if (pin >= 0) return pin;
  }
  return -1;
}

x86::Mem Emitter::State(int32_t offset, uint32_t bytes) const {
  return x86::Mem(x86::gpq(kStateReg), offset - kStateBias, bytes);
}

x86::Mem Emitter::Slot(int slot, uint32_t bytes) const {
  const int32_t offset =
      slot < 32 ? layout_.slots_int + 8 * slot : layout_.slots_float + 8 * (slot - 32);
  return State(offset, bytes);
}

x86::Mem Emitter::Stack(int place, uint32_t bytes) const {
  return x86::Mem(x86::rsp, 8 * place, bytes);
}

bool Emitter::HasMemory(Ref v) const {
  const Value& value = values_[v];
  if (value.spill >= 0) return true;
  for (uint64_t left = value.homes; left != 0; left &= left - 1) {
    if (PinOf(std::countr_zero(left)) < 0) return true;
  }
  return false;
}

x86::Mem Emitter::InMemory(Ref v, uint32_t bytes) const {
  const Value& value = values_[v];
  for (uint64_t left = value.homes; left != 0; left &= left - 1) {
    const int slot = std::countr_zero(left);
    if (PinOf(slot) < 0) return Slot(slot, bytes);
  }
  LOCKSTEP_CHECK(value.spill >= 0 || is_too_complex_) << "v" << v << " is nowhere";
  return Stack(value.spill, bytes);
}

// Gives a value a place on the stack.
void Emitter::Spill(Ref v) {
  Value& value = values_[v];
  if (value.spill >= 0) return;
  const int place = std::countr_one(spills_used_);
  if (place >= kKeepPlace) {
    is_too_complex_ = true;  // the code will not be used
    return;
  }
  spills_used_ |= uint64_t{1} << place;
  if (IsFloat(v)) {
    a_.vmovsd(Stack(place, 8), InXmm(v));
  } else {
    a_.mov(Stack(place, 8), InGp(v));
  }
  value.spill = static_cast<int8_t>(place);
}

void Emitter::ReleaseSpill(Ref v) {
  Value& value = values_[v];
  if (value.spill >= 0) spills_used_ &= ~(uint64_t{1} << value.spill);
  value.spill = -1;
}

void Emitter::DropReg(Ref v) {
  Value& value = values_[v];
  if (value.reg < 0) return;
  Cached& cached = IsFloat(v) ? xmms_[value.reg] : gps_[value.reg];
  cached.value = -1;
  value.reg = -1;
}

void Emitter::EvictGp(int reg) {
  const int v = gps_[reg].value;
  if (v < 0) return;
  const Ref ref = static_cast<Ref>(v);
  const bool is_needed = values_[v].last_use >= at_;
  if (is_needed && !IsConst(ref) && values_[v].homes == 0) Spill(ref);
  DropReg(ref);
}

void Emitter::EvictXmm(int reg) {
  const int v = xmms_[reg].value;
  if (v < 0) return;
  const Ref ref = static_cast<Ref>(v);
  if (values_[v].last_use >= at_ && values_[v].homes == 0) Spill(ref);
  DropReg(ref);
}

// The instruction that reads the value next; far away if none does.
int Emitter::NextUse(Ref v) const {
  for (int i = at_; i <= values_[v].last_use; ++i) {
    for (const Ref arg : unit_->insts[static_cast<size_t>(i)].args) {
      if (arg == v) return i;
    }
  }
  return std::numeric_limits<int>::max();
}

// A free one, or that whose value is needed last.
int Emitter::TakeGp() {
  int chosen = -1, needed = -1;
  for (int reg = 0; reg < kHostRegs; ++reg) {
    if (!IsTemp(reg) || gps_[reg].locked) continue;
    const int v = gps_[reg].value;
    if (v < 0) {
      chosen = reg;
      break;
    }
    const int next = NextUse(static_cast<Ref>(v));
    if (next <= needed) continue;
    chosen = reg;
    needed = next;
  }
  LOCKSTEP_CHECK(chosen >= 0) << "no temporary left";
  EvictGp(chosen);
  gps_[chosen].locked = true;
  gps_[chosen].since = guest_;
  return chosen;
}

void Emitter::TakeFixedGps() {
  for (int reg = 0; reg < kFixedTemps; ++reg) {
    EvictGp(reg);
    gps_[reg].locked = true;
    gps_[reg].since = guest_;
  }
}

// The register whose value was loaded first goes.
int Emitter::TakeXmm() {
  int chosen = -1;
  for (int reg = 0; reg < 16; ++reg) {
    if (xmms_[reg].locked || (float_pin_mask_ >> reg & 1) != 0) continue;
    if (xmms_[reg].value < 0) {
      chosen = reg;
      break;
    }
    if (chosen < 0 || xmms_[reg].since < xmms_[chosen].since) chosen = reg;
  }
  LOCKSTEP_CHECK(chosen >= 0) << "no vector register left";
  EvictXmm(chosen);
  xmms_[chosen].locked = true;
  xmms_[chosen].since = guest_;
  return chosen;
}

void Emitter::Bind(Ref v, int reg) {
  values_[v].reg = static_cast<int8_t>(reg);
  (IsFloat(v) ? xmms_[reg] : gps_[reg]).value = v;
}

void Emitter::UnlockAll() {
  for (Cached& cached : gps_) cached.locked = false;
  for (Cached& cached : xmms_) cached.locked = false;
}

void Emitter::LoadInto(const x86::Gp& reg, Ref v) {
  if (IsConst(v)) {
    const uint64_t value = ConstOf(v);
    if (value <= 0xffffffff) {
      a_.mov(reg.r32(), static_cast<uint32_t>(value));
    } else {
      a_.mov(reg, value);
    }
    return;
  }
  const int from = values_[v].reg >= 0 ? values_[v].reg : PinnedHome(values_[v]);
  if (from >= 0) {
    if (from != static_cast<int>(reg.id())) a_.mov(reg, x86::gpq(static_cast<uint32_t>(from)));
  } else {
    a_.mov(reg, InMemory(v, 8));
  }
}

x86::Gp Emitter::InGp(Ref v) {
  if (values_[v].reg >= 0) {
    gps_[values_[v].reg].locked = true;
    return x86::gpq(static_cast<uint32_t>(values_[v].reg));
  }
  const int pin = PinnedHome(values_[v]);
  if (pin >= 0) return x86::gpq(static_cast<uint32_t>(pin));
  const int reg = TakeGp();
  LoadInto(x86::gpq(static_cast<uint32_t>(reg)), v);
  Bind(v, reg);
  return x86::gpq(static_cast<uint32_t>(reg));
}

x86::Xmm Emitter::InXmm(Ref v) {
  if (values_[v].reg < 0) {
    const int pin = PinnedXmm(values_[v]);
    if (pin >= 0) return x86::xmm(static_cast<uint32_t>(pin));
    const int reg = TakeXmm();
    a_.vmovsd(x86::xmm(static_cast<uint32_t>(reg)), InMemory(v, 8));
    Bind(v, reg);
  }
  xmms_[values_[v].reg].locked = true;
  return x86::xmm(static_cast<uint32_t>(values_[v].reg));
}

asmjit::Operand Emitter::Any(Ref v, uint32_t bytes) {
  if (IsConst(v)) {
    const int64_t value = static_cast<int64_t>(ConstOf(v));
    if (bytes <= 4) return asmjit::imm(static_cast<int32_t>(value));
    if (value == static_cast<int32_t>(value)) return asmjit::imm(value);
    return InGp(v);
  }
  const bool is_in_register = values_[v].reg >= 0 || PinnedHome(values_[v]) >= 0;
  if (is_in_register) return Sized(InGp(v), bytes);
  return InMemory(v, bytes);
}

asmjit::Operand Emitter::AnyXmm(Ref v, uint32_t bytes) {
  if (values_[v].reg < 0 && PinnedXmm(values_[v]) < 0) return InMemory(v, bytes);
  return InXmm(v);
}

// The pinned register of the Set right behind, which the result becomes the value of; or -1.
int Emitter::PinnedTarget() {
  const Ref v = static_cast<Ref>(at_);
  const size_t next = static_cast<size_t>(at_) + 1;
  if (next == unit_->insts.size()) return -1;
  const Inst& set = unit_->insts[next];
  // What comes back from out of line has its result in its own slot, not in a later instruction's.
  if (has_slow_ && set.guest != guest_) return -1;
  const int pin = set.op == Op::kSet && set.args[0] == v ? PinOf(set.slot) : -1;
  if (pin < 0) return -1;
  LeaveSlot(set.slot, at_);
  values_[v].homes |= uint64_t{1} << set.slot;
  return pin;
}

x86::Gp Emitter::Define() {
  const int pin = PinnedTarget();
  if (pin >= 0) return x86::gpq(static_cast<uint32_t>(pin));
  const int reg = TakeGp();
  Bind(static_cast<Ref>(at_), reg);
  return x86::gpq(static_cast<uint32_t>(reg));
}

// The result is in temporary `reg`, which is locked.
void Emitter::DefineFrom(int reg) {
  const int pin = PinnedTarget();
  if (pin >= 0) {
    a_.mov(x86::gpq(static_cast<uint32_t>(pin)), x86::gpq(static_cast<uint32_t>(reg)));
  } else {
    Bind(static_cast<Ref>(at_), reg);
  }
}

// As PinnedTarget(). The SetF behind makes the value that of the slot.
int Emitter::PinnedXmmTarget() {
  const size_t next = static_cast<size_t>(at_) + 1;
  if (next == unit_->insts.size()) return -1;
  const Inst& set = unit_->insts[next];
  if (has_slow_ && set.guest != guest_) return -1;
  const bool is_target = set.op == Op::kSetF && set.args[0] == static_cast<Ref>(at_);
  const int pin = is_target ? FloatPinOf(set.slot) : -1;
  if (pin >= 0) LeaveSlot(set.slot, at_);
  return pin;
}

x86::Xmm Emitter::DefineXmm() {
  const int pin = PinnedXmmTarget();
  if (pin >= 0) {
    Bind(static_cast<Ref>(at_), pin);
    return x86::xmm(static_cast<uint32_t>(pin));
  }
  const int reg = TakeXmm();
  Bind(static_cast<Ref>(at_), reg);
  return x86::xmm(static_cast<uint32_t>(reg));
}

void Emitter::LeaveSlot(int slot, int keep) {
  const uint64_t bit = uint64_t{1} << slot;
  for (int v = 0; v < static_cast<int>(values_.size()) && v <= at_; ++v) {
    Value& value = values_[v];
    if ((value.homes & bit) == 0 || v == keep) continue;
    const bool is_only_there = value.homes == bit && value.reg < 0;
    if (is_only_there && LivesOn(static_cast<Ref>(v)) && !IsConst(static_cast<Ref>(v))) {
      Spill(static_cast<Ref>(v));
    }
    value.homes &= ~bit;
  }
}

void Emitter::EndInstruction(const Inst& inst) {
  const auto release = [this](Ref v) {
    if (LivesOn(v)) return;
    DropReg(v);
    ReleaseSpill(v);
  };
  for (const Ref arg : inst.args) {
    if (arg != ir::kNoRef) release(arg);
  }
  if (ir::ResultOf(inst.op) != ir::Type::kNone) release(static_cast<Ref>(at_));
  UnlockAll();
}

}  // namespace lockstep::jit::x64

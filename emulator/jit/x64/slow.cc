// Fallible guest instructions: what must be true when one goes out of line, and when it comes back.
//
// Before its first part, every value that lives on and is in a temporary only, or in the slot that
// the instruction writes, gets a place on the stack; so nothing that is done between the parts
// matters to the slow path. (Temporaries need not before a load or store of integers.) It comes
// back behind the last part, with the result in its slot.

#include <algorithm>

#include "emulator/base/check.h"
#include "emulator/jit/x64/emitter.h"

namespace lockstep::jit::x64 {

namespace x86 = asmjit::x86;
using ir::Op;
using ir::Ref;

void Emitter::BeginGuest() {
  guest_first_ = at_;
  guest_ = unit_->insts[static_cast<size_t>(at_)].guest;
  has_slow_ = false;
  slow_ = Slow{};
  int n_fallible = 0;
  Op fallible = Op::kConst;
  size_t i = static_cast<size_t>(at_);
  for (; i < unit_->insts.size() && unit_->insts[i].guest == guest_; ++i) {
    const Inst& inst = unit_->insts[i];
    // A jump to what follows belongs to no guest instruction: one that was carried out out of line
    // comes back in front of it.
    if (ir::TraitOf(inst.op) == ir::Trait::kEnd) break;
    if (ir::TraitOf(inst.op) != ir::Trait::kFallible || inst.op == Op::kInterpret) continue;
    has_slow_ = true;
    slow_.slot = inst.slot;
    fallible = inst.op;
    ++n_fallible;
  }
  guest_last_ = static_cast<int>(i) - 1;
  if (!has_slow_) return;
  slow_.part = number_;
  slow_.guest = guest_;
  slow_.entry = a_.newLabel();
  slow_.back = a_.newLabel();
  const uint64_t bit = slow_.slot == ir::kNoSlot ? 0 : uint64_t{1} << slow_.slot;
  // An integer access takes all its registers before it may go out of line: what is in a register
  // then stays there, or has been put elsewhere.
  const bool keeps_registers = n_fallible == 1 && (fallible == Op::kLoad || fallible == Op::kStore);
  for (int v = 0; v < at_; ++v) {
    const Value& value = values_[v];
    if (value.last_use <= guest_last_ || IsConst(static_cast<Ref>(v))) continue;
    if (keeps_registers && value.homes == 0) continue;
    if ((value.homes & ~bit) == 0 && (value.reg >= 0 || value.homes != 0)) {
      Spill(static_cast<Ref>(v));
      UnlockAll();
    }
  }
}

asmjit::Label Emitter::SlowPath() const { return slow_.entry; }

// What the registers hold behind the guest instruction, and how the slow path comes to it.
void Emitter::SortCached(bool is_float, Slow* slow) {
  const int count = is_float ? 16 : kHostRegs;
  for (int reg = 0; reg < count; ++reg) {
    const Cached& cached = is_float ? xmms_[reg] : gps_[reg];
    if (cached.value < 0) continue;
    const Ref v = static_cast<Ref>(cached.value);
    const Op op = unit_->insts[v].op;
    const bool is_new = cached.value >= guest_first_;
    const bool is_read = op == Op::kConst || op == Op::kGet || op == Op::kGetF || op == Op::kUnbox;
    if (is_new && !is_read) {
      LOCKSTEP_CHECK(slow->slot != ir::kNoSlot) << "result without a slot";
      (is_float ? slow->result_xmm : slow->result_gp).push_back(reg);
    } else if (is_new || cached.since == guest_) {
      LOCKSTEP_CHECK(is_too_complex_ || IsConst(v) || values_[v].homes != 0 ||
                     values_[v].spill >= 0);
      DropReg(v);
    } else {
      (is_float ? slow->keep_xmm : slow->keep_gp).push_back(reg);
    }
  }
}

void Emitter::EndGuest() {
  if (!has_slow_) return;
  SortCached(/*is_float=*/false, &slow_);
  SortCached(/*is_float=*/true, &slow_);
  const uint64_t bit = slow_.slot == ir::kNoSlot ? 0 : uint64_t{1} << slow_.slot;
  for (int v = 0; v <= guest_last_; ++v) {
    Value& value = values_[v];
    if (v < guest_first_) {
      value.homes &= ~bit;
    } else if (value.last_use > guest_last_ && value.spill >= 0) {
      slow_.result_spill.push_back(value.spill);
    }
  }
  a_.bind(slow_.back);
  slows_.push_back(slow_);
}

// Planted fault slow-result: a word that was loaded out of line.
bool Emitter::LosesResult(const Slow& slow) const {
  if (!HasFault(faults::Fault::kJitSlowResult)) return false;
  return std::ranges::any_of(unit_->insts, [&slow](const Inst& inst) {
    return inst.guest == slow.guest && inst.op == Op::kLoad && inst.bytes == 4;
  });
}

void Emitter::EmitSlow(const Slow& slow) {
  a_.bind(slow.entry);
  for (const int reg : slow.keep_gp) {
    a_.mov(Stack(kKeepPlace + reg, 8), x86::gpq(static_cast<uint32_t>(reg)));
  }
  for (const int reg : slow.keep_xmm) {
    a_.vmovsd(Stack(kKeepPlace + kHostRegs + reg, 8), x86::xmm(static_cast<uint32_t>(reg)));
  }
  CallInterpreter(unit_->sites[static_cast<size_t>(slow.guest)]);
  for (const int place : slow.result_spill) {
    // rax is free: nothing is loaded yet.
    if (PinOf(slow.slot) >= 0) {
      a_.mov(Stack(place, 8), x86::gpq(static_cast<uint32_t>(PinOf(slow.slot))));
    } else {
      a_.mov(x86::rax, Slot(slow.slot, 8));
      a_.mov(Stack(place, 8), x86::rax);
    }
  }
  for (const int reg : slow.keep_gp) {
    a_.mov(x86::gpq(static_cast<uint32_t>(reg)), Stack(kKeepPlace + reg, 8));
  }
  for (const int reg : slow.keep_xmm) {
    a_.vmovsd(x86::xmm(static_cast<uint32_t>(reg)), Stack(kKeepPlace + kHostRegs + reg, 8));
  }
  for (const int reg : slow.result_gp) {
    const int pin = PinOf(slow.slot);
    const x86::Gp to = x86::gpq(static_cast<uint32_t>(reg));
    if (LosesResult(slow)) {
      a_.xor_(to.r32(), to.r32());
    } else if (pin >= 0) {
      a_.mov(to, x86::gpq(static_cast<uint32_t>(pin)));
    } else {
      a_.mov(to, Slot(slow.slot, 8));
    }
  }
  for (const int reg : slow.result_xmm) {
    a_.vmovsd(x86::xmm(static_cast<uint32_t>(reg)), Slot(slow.slot, 8));
  }
  a_.jmp(slow.back);
}

void Emitter::EmitInterpret(const Inst& inst) {
  for (int v = 0; v < at_; ++v) {
    const Ref ref = static_cast<Ref>(v);
    LOCKSTEP_CHECK(IsConst(ref) || !LivesOn(ref)) << "v" << v << " lives over an Interpret";
    DropReg(ref);
    values_[v].homes = 0;
  }
  if (inst.imm == 0) {
    CallInterpreter(unit_->sites[inst.guest]);
    return;
  }
  ToStandard();
  a_.mov(x86::rax, unit_->sites[inst.guest]);
  a_.mov(x86::rcx, inst.imm2);
  a_.jmp(asmjit::imm(reinterpret_cast<uint64_t>(thunks_.special[inst.imm])));
}

}  // namespace lockstep::jit::x64

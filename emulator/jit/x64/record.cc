// Lockstep mode: the record of a block in the ring, and the digest of the integer registers.

#include <bit>
#include <cstddef>

#include "emulator/cpu/value_keys.h"
#include "emulator/jit/x64/emitter.h"
#include "plugins/sdk/lockstep_producer.h"

namespace lockstep::jit::x64 {

namespace x86 = asmjit::x86;

namespace {

x86::Mem OfWriter(size_t offset) { return x86::qword_ptr(x86::rdx, static_cast<int32_t>(offset)); }

constexpr size_t kMemGroup =
    offsetof(struct lockstep_writer, groups) + sizeof(uint64_t) * LOCKSTEP_MEM;

}  // namespace

// As lockstep_enter() does it. Without room the run loop has to look: the block is not entered.
// Between blocks all temporaries are free.
void Emitter::EmitRecord() {
  if (options_.sums) {
    EmitSum();
    return;
  }
  if (options_.is_run) {
    EmitRunBlock();
    return;
  }
  a_.mov(x86::rdx, State(layout_.writer, 8));
  a_.mov(x86::rax, OfWriter(offsetof(struct lockstep_writer, head)));
  if (options_.records_mem) {
    // Room for both records, or neither.
    a_.lea(x86::rcx, x86::ptr(x86::rax, 1));
    a_.cmp(x86::rcx, OfWriter(offsetof(struct lockstep_writer, limit)));
    a_.jae(labels_->budget_stub);
    labels_->group_stub = a_.newLabel();
    labels_->group_done = a_.newLabel();
    a_.mov(x86::rcx, State(layout_.mem_digest, 8));
    a_.cmp(x86::rcx, OfWriter(kMemGroup));
    a_.jne(labels_->group_stub);
    a_.bind(labels_->group_done);
  } else {
    a_.cmp(x86::rax, OfWriter(offsetof(struct lockstep_writer, limit)));
    a_.jae(labels_->budget_stub);
  }
  a_.mov(x86::rcx, OfWriter(offsetof(struct lockstep_writer, mask)));
  a_.and_(x86::rcx, x86::rax);
  a_.shl(x86::rcx, 4);
  static_assert(sizeof(struct lockstep_slot) == 16);
  a_.add(x86::rcx, OfWriter(offsetof(struct lockstep_writer, ring)));
  a_.mov(x86::dword_ptr(x86::rcx, offsetof(struct lockstep_slot, word0)),
         static_cast<int32_t>(part_->block_id));
  // The low half of bound - (budget + n).
  a_.mov(x86::eax, State(layout_.bound, 4));
  a_.sub(x86::eax, x86::r15d);
  a_.sub(x86::eax, static_cast<int32_t>(unit_->n_guest));
  a_.mov(x86::dword_ptr(x86::rcx, offsetof(struct lockstep_slot, word1)), x86::eax);
  a_.mov(x86::rax, State(layout_.gpr_digest, 8));
  a_.mov(x86::qword_ptr(x86::rcx, offsetof(struct lockstep_slot, value)), x86::rax);
  a_.mov(x86::rax, OfWriter(offsetof(struct lockstep_writer, head)));
  a_.inc(x86::rax);
  a_.mov(OfWriter(offsetof(struct lockstep_writer, head)), x86::rax);
  a_.mov(x86::rdx, OfWriter(offsetof(struct lockstep_writer, written)));
  a_.mov(x86::qword_ptr(x86::rdx), x86::rax);
}

// The budget sees to it that there is room. Where the ids go is in shared memory, so that they are
// found after a crash.
void Emitter::EmitRunBlock() {
  a_.mov(x86::rdx, State(layout_.run_at, 8));
  a_.mov(x86::rax, x86::qword_ptr(x86::rdx));
  a_.mov(x86::dword_ptr(x86::rax), static_cast<int32_t>(part_->block_id));
  a_.add(x86::rax, sizeof(uint32_t));
  a_.mov(x86::qword_ptr(x86::rdx), x86::rax);
}

// H = H * G^n + h.
void Emitter::EmitSum() {
  labels_->flow_keys = a_.newLabel();
  a_.imul(x86::gpq(kSumReg), x86::qword_ptr(labels_->flow_keys));
  a_.add(x86::gpq(kSumReg), x86::qword_ptr(labels_->flow_keys, 8));
}

void Emitter::EmitFlowKeys() {
  a_.align(asmjit::AlignMode::kData, 8);
  a_.bind(labels_->flow_keys);
  a_.embedUInt64(part_->flow_power);
  a_.embedUInt64(part_->flow);
  a_.embedUInt64(cpu::kLastValue);
}

void Emitter::KeyedValue(const Gp& to, int slot) {
  const int32_t key = cpu::kValueKeys[static_cast<size_t>(slot)];
  if (slot < 32 && PinOf(slot) >= 0) {
    a_.lea(to, x86::ptr(x86::gpq(static_cast<uint32_t>(PinOf(slot))), key));
  } else {
    a_.mov(to, Slot(slot, 8));
    a_.add(to, key);
  }
}

// All values of the guest are in their slots.
void Emitter::AddValues() {
  if (part_->values == 0) return;
  TakeFixedGps();
  UnlockAll();
  for (uint64_t left = part_->values; left != 0;) {
    KeyedValue(x86::rdx, std::countr_zero(left));
    left &= left - 1;
    if (left != 0) {
      KeyedValue(x86::rax, std::countr_zero(left));
      a_.mulx(x86::rcx, x86::rax, x86::rax);
    } else {
      a_.mulx(x86::rcx, x86::rax, x86::qword_ptr(labels_->flow_keys, 16));
    }
    left &= left - 1;
    a_.xor_(x86::rax, x86::rcx);
    a_.add(x86::gpq(kSumReg), x86::rax);
  }
}

// The writer is in rdx, its head in rax, the digest in rcx.
void Emitter::EmitGroupRecord() {
  a_.bind(labels_->group_stub);
  a_.mov(OfWriter(kMemGroup), x86::rcx);
  a_.mov(x86::rcx, OfWriter(offsetof(struct lockstep_writer, mask)));
  a_.and_(x86::rcx, x86::rax);
  a_.shl(x86::rcx, 4);
  a_.add(x86::rcx, OfWriter(offsetof(struct lockstep_writer, ring)));
  a_.inc(x86::rax);
  a_.mov(OfWriter(offsetof(struct lockstep_writer, head)), x86::rax);
  a_.mov(x86::dword_ptr(x86::rcx, offsetof(struct lockstep_slot, word0)),
         static_cast<int32_t>(LOCKSTEP_CONTROL_BIT | LOCKSTEP_REC_GROUP << 16 | LOCKSTEP_MEM));
  a_.mov(x86::dword_ptr(x86::rcx, offsetof(struct lockstep_slot, word1)), 0);
  a_.vmovq(x86::xmm15, OfWriter(kMemGroup));
  a_.vmovq(x86::qword_ptr(x86::rcx, offsetof(struct lockstep_slot, value)), x86::xmm15);
  a_.jmp(labels_->group_done);
}

// gpr += mum(x ^ A, B) - the term before, for each register that the block writes. All values of
// the guest are in their slots.
void Emitter::SettleDigests() {
  if (options_.sums) {
    AddValues();
    return;
  }
  if (part_->settle_site != 0) SettleOutOfLine();
  if (part_->settled_gprs == 0) return;
  TakeFixedGps();
  UnlockAll();
  for (const int reg : {14, 15}) EvictXmm(reg);
  const x86::Xmm sum = x86::xmm15, change = x86::xmm14;
  a_.vmovq(sum, State(layout_.gpr_digest, 8));
  for (uint32_t left = part_->settled_gprs; left != 0; left &= left - 1) {
    const int number = std::countr_zero(left);
    const int32_t keys = layout_.gpr_keys + 16 * number;
    const x86::Mem term = State(layout_.gpr_terms + 8 * number, 8);
    a_.mov(x86::rdx, State(keys, 8));
    if (PinOf(number) >= 0) {
      a_.xor_(x86::rdx, x86::gpq(static_cast<uint32_t>(PinOf(number))));
    } else {
      a_.xor_(x86::rdx, Slot(number, 8));
    }
    a_.mulx(x86::rcx, x86::rax, State(keys + 8, 8));
    a_.xor_(x86::rax, x86::rcx);
    a_.mov(x86::rcx, x86::rax);
    a_.sub(x86::rax, term);
    a_.mov(term, x86::rcx);
    a_.vmovq(change, x86::rax);
    a_.vpaddq(sum, sum, change);
  }
  a_.vmovq(State(layout_.gpr_digest, 8), sum);
}

// What the end of the block needs is put where a call leaves it.
void Emitter::SettleOutOfLine() {
  for (int reg = 0; reg < kHostRegs; ++reg) {
    if (IsTemp(reg)) EvictGp(reg);
  }
  for (int reg = 0; reg < 16; ++reg) EvictXmm(reg);
  CallInterpreter(part_->settle_site);
}

}  // namespace lockstep::jit::x64

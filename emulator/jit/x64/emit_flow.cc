// Entries, exits and jumps.

#include "emulator/base/check.h"
#include "emulator/jit/x64/emitter.h"

namespace lockstep::jit::x64 {

namespace x86 = asmjit::x86;
using asmjit::imm;
using asmjit::x86::CondCode;
using ir::Inst;

bool HostIsSupported() {
  const auto& features = asmjit::CpuInfo::host().features().x86();
  return features.hasAVX() && features.hasFMA() && features.hasBMI2();
}

Emitter::Emitter(const ir::Unit& unit, const StateLayout& layout, const Thunks& thunks,
                 const EmitOptions& options)
    : unit_(unit), layout_(layout), thunks_(thunks), options_(options) {
  LOCKSTEP_CHECK(code_.init(asmjit::Environment::host()) == asmjit::kErrorOk);
  LOCKSTEP_CHECK(code_.attach(&a_) == asmjit::kErrorOk);
  code_.setErrorHandler(&refusal_);
  if (options_.listing != nullptr) code_.setLogger(&logger_);
}

void Emitter::Refusal::handleError(asmjit::Error, const char* message, asmjit::BaseEmitter*) {
  LOCKSTEP_CHECK(false) << message;
}

HostCode Emitter::Emit(CodeArena* arena) {
  FindUses();
  Prologue();
  for (at_ = 0; at_ < static_cast<int>(unit_.insts.size()); ++at_) {
    const Inst& inst = unit_.insts[static_cast<size_t>(at_)];
    if (inst.guest != guest_) BeginGuest();
    switch (inst.op) {
#define LOCKSTEP_IR(name, ...) \
  case ir::Op::k##name:        \
    Emit##name(inst);          \
    break;
#include "emulator/jit/ir/opcodes.def"
#undef LOCKSTEP_IR
      case ir::Op::kCount:
        break;
    }
    EndInstruction(inst);
    if (at_ == guest_last_) EndGuest();
  }
  for (const Slow& slow : slows_) EmitSlow(slow);
  EmitCold();
  HostCode code;
  code.is_too_complex = is_too_complex_;
  if (is_too_complex_) return code;
  uint8_t* base = arena->Add(&code_);
  if (base == nullptr) return code;
  if (options_.listing != nullptr) *options_.listing = logger_.data();
  code.begin = base;
  code.entry = base + code_.labelOffset(entry_);
  code.start = options_.records ? base + code_.labelOffset(start_) : code.entry;
  code.dropped = base + code_.labelOffset(dropped_);
  code.end = base + code_.codeSize();
  for (const Patch& patch : patches_) {
    patch.link->jump = base + patch.jump_offset;
    patch.link->epoch = patch.epoch_offset == 0 ? nullptr : base + patch.epoch_offset;
  }
  return code;
}

void Emitter::Prologue() {
  for (Label* label : {&entry_, &start_, &body_, &dropped_, &float_stub_, &budget_stub_}) {
    *label = a_.newLabel();
  }
  a_.bind(entry_);
  TakeBudget();
  if (options_.records) EmitRecord();
  a_.bind(body_);
  if (options_.runs == nullptr) return;
  a_.mov(x86::rax, reinterpret_cast<uint64_t>(options_.runs));
  a_.inc(x86::qword_ptr(x86::rax));
}

// Takes the block's instructions from the budget, or leaves before the first.
void Emitter::TakeBudget() {
  if (unit_.uses_float) {
    a_.cmp(State(layout_.float_ready, 1), 0);
    a_.je(float_stub_);
  }
  const int32_t n_guest = static_cast<int32_t>(unit_.n_guest);
  a_.sub(x86::gpq(kBudgetReg), n_guest);
  if (HasFault(faults::Fault::kJitBudgetShort)) {
    a_.cmp(x86::gpq(kBudgetReg), -n_guest);
    a_.jle(budget_stub_);
    return;
  }
  a_.jl(budget_stub_);
}

void Emitter::LeaveAt(uint64_t pc, uint64_t result) {
  a_.mov(x86::rax, pc);
  a_.mov(State(layout_.pc, 8), x86::rax);
  if (result <= 0xffffffff) {
    a_.mov(x86::eax, static_cast<uint32_t>(result));
  } else {
    a_.mov(x86::rax, result);
  }
  a_.jmp(imm(reinterpret_cast<uint64_t>(thunks_.exit)));
}

// Where a jump to `target` goes that is linked later: `*link` is what the caller's own displacement
// is patched through, or null when that jump goes to a guard, which is patched instead.
asmjit::Label Emitter::JumpLabel(uint64_t target, Link** link) {
  Cold cold;
  cold.entry = a_.newLabel();
  cold.target = target;
  cold.link = options_.make_link(target);
  cold.is_guarded = (target ^ unit_.pc) >> kPageShift != 0;
  colds_.push_back(cold);
  *link = cold.is_guarded ? nullptr : cold.link;
  return cold.entry;
}

void Emitter::RecordJump(Link* link) {
  if (link != nullptr) patches_.push_back({link, a_.offset() - 4, 0});
}

void Emitter::EmitJump(const Inst& inst) {
  SettleDigests();
  Link* link;
  const Label to = JumpLabel(inst.imm, &link);
  if (link == nullptr) {  // the guard is next in line
    colds_.pop_back();
    EmitGuarded(inst.imm, options_.make_link(inst.imm));
    return;
  }
  a_.long_().jmp(to);
  RecordJump(link);
}

void Emitter::EmitBranch(const Inst& inst) {
  SettleDigests();
  static constexpr CondCode kConds[] = {CondCode::kE,  CondCode::kNE, CondCode::kL,
                                        CondCode::kGE, CondCode::kB,  CondCode::kAE};
  EmitCompare(ToCompare(inst.args[0], inst.args[1]));
  Link* link;
  const Label taken = JumpLabel(inst.imm, &link);
  a_.long_().j(kConds[static_cast<size_t>(inst.cond)], taken);
  RecordJump(link);
  const Label next = JumpLabel(inst.imm2, &link);
  a_.long_().jmp(next);
  RecordJump(link);
}

void Emitter::EmitJumpIndirect(const Inst& inst) {
  SettleDigests();
  indirect_stub_ = a_.newLabel();
  has_indirect_ = true;
  const Gp target = InGp(inst.args[0]);
  if (target.id() != x86::rax.id()) a_.mov(x86::rax, target);
  if (!options_.jump_cache) {
    a_.jmp(indirect_stub_);
    return;
  }
  // Addresses have no bit 0, and entries are of 16 bytes.
  static_assert(sizeof(JumpEntry) == 16);
  a_.mov(x86::ecx, x86::eax);
  a_.and_(x86::ecx, static_cast<int32_t>((kJumpEntries - 1) << 1));
  a_.mov(x86::rdx, State(layout_.jump_table, 8));
  a_.cmp(x86::qword_ptr(x86::rdx, x86::rcx, 3, offsetof(JumpEntry, pc)), x86::rax);
  a_.jne(indirect_stub_);
  a_.jmp(x86::qword_ptr(x86::rdx, x86::rcx, 3, offsetof(JumpEntry, entry)));
}

// A jump to another page: holds while no mapping has changed since it was linked.
void Emitter::EmitGuarded(uint64_t target, Link* link) {
  const Label stub = a_.newLabel();
  // Something that no byte holds, so that the immediate is of 32 bits; never current.
  a_.cmp(State(layout_.map_epoch, 4), 0x7fffffff);
  const size_t epoch = a_.offset() - 4;
  a_.long_().jne(stub);
  a_.long_().jmp(stub);
  patches_.push_back({link, a_.offset() - 4, epoch});
  Cold cold;
  cold.entry = stub;
  cold.target = target;
  cold.link = link;
  colds_.push_back(cold);
}

void Emitter::EmitCold() {
  // Guards add stubs of their own behind.
  for (size_t i = 0; i < colds_.size(); ++i) {
    const Cold cold = colds_[i];
    a_.bind(cold.entry);
    if (cold.is_guarded) {
      EmitGuarded(cold.target, cold.link);
    } else {
      LeaveAt(cold.target, reinterpret_cast<uint64_t>(cold.link));
    }
  }
  a_.bind(budget_stub_);
  a_.add(x86::gpq(kBudgetReg), static_cast<int32_t>(unit_.n_guest));
  a_.bind(dropped_);
  LeaveAt(unit_.pc, kLeft);
  if (unit_.uses_float) {
    a_.bind(float_stub_);
    LeaveAt(unit_.pc, kNeedsInterpreter);
  }
  if (has_indirect_) {
    a_.bind(indirect_stub_);
    a_.mov(State(layout_.pc, 8), x86::rax);
    a_.mov(x86::eax, static_cast<uint32_t>(kIndirect));
    a_.jmp(imm(reinterpret_cast<uint64_t>(thunks_.exit)));
  }
  if (options_.records) {
    a_.bind(start_);
    TakeBudget();
    a_.jmp(body_);
    if (options_.records_mem) EmitGroupRecord();
  }
}

}  // namespace lockstep::jit::x64

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

Emitter::Emitter(std::span<const Part> parts, const StateLayout& layout, const Thunks& thunks,
                 const EmitOptions& options)
    : parts_(parts),
      layout_(layout),
      thunks_(thunks),
      options_(options),
      pins_(StandardPins(options.sums)) {
  LOCKSTEP_CHECK(code_.init(asmjit::Environment::host()) == asmjit::kErrorOk);
  LOCKSTEP_CHECK(code_.attach(&a_) == asmjit::kErrorOk);
  code_.setErrorHandler(&refusal_);
  if (options_.listing != nullptr) code_.setLogger(&logger_);
}

void Emitter::Refusal::handleError(asmjit::Error, const char* message, asmjit::BaseEmitter*) {
  LOCKSTEP_CHECK(false) << message;
}

HostCode Emitter::Emit(CodeArena* arena) {
  ChoosePins();
  all_labels_.resize(parts_.size());
  for (Labels& labels : all_labels_) {
    for (Label* label : {&labels.inner, &labels.start, &labels.body, &labels.dropped, &labels.leave,
                         &labels.budget_stub, &labels.float_stub, &labels.indirect_stub}) {
      *label = a_.newLabel();
    }
    labels.entry = HasOwnPins() ? a_.newLabel() : labels.inner;
    if (!options_.records) labels.start = labels.entry;
  }
  for (size_t i = 0; i < parts_.size(); ++i) {
    SetPart(i);
    EmitPart();
  }
  for (const Slow& slow : slows_) {
    SetPart(slow.part);
    EmitSlow(slow);
  }
  EmitCold();
  for (size_t i = 0; i < parts_.size(); ++i) {
    SetPart(i);
    EmitStubs();
  }
  HostCode code;
  code.is_too_complex = is_too_complex_;
  if (is_too_complex_) return code;
  uint8_t* base = arena->Add(&code_);
  if (base == nullptr) return code;
  if (options_.listing != nullptr) *options_.listing = logger_.data();
  code.begin = base;
  code.end = base + code_.codeSize();
  for (const Labels& labels : all_labels_) {
    const auto at = [&](const Label& label) { return base + code_.labelOffset(label); };
    code.parts.push_back({at(labels.entry), at(labels.start), at(labels.inner), at(labels.dropped),
                          at(labels.leave)});
  }
  for (const Patch& patch : patches_) {
    patch.link->jump = base + patch.jump_offset;
    patch.link->epoch = patch.epoch_offset == 0 ? nullptr : base + patch.epoch_offset;
  }
  return code;
}

void Emitter::SetPart(size_t number) {
  number_ = number;
  part_ = &parts_[number];
  unit_ = part_->unit;
  labels_ = &all_labels_[number];
}

void Emitter::EmitPart() {
  FindUses();
  Prologue();
  guest_ = -1;
  for (at_ = 0; at_ < static_cast<int>(unit_->insts.size()); ++at_) {
    const Inst& inst = unit_->insts[static_cast<size_t>(at_)];
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
}

void Emitter::Prologue() {
  a_.bind(labels_->inner);
  TakeBudget();
  if (options_.records) EmitRecord();
  a_.bind(labels_->body);
  if (part_->runs == nullptr) return;
  a_.mov(x86::rax, reinterpret_cast<uint64_t>(part_->runs));
  a_.inc(x86::qword_ptr(x86::rax));
}

// Takes the block's instructions from the budget, or leaves before the first.
void Emitter::TakeBudget() {
  if (unit_->uses_float) {
    a_.cmp(State(layout_.float_ready, 1), 0);
    a_.je(labels_->float_stub);
  }
  const int32_t n_guest = static_cast<int32_t>(unit_->n_guest);
  a_.sub(x86::gpq(kBudgetReg), n_guest);
  if (HasFault(faults::Fault::kJitBudgetShort)) {
    a_.cmp(x86::gpq(kBudgetReg), -n_guest);
    a_.jle(labels_->budget_stub);
    return;
  }
  a_.jl(labels_->budget_stub);
}

// REQUIRES: registers are pinned as between regions.
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

const Emitter::Labels* Emitter::Inside(uint64_t target) const {
  if (!options_.joins) return nullptr;
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (parts_[i].unit->pc == target) return &all_labels_[i];
  }
  return nullptr;
}

bool Emitter::IsNextInLine(uint64_t target) const {
  return number_ + 1 < parts_.size() && Inside(target) == &all_labels_[number_ + 1];
}

// A jump to a block of the region or, through what is linked later, out of it.
void Emitter::GoTo(uint64_t target, std::optional<CondCode> cond) {
  if (const Labels* inside = Inside(target); inside != nullptr) {
    if (cond.has_value()) {
      a_.long_().j(*cond, inside->inner);
    } else if (!IsNextInLine(target)) {
      a_.long_().jmp(inside->inner);
    }
    return;
  }
  Cold cold;
  cold.part = number_;
  cold.target = target;
  cold.link = options_.make_link(target);
  // Else there is something to be done on the way.
  cold.is_direct = IsSamePage(target) && swaps_.empty();
  if (!cold.is_direct && !cond.has_value()) {
    EmitExit(target, cold.link);
    return;
  }
  cold.entry = a_.newLabel();
  colds_.push_back(cold);
  if (cond.has_value()) {
    a_.long_().j(*cond, cold.entry);
  } else {
    a_.long_().jmp(cold.entry);
  }
  if (cold.is_direct) patches_.push_back({cold.link, a_.offset() - 4, 0});
}

// Out of the region, with what is to be done on the way.
void Emitter::EmitExit(uint64_t target, Link* link) {
  ToStandard();
  if (!IsSamePage(target)) {
    EmitGuarded(target, link);
    return;
  }
  Cold cold;
  cold.part = number_;
  cold.entry = a_.newLabel();
  cold.target = target;
  cold.link = link;
  cold.is_direct = true;
  colds_.push_back(cold);
  a_.long_().jmp(cold.entry);
  patches_.push_back({link, a_.offset() - 4, 0});
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
  cold.part = number_;
  cold.entry = stub;
  cold.target = target;
  cold.link = link;
  cold.is_direct = true;
  colds_.push_back(cold);
}

void Emitter::EmitJump(const Inst& inst) {
  SettleDigests();
  GoTo(inst.imm, std::nullopt);
}

void Emitter::EmitBranch(const Inst& inst) {
  SettleDigests();
  static constexpr CondCode kConds[] = {CondCode::kE,  CondCode::kNE, CondCode::kL,
                                        CondCode::kGE, CondCode::kB,  CondCode::kAE};
  EmitCompare(ToCompare(inst.args[0], inst.args[1]));
  const CondCode cond = kConds[static_cast<size_t>(inst.cond)];
  if (IsNextInLine(inst.imm) && !IsNextInLine(inst.imm2)) {
    GoTo(inst.imm2, x86::negateCond(cond));
  } else {
    GoTo(inst.imm, cond);
    GoTo(inst.imm2, std::nullopt);
  }
}

void Emitter::EmitJumpIndirect(const Inst& inst) {
  SettleDigests();
  labels_->has_indirect = true;
  const Gp target = InGp(inst.args[0]);
  if (target.id() != x86::rax.id()) a_.mov(x86::rax, target);
  ToStandard();
  if (!options_.jump_cache) {
    a_.jmp(labels_->indirect_stub);
    return;
  }
  a_.mov(x86::rdx, State(layout_.jump_table, 8));
  EmitTableJump(&a_, labels_->indirect_stub);
}

void Emitter::EmitCold() {
  // Ways out add stubs of their own behind.
  for (size_t i = 0; i < colds_.size(); ++i) {
    const Cold cold = colds_[i];
    SetPart(cold.part);
    a_.bind(cold.entry);
    if (cold.is_direct) {
      LeaveAt(cold.target, reinterpret_cast<uint64_t>(cold.link));
    } else {
      EmitExit(cold.target, cold.link);
    }
  }
}

// The rest of a part: its ways in, and those out that are no jumps of the guest.
void Emitter::EmitStubs() {
  a_.bind(labels_->budget_stub);
  a_.add(x86::gpq(kBudgetReg), static_cast<int32_t>(unit_->n_guest));
  a_.bind(labels_->dropped);
  ToStandard();
  a_.bind(labels_->leave);
  LeaveAt(unit_->pc, kLeft);
  if (unit_->uses_float) {
    a_.bind(labels_->float_stub);
    ToStandard();
    LeaveAt(unit_->pc, kNeedsInterpreter);
  }
  if (labels_->has_indirect) {
    a_.bind(labels_->indirect_stub);
    a_.mov(State(layout_.pc, 8), x86::rax);
    a_.mov(x86::eax, static_cast<uint32_t>(kIndirect));
    a_.jmp(imm(reinterpret_cast<uint64_t>(thunks_.exit)));
  }
  if (HasOwnPins()) {
    a_.bind(labels_->entry);
    FromStandard();
    a_.long_().jmp(labels_->inner);
  }
  if (options_.records) {
    a_.bind(labels_->start);
    FromStandard();
    TakeBudget();
    a_.jmp(labels_->body);
    if (options_.records_mem) EmitGroupRecord();
    if (options_.sums) EmitFlowKeys();
  }
}

}  // namespace lockstep::jit::x64

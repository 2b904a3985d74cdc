// Zicsr: reads and writes of CSRs that are a word of the state and no more, and of the interrupt
// enable in sstatus. What else an access may mean goes out of line.

#include "emulator/cpu/csr.h"
#include "emulator/cpu/hart_state.h"
#include "emulator/jit/frontend/translator.h"

namespace lockstep::jit {
namespace {

using cpu::CsrValues;
using ir::Ref;
using isa::Instruction;
using Op = isa::Op;

// CSRs that are a word of the state to whoever reads them. A write has more to it.
struct ReadableCsr {
  uint16_t number;
  uint64_t CsrValues::*word;
};
constexpr ReadableCsr kReadableCsrs[] = {
    {cpu::kCsrStvec, &CsrValues::stvec},     {cpu::kCsrMtvec, &CsrValues::mtvec},
    {cpu::kCsrMie, &CsrValues::mie},         {cpu::kCsrMideleg, &CsrValues::mideleg},
    {cpu::kCsrMedeleg, &CsrValues::medeleg},
};

// Null: an access is more than one of a word.
uint64_t CsrValues::*WordOf(uint16_t number, bool is_written) {
  if (uint64_t CsrValues::*const plain = cpu::PlainCsr(number)) return plain;
  if (is_written) return nullptr;
  for (const ReadableCsr& csr : kReadableCsrs) {
    if (csr.number == number) return csr.word;
  }
  return nullptr;
}

struct Form {
  bool writes;        // always, or if its source is not x0 or 0
  bool sets;          // ors its source
  bool clears;        // takes the bits of its source away
  bool is_immediate;  // its source
};

// False: not of Zicsr.
bool FormOf(const Instruction& inst, Form* form) {
  const bool has_source = inst.rs1 != 0;
  switch (inst.op) {
    case Op::kCsrrw:
      *form = {true, false, false, false};
      return true;
    case Op::kCsrrwi:
      *form = {true, false, false, true};
      return true;
    case Op::kCsrrs:
      *form = {has_source, true, false, false};
      return true;
    case Op::kCsrrsi:
      *form = {has_source, true, false, true};
      return true;
    case Op::kCsrrc:
      *form = {has_source, false, true, false};
      return true;
    case Op::kCsrrci:
      *form = {has_source, false, true, true};
      return true;
    default:
      return false;
  }
}

}  // namespace

SystemWay Translator::SystemWayOf(const Instruction& inst) const {
  const unsigned privilege = block_.space & 0xff;
  if (!options_.inline_traps) return SystemWay::kGeneral;
  if (inst.op == Op::kEcall && privilege == cpu::kUser) return SystemWay::kUserEcall;
  if (inst.op == Op::kSret && privilege == cpu::kSupervisor) return SystemWay::kSupervisorSret;
  return SystemWay::kGeneral;
}

Ref Translator::Word(const uint64_t& word) {
  ir::Inst get;
  get.op = ir::Op::kGetWord;
  get.imm = static_cast<uint64_t>(reinterpret_cast<const char*>(&word) -
                                  reinterpret_cast<const char*>(options_.words));
  return b_.Emit(get);
}

void Translator::SetWord(const uint64_t& word, Ref value) {
  ir::Inst set;
  set.op = ir::Op::kSetWord;
  set.args[0] = value;
  set.imm = static_cast<uint64_t>(reinterpret_cast<const char*>(&word) -
                                  reinterpret_cast<const char*>(options_.words));
  b_.Emit(set);
}

void Translator::Guard(Ref value, uint8_t slot) {
  ir::Inst guard;
  guard.op = ir::Op::kGuard;
  guard.args[0] = value;
  Fallible(guard, slot);
}

bool Translator::Csr(const Instruction& inst) {
  Form form;
  if (options_.words == nullptr || !FormOf(inst, &form)) return false;
  // A block belongs to an address space, and so to a privilege.
  const unsigned privilege = block_.space & 0xff;
  if ((inst.csr >> 8 & 3) > privilege) return false;
  if (inst.csr == cpu::kCsrSstatus) return StatusCsr(inst);
  uint64_t CsrValues::*const member = WordOf(inst.csr, form.writes);
  if (member == nullptr) return false;
  const uint64_t& word = options_.words->csr.*member;
  const bool wants_old = inst.rd != 0 || form.sets || form.clears;
  const Ref old = wants_old ? Word(word) : ir::kNoRef;
  if (form.writes) {
    Ref value = form.is_immediate ? b_.Const(inst.rs1) : X(inst.rs1);
    if (form.sets) value = Op2(ir::Op::kOr, old, value);
    if (form.clears) {
      value = Op2(ir::Op::kAnd, old, Op2(ir::Op::kXor, value, b_.Const(~uint64_t{0})));
    }
    SetWord(word, value);
  }
  if (inst.rd != 0) SetX(inst.rd, old);
  return true;
}

// sstatus: it is read, or interrupts are turned on or off in it, none being pending.
bool Translator::StatusCsr(const Instruction& inst) {
  Form form;
  FormOf(inst, &form);
  if (form.writes && !form.sets && !form.clears) return false;
  const cpu::HartState& hart = *options_.words;
  const uint8_t slot = XSlot(inst.rd);
  const Ref sie = b_.Const(cpu::kMstatusSie);
  Ref bits = ir::kNoRef;
  if (form.writes) {
    bits = form.is_immediate ? b_.Const(inst.rs1) : X(inst.rs1);
    Guard(Op2(ir::Op::kAnd, bits, b_.Const(cpu::kSstatusFields & ~cpu::kMstatusSie)), slot);
  }
  if (form.writes && form.sets) {
    const Ref pending = Op2(ir::Op::kOr, Word(hart.lines), Word(hart.mip_software));
    Guard(Op2(ir::Op::kAnd, pending, Word(hart.csr.mie)), slot);
  }
  const Ref old = Word(hart.csr.mstatus);
  if (form.writes) {
    const Ref changed = Op2(ir::Op::kAnd, bits, sie);
    const Ref value =
        form.sets ? Op2(ir::Op::kOr, old, changed)
                  : Op2(ir::Op::kAnd, old, Op2(ir::Op::kXor, changed, b_.Const(~uint64_t{0})));
    SetWord(hart.csr.mstatus, value);
  }
  if (inst.rd == 0) return true;
  // SD: a field of two bits, VS or FS, has both.
  const Ref both = Op2(ir::Op::kAnd, old, Op2(ir::Op::kShr, old, b_.Const(1)));
  const Ref low =
      b_.Const((cpu::kMstatusVs & -cpu::kMstatusVs) | (cpu::kMstatusFs & -cpu::kMstatusFs));
  const Ref is_dirty = Op2(ir::Op::kSltu, b_.Const(0), Op2(ir::Op::kAnd, both, low));
  const Ref sd = Op2(ir::Op::kShl, is_dirty, b_.Const(63));
  SetX(inst.rd, Op2(ir::Op::kOr, sd, Op2(ir::Op::kAnd, old, b_.Const(cpu::kSstatusFields))));
  return true;
}

}  // namespace lockstep::jit

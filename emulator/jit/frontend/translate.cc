#include "emulator/jit/frontend/translate.h"

#include "emulator/isa/operands.h"
#include "emulator/jit/frontend/translator.h"

namespace lockstep::jit {

using interp::Slot;
using ir::Ref;
using isa::Instruction;
using Op = isa::Op;

Translator::Translator(const interp::Block& block, const FrontendOptions& options)
    : block_(block), options_(options), b_(&unit_) {
  unit_.pc = block.pc;
  unit_.n_guest = block.n_insns;
  unit_.sites.resize(block.n_insns, 0);
}

ir::Unit Translator::Run() {
  for (index_ = 0; index_ < block_.n_insns; ++index_) {
    b_.set_guest(static_cast<uint16_t>(index_));
    const Slot& slot = block_.slots[index_];
    const Instruction inst = isa::Decode(slot.raw, options_.extensions);
    const bool is_faulty = options_.fault != faults::Fault::kNone &&
                           interp::FaultyHandler(options_.fault, inst.op, false) != nullptr;
    const bool is_translated =
        !is_faulty && (Integer(inst, slot) || Word(inst, slot) || Memory(inst, slot) ||
                       Control(inst, slot) || Csr(inst) || (options_.inline_float && Float(inst)) ||
                       (options_.inline_float && FloatMemory(inst, slot)));
    if (!is_translated) Interpret(inst);
  }
  index_ = block_.n_insns - 1;
  if (!has_end_) Jump(block_.pc + block_.n_bytes);
  return std::move(unit_);
}

Ref Translator::Fallible(ir::Inst inst, uint8_t slot) {
  inst.slot = slot;
  if (unit_.sites[index_] == 0) unit_.sites[index_] = options_.make_site(index_);
  return b_.Emit(inst);
}

void Translator::Interpret(const Instruction& inst) {
  if (options_.on_interpreted) options_.on_interpreted(inst.op);
  const isa::OperandUse use = isa::OperandsOf(inst.op);
  uint8_t slot = ir::kNoSlot;
  if (use.rd == isa::RegFile::kInt) slot = XSlot(inst.rd);
  if (use.rd == isa::RegFile::kFloat) slot = static_cast<uint8_t>(kFirstF + inst.rd);
  ir::Inst interpret;
  interpret.op = ir::Op::kInterpret;
  interpret.imm = static_cast<uint64_t>(SystemWayOf(inst));
  interpret.imm2 = block_.pc + block_.slots[index_].offset_bytes;
  Fallible(interpret, slot);
}

void Translator::Jump(uint64_t target) {
  ir::Inst jump;
  jump.op = ir::Op::kJump;
  jump.imm = target;
  b_.Emit(jump);
  has_end_ = true;
}

// RV64I and M on whole registers.
bool Translator::Integer(const Instruction& inst, const Slot& slot) {
  ir::Op op;
  bool has_immediate = false;
  switch (isa::BaseOp(inst.op)) {
    case Op::kLui:
    case Op::kAuipc:
      SetX(inst.rd, b_.Const(slot.imm));
      return true;
    case Op::kFence:
      return true;  // one thread runs all harts
#define LOCKSTEP_CASE(guest, ir_op) \
  case Op::guest:                   \
    op = ir::Op::ir_op;             \
    break;
#define LOCKSTEP_CASE_IMM(guest, ir_op) \
  case Op::guest:                       \
    op = ir::Op::ir_op;                 \
    has_immediate = true;               \
    break;
      LOCKSTEP_CASE_IMM(kAddi, kAdd)
      LOCKSTEP_CASE_IMM(kSlti, kSlt)
      LOCKSTEP_CASE_IMM(kSltiu, kSltu)
      LOCKSTEP_CASE_IMM(kXori, kXor)
      LOCKSTEP_CASE_IMM(kOri, kOr)
      LOCKSTEP_CASE_IMM(kAndi, kAnd)
      LOCKSTEP_CASE_IMM(kSlli, kShl)
      LOCKSTEP_CASE_IMM(kSrli, kShr)
      LOCKSTEP_CASE_IMM(kSrai, kSar)
      LOCKSTEP_CASE(kAdd, kAdd)
      LOCKSTEP_CASE(kSub, kSub)
      LOCKSTEP_CASE(kSll, kShl)
      LOCKSTEP_CASE(kSlt, kSlt)
      LOCKSTEP_CASE(kSltu, kSltu)
      LOCKSTEP_CASE(kXor, kXor)
      LOCKSTEP_CASE(kSrl, kShr)
      LOCKSTEP_CASE(kSra, kSar)
      LOCKSTEP_CASE(kOr, kOr)
      LOCKSTEP_CASE(kAnd, kAnd)
      LOCKSTEP_CASE(kMul, kMul)
      LOCKSTEP_CASE(kMulh, kMulHigh)
      LOCKSTEP_CASE(kMulhu, kMulHighU)
      LOCKSTEP_CASE(kMulhsu, kMulHighSu)
      LOCKSTEP_CASE(kDiv, kDiv)
      LOCKSTEP_CASE(kDivu, kDivU)
      LOCKSTEP_CASE(kRem, kRem)
      LOCKSTEP_CASE(kRemu, kRemU)
    default:
      return false;
  }
  if (inst.rd == 0) return true;
  const Ref a = X(inst.rs1);
  SetX(inst.rd, Op2(op, a, has_immediate ? b_.Const(slot.imm) : X(inst.rs2)));
  return true;
}

// The instructions on words.
bool Translator::Word(const Instruction& inst, const Slot& slot) {
  ir::Op op;
  bool has_immediate = false;
  switch (isa::BaseOp(inst.op)) {
    LOCKSTEP_CASE_IMM(kAddiw, kAddW)
    LOCKSTEP_CASE_IMM(kSlliw, kShlW)
    LOCKSTEP_CASE_IMM(kSrliw, kShrW)
    LOCKSTEP_CASE_IMM(kSraiw, kSarW)
    LOCKSTEP_CASE(kAddw, kAddW)
    LOCKSTEP_CASE(kSubw, kSubW)
    LOCKSTEP_CASE(kSllw, kShlW)
    LOCKSTEP_CASE(kSrlw, kShrW)
    LOCKSTEP_CASE(kSraw, kSarW)
    LOCKSTEP_CASE(kMulw, kMulW)
    LOCKSTEP_CASE(kDivw, kDivW)
    LOCKSTEP_CASE(kDivuw, kDivUW)
    LOCKSTEP_CASE(kRemw, kRemW)
    LOCKSTEP_CASE(kRemuw, kRemUW)
#undef LOCKSTEP_CASE
#undef LOCKSTEP_CASE_IMM
    default:
      return false;
  }
  if (inst.rd == 0) return true;
  const Ref a = X(inst.rs1);
  SetX(inst.rd, Op2(op, a, has_immediate ? b_.Const(slot.imm) : X(inst.rs2)));
  return true;
}

bool Translator::Memory(const Instruction& inst, const Slot& slot) {
  ir::Inst access;
  access.imm = slot.imm;
  access.op = ir::Op::kLoad;
  switch (isa::BaseOp(inst.op)) {
    case Op::kLb:
      access.is_signed = true;
      [[fallthrough]];
    case Op::kLbu:
      access.bytes = 1;
      break;
    case Op::kLh:
      access.is_signed = true;
      [[fallthrough]];
    case Op::kLhu:
      access.bytes = 2;
      break;
    case Op::kLw:
      access.is_signed = true;
      [[fallthrough]];
    case Op::kLwu:
      access.bytes = 4;
      break;
    case Op::kLd:
      break;
    case Op::kSb:
    case Op::kSh:
    case Op::kSw:
    case Op::kSd: {
      const Op base = isa::BaseOp(inst.op);
      access.op = ir::Op::kStore;
      access.bytes = base == Op::kSb ? 1 : base == Op::kSh ? 2 : base == Op::kSw ? 4 : 8;
      break;
    }
    default:
      return false;
  }
  access.args[0] = X(inst.rs1);
  if (access.op == ir::Op::kStore) {
    access.args[1] = X(inst.rs2);
    Fallible(access, ir::kNoSlot);
  } else {
    SetX(inst.rd, Fallible(access, XSlot(inst.rd)));
  }
  return true;
}

bool Translator::Control(const Instruction& inst, const Slot& slot) {
  const uint64_t next = block_.pc + slot.offset_bytes + slot.length_bytes;
  ir::Inst branch;
  branch.op = ir::Op::kBranch;
  switch (isa::BaseOp(inst.op)) {
    case Op::kJal:
      SetX(inst.rd, b_.Const(next));
      Jump(slot.imm);
      return true;
    case Op::kJalr: {
      const Ref sum = Op2(ir::Op::kAdd, X(inst.rs1), b_.Const(slot.imm));
      const Ref target = Op2(ir::Op::kAnd, sum, b_.Const(~uint64_t{1}));
      SetX(inst.rd, b_.Const(next));
      b_.Emit(ir::Op::kJumpIndirect, target);
      has_end_ = true;
      return true;
    }
    case Op::kBeq:
      branch.cond = ir::Cond::kEq;
      break;
    case Op::kBne:
      branch.cond = ir::Cond::kNe;
      break;
    case Op::kBlt:
      branch.cond = ir::Cond::kLt;
      break;
    case Op::kBge:
      branch.cond = ir::Cond::kGe;
      break;
    case Op::kBltu:
      branch.cond = ir::Cond::kLtu;
      break;
    case Op::kBgeu:
      branch.cond = ir::Cond::kGeu;
      break;
    default:
      return false;
  }
  branch.args[0] = X(inst.rs1);
  branch.args[1] = X(inst.rs2);
  branch.imm = slot.imm;
  branch.imm2 = next;
  b_.Emit(branch);
  has_end_ = true;
  return true;
}

ir::Unit TranslateBlock(const interp::Block& block, const FrontendOptions& options) {
  return Translator(block, options).Run();
}

}  // namespace lockstep::jit

// RV64I: integer computation, control transfer, loads and stores.
// Source: Unprivileged ISA, chapters 2 and 5.

#include "emulator/interp/rv_i.h"

#include "emulator/interp/slot.h"

namespace lockstep::interp {
namespace {

using namespace rv_i;  // NOLINT: the handlers
using isa::Op;

void Fence(HartState&, const Slot&) {}  // one thread runs all harts: every access is in order

void Jal(HartState& h, const Slot& s) {
  h.x[s.rd] = NextPc(h, s);
  h.pc = s.imm;
}
void Jalr(HartState& h, const Slot& s) {
  const uint64_t target = (h.x[s.rs1] + s.imm) & ~uint64_t{1};
  h.x[s.rd] = NextPc(h, s);
  h.pc = target;
}

template <Condition kIsTaken>
void Branch(HartState& h, const Slot& s) {
  h.pc = kIsTaken(h, s) ? s.imm : NextPc(h, s);
}

template <Condition kIsTaken>
void SetBranch(HandlerTable* t, Op op) {
  t->Set(op, Jump<Branch<kIsTaken>>);
  t->chained[static_cast<size_t>(op)] = BranchAndGoOn<kIsTaken>;
}

template <typename T>
void SetStore(HandlerTable* t, Op op) {
  t->Set(op, Store<T, false>, Store<T, true>);
}

}  // namespace

void AddHandlersI(HandlerTable* t) {
  t->Set(Op::kLui, Plain<Lui>);
  t->Set(Op::kAuipc, Plain<Auipc>);
  t->Set(Op::kAddi, Plain<Addi>);
  t->Set(Op::kSlti, Plain<Slti>);
  t->Set(Op::kSltiu, Plain<Sltiu>);
  t->Set(Op::kXori, Plain<Xori>);
  t->Set(Op::kOri, Plain<Ori>);
  t->Set(Op::kAndi, Plain<Andi>);
  t->Set(Op::kSlli, Plain<Slli>);
  t->Set(Op::kSrli, Plain<Srli>);
  t->Set(Op::kSrai, Plain<Srai>);
  t->Set(Op::kAdd, Plain<Add>);
  t->Set(Op::kSub, Plain<Sub>);
  t->Set(Op::kSll, Plain<Sll>);
  t->Set(Op::kSlt, Plain<Slt>);
  t->Set(Op::kSltu, Plain<Sltu>);
  t->Set(Op::kXor, Plain<Xor>);
  t->Set(Op::kSrl, Plain<Srl>);
  t->Set(Op::kSra, Plain<Sra>);
  t->Set(Op::kOr, Plain<Or>);
  t->Set(Op::kAnd, Plain<And>);
  t->Set(Op::kAddiw, Plain<Addiw>);
  t->Set(Op::kSlliw, Plain<Slliw>);
  t->Set(Op::kSrliw, Plain<Srliw>);
  t->Set(Op::kSraiw, Plain<Sraiw>);
  t->Set(Op::kAddw, Plain<Addw>);
  t->Set(Op::kSubw, Plain<Subw>);
  t->Set(Op::kSllw, Plain<Sllw>);
  t->Set(Op::kSrlw, Plain<Srlw>);
  t->Set(Op::kSraw, Plain<Sraw>);
  t->Set(Op::kFence, Plain<Fence>);
  t->Set(Op::kJal, Jump<Jal>);
  t->Set(Op::kJalr, Jump<Jalr>);
  t->chained[static_cast<size_t>(Op::kJal)] = JalAndGoOn;
  t->chained[static_cast<size_t>(Op::kJalr)] = JalrAndGoOn;
  SetBranch<IsEqual>(t, Op::kBeq);
  SetBranch<IsNotEqual>(t, Op::kBne);
  SetBranch<IsLess>(t, Op::kBlt);
  SetBranch<IsNotLess>(t, Op::kBge);
  SetBranch<IsBelow>(t, Op::kBltu);
  SetBranch<IsNotBelow>(t, Op::kBgeu);
  t->Set(Op::kLb, Load<int8_t>);
  t->Set(Op::kLh, Load<int16_t>);
  t->Set(Op::kLw, Load<int32_t>);
  t->Set(Op::kLd, Load<int64_t>);
  t->Set(Op::kLbu, Load<uint8_t>);
  t->Set(Op::kLhu, Load<uint16_t>);
  t->Set(Op::kLwu, Load<uint32_t>);
  SetStore<uint8_t>(t, Op::kSb);
  SetStore<uint16_t>(t, Op::kSh);
  SetStore<uint32_t>(t, Op::kSw);
  SetStore<uint64_t>(t, Op::kSd);
}

}  // namespace lockstep::interp

// RV64I: integer computation, control transfer, loads and stores.
// Source: Unprivileged ISA, chapters 2 and 5.

#include "emulator/interp/memory_access.h"
#include "emulator/interp/slot.h"

namespace lockstep::interp {
namespace {

using isa::Op;

uint64_t SignExtend32(uint64_t value) {
  return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(value)));
}
int64_t Signed(uint64_t value) { return static_cast<int64_t>(value); }
int32_t Word(uint64_t value) { return static_cast<int32_t>(value); }

// The target or upper immediate is already in `imm`.
void Lui(HartState& h, const Slot& s) { h.x[s.rd] = s.imm; }
void Auipc(HartState& h, const Slot& s) { h.x[s.rd] = s.imm; }

void Addi(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] + s.imm; }
void Slti(HartState& h, const Slot& s) { h.x[s.rd] = Signed(h.x[s.rs1]) < Signed(s.imm); }
void Sltiu(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] < s.imm; }
void Xori(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] ^ s.imm; }
void Ori(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] | s.imm; }
void Andi(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] & s.imm; }
void Slli(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] << (s.imm & 63); }
void Srli(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] >> (s.imm & 63); }
void Srai(HartState& h, const Slot& s) {
  h.x[s.rd] = static_cast<uint64_t>(Signed(h.x[s.rs1]) >> (s.imm & 63));
}
void Add(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] + h.x[s.rs2]; }
void Sub(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] - h.x[s.rs2]; }
void Sll(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] << (h.x[s.rs2] & 63); }
void Slt(HartState& h, const Slot& s) { h.x[s.rd] = Signed(h.x[s.rs1]) < Signed(h.x[s.rs2]); }
void Sltu(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] < h.x[s.rs2]; }
void Xor(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] ^ h.x[s.rs2]; }
void Srl(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] >> (h.x[s.rs2] & 63); }
void Sra(HartState& h, const Slot& s) {
  h.x[s.rd] = static_cast<uint64_t>(Signed(h.x[s.rs1]) >> (h.x[s.rs2] & 63));
}
void Or(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] | h.x[s.rs2]; }
void And(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] & h.x[s.rs2]; }

void Addiw(HartState& h, const Slot& s) { h.x[s.rd] = SignExtend32(h.x[s.rs1] + s.imm); }
void Slliw(HartState& h, const Slot& s) { h.x[s.rd] = SignExtend32(h.x[s.rs1] << (s.imm & 31)); }
void Srliw(HartState& h, const Slot& s) {
  h.x[s.rd] = SignExtend32(static_cast<uint32_t>(h.x[s.rs1]) >> (s.imm & 31));
}
void Sraiw(HartState& h, const Slot& s) {
  h.x[s.rd] = static_cast<uint64_t>(int64_t{Word(h.x[s.rs1]) >> (s.imm & 31)});
}
void Addw(HartState& h, const Slot& s) { h.x[s.rd] = SignExtend32(h.x[s.rs1] + h.x[s.rs2]); }
void Subw(HartState& h, const Slot& s) { h.x[s.rd] = SignExtend32(h.x[s.rs1] - h.x[s.rs2]); }
void Sllw(HartState& h, const Slot& s) {
  h.x[s.rd] = SignExtend32(h.x[s.rs1] << (h.x[s.rs2] & 31));
}
void Srlw(HartState& h, const Slot& s) {
  h.x[s.rd] = SignExtend32(static_cast<uint32_t>(h.x[s.rs1]) >> (h.x[s.rs2] & 31));
}
void Sraw(HartState& h, const Slot& s) {
  h.x[s.rd] = static_cast<uint64_t>(int64_t{Word(h.x[s.rs1]) >> (h.x[s.rs2] & 31)});
}

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

void BranchIf(HartState& h, const Slot& s, bool taken) { h.pc = taken ? s.imm : NextPc(h, s); }
void Beq(HartState& h, const Slot& s) { BranchIf(h, s, h.x[s.rs1] == h.x[s.rs2]); }
void Bne(HartState& h, const Slot& s) { BranchIf(h, s, h.x[s.rs1] != h.x[s.rs2]); }
void Blt(HartState& h, const Slot& s) { BranchIf(h, s, Signed(h.x[s.rs1]) < Signed(h.x[s.rs2])); }
void Bge(HartState& h, const Slot& s) { BranchIf(h, s, Signed(h.x[s.rs1]) >= Signed(h.x[s.rs2])); }
void Bltu(HartState& h, const Slot& s) { BranchIf(h, s, h.x[s.rs1] < h.x[s.rs2]); }
void Bgeu(HartState& h, const Slot& s) { BranchIf(h, s, h.x[s.rs1] >= h.x[s.rs2]); }

// A signed T sign-extends, an unsigned one zero-extends.
template <typename T>
uint64_t Extended(T value) {
  return static_cast<uint64_t>(static_cast<int64_t>(value));
}

// The handlers of loads and stores are written out, so that their fast path needs no stack frame:
// what misses the TLB's compare goes on in a handler of its own.
template <typename T>
[[gnu::noinline]] uint32_t LoadMissed(HartState* h, const Slot* s) {
  uint64_t value;
  const Flow flow = LoadOutOfLine(*h, *s, h->x[s->rs1] + s->imm, sizeof(T), &value);
  if (flow == Flow::kFault) return Leave(h, s, flow);
  h->x[s->rd] = Extended(static_cast<T>(value));
  if (flow == Flow::kEnd) return Leave(h, s, flow);
  return s[1].fn(h, s + 1);
}

template <typename T>
uint32_t Load(HartState* h, const Slot* s) {
  const uint64_t va = h->x[s->rs1] + s->imm;
  const mem::TlbEntry& entry = EntryFor(*h, h->load_tlb, va);
  if (!TagMatches<T>(entry, va)) [[unlikely]]
    return LoadMissed<T>(h, s);
  T value;
  std::memcpy(&value, HostAddress(entry, va), sizeof(T));
  h->x[s->rd] = Extended(value);
  return s[1].fn(h, s + 1);
}

template <typename T>
[[gnu::noinline]] uint32_t StoreMissed(HartState* h, const Slot* s) {
  const Flow flow =
      StoreOutOfLine(*h, *s, h->x[s->rs1] + s->imm, sizeof(T), static_cast<T>(h->x[s->rs2]));
  if (flow != Flow::kNext) return Leave(h, s, flow);
  return s[1].fn(h, s + 1);
}

template <typename T, bool kDigest>
uint32_t Store(HartState* h, const Slot* s) {
  const uint64_t va = h->x[s->rs1] + s->imm;
  const mem::TlbEntry& entry = EntryFor(*h, h->store_tlb, va);
  if (!TagMatches<T>(entry, va)) [[unlikely]]
    return StoreMissed<T>(h, s);
  const T value = static_cast<T>(h->x[s->rs2]);
  std::memcpy(HostAddress(entry, va), &value, sizeof(T));
  if constexpr (kDigest) {
    h->digest.Stored(entry.page_pa | (va & mem::kPageOffsetMask), value, sizeof(T));
  }
  return s[1].fn(h, s + 1);
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
  t->Set(Op::kBeq, Jump<Beq>);
  t->Set(Op::kBne, Jump<Bne>);
  t->Set(Op::kBlt, Jump<Blt>);
  t->Set(Op::kBge, Jump<Bge>);
  t->Set(Op::kBltu, Jump<Bltu>);
  t->Set(Op::kBgeu, Jump<Bgeu>);
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

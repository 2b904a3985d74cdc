// M: multiplication and division. Source: Unprivileged ISA, chapter 7.

#include <cstdint>
#include <limits>

#include "emulator/interp/slot.h"

namespace lockstep::interp {
namespace {

using isa::Op;

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Uint128;

uint64_t SignExtend32(uint32_t value) {
  return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(value)));
}

// Division by zero gives all ones; the one overflow gives the dividend.
template <typename S>
S Quotient(S a, S b) {
  if (b == 0) return -1;
  if (a == std::numeric_limits<S>::min() && b == -1) return a;
  return a / b;
}
// Remainder by zero gives the dividend; the one overflow gives zero.
template <typename S>
S Remainder(S a, S b) {
  if (b == 0) return a;
  if (b == -1) return 0;
  return a % b;
}
template <typename U>
U QuotientUnsigned(U a, U b) {
  return b == 0 ? ~U{0} : a / b;
}
template <typename U>
U RemainderUnsigned(U a, U b) {
  return b == 0 ? a : a % b;
}

int64_t Signed(uint64_t value) { return static_cast<int64_t>(value); }

void Mul(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] * h.x[s.rs2]; }
void Mulh(HartState& h, const Slot& s) {
  h.x[s.rd] = static_cast<uint64_t>(Int128{Signed(h.x[s.rs1])} * Int128{Signed(h.x[s.rs2])} >> 64);
}
void Mulhsu(HartState& h, const Slot& s) {
  h.x[s.rd] = static_cast<uint64_t>(
      Int128{Signed(h.x[s.rs1])} * static_cast<Int128>(Uint128{h.x[s.rs2]}) >> 64);
}
void Mulhu(HartState& h, const Slot& s) {
  h.x[s.rd] = static_cast<uint64_t>(Uint128{h.x[s.rs1]} * Uint128{h.x[s.rs2]} >> 64);
}
void Div(HartState& h, const Slot& s) {
  h.x[s.rd] = static_cast<uint64_t>(Quotient(Signed(h.x[s.rs1]), Signed(h.x[s.rs2])));
}
void Divu(HartState& h, const Slot& s) { h.x[s.rd] = QuotientUnsigned(h.x[s.rs1], h.x[s.rs2]); }
void Rem(HartState& h, const Slot& s) {
  h.x[s.rd] = static_cast<uint64_t>(Remainder(Signed(h.x[s.rs1]), Signed(h.x[s.rs2])));
}
void Remu(HartState& h, const Slot& s) { h.x[s.rd] = RemainderUnsigned(h.x[s.rs1], h.x[s.rs2]); }

uint32_t Low(uint64_t value) { return static_cast<uint32_t>(value); }
int32_t SignedLow(uint64_t value) { return static_cast<int32_t>(value); }

void Mulw(HartState& h, const Slot& s) {
  h.x[s.rd] = SignExtend32(Low(h.x[s.rs1]) * Low(h.x[s.rs2]));
}
void Divw(HartState& h, const Slot& s) {
  h.x[s.rd] = SignExtend32(Quotient(SignedLow(h.x[s.rs1]), SignedLow(h.x[s.rs2])));
}
void Divuw(HartState& h, const Slot& s) {
  h.x[s.rd] = SignExtend32(QuotientUnsigned(Low(h.x[s.rs1]), Low(h.x[s.rs2])));
}
void Remw(HartState& h, const Slot& s) {
  h.x[s.rd] = SignExtend32(Remainder(SignedLow(h.x[s.rs1]), SignedLow(h.x[s.rs2])));
}
void Remuw(HartState& h, const Slot& s) {
  h.x[s.rd] = SignExtend32(RemainderUnsigned(Low(h.x[s.rs1]), Low(h.x[s.rs2])));
}

}  // namespace

void AddHandlersM(HandlerTable* t) {
  t->Set(Op::kMul, Plain<Mul>);
  t->Set(Op::kMulh, Plain<Mulh>);
  t->Set(Op::kMulhsu, Plain<Mulhsu>);
  t->Set(Op::kMulhu, Plain<Mulhu>);
  t->Set(Op::kDiv, Plain<Div>);
  t->Set(Op::kDivu, Plain<Divu>);
  t->Set(Op::kRem, Plain<Rem>);
  t->Set(Op::kRemu, Plain<Remu>);
  t->Set(Op::kMulw, Plain<Mulw>);
  t->Set(Op::kDivw, Plain<Divw>);
  t->Set(Op::kDivuw, Plain<Divuw>);
  t->Set(Op::kRemw, Plain<Remw>);
  t->Set(Op::kRemuw, Plain<Remuw>);
}

}  // namespace lockstep::interp

// Zba, Zbb, Zbc, Zbs: bit manipulation. Source: RISC-V Bit-Manipulation ISA-extensions 1.0.

#include <algorithm>
#include <bit>
#include <cstdint>

#include "emulator/interp/slot.h"

namespace lockstep::interp {
namespace {

using isa::Op;

__extension__ typedef unsigned __int128 Uint128;

int64_t Signed(uint64_t value) { return static_cast<int64_t>(value); }
uint32_t Low(uint64_t value) { return static_cast<uint32_t>(value); }
uint64_t SignExtend32(uint32_t value) {
  return static_cast<uint64_t>(static_cast<int64_t>(static_cast<int32_t>(value)));
}

// Zba: addresses of array elements.
template <int kShift>
void ShAdd(HartState& h, const Slot& s) {
  h.x[s.rd] = (h.x[s.rs1] << kShift) + h.x[s.rs2];
}
template <int kShift>
void ShAddUw(HartState& h, const Slot& s) {
  h.x[s.rd] = (uint64_t{Low(h.x[s.rs1])} << kShift) + h.x[s.rs2];
}
void SlliUw(HartState& h, const Slot& s) { h.x[s.rd] = uint64_t{Low(h.x[s.rs1])} << (s.imm & 63); }

// Zbb: logic with a negated operand, counts, minimum and maximum, extension, rotation, bytes.
void Andn(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] & ~h.x[s.rs2]; }
void Orn(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] | ~h.x[s.rs2]; }
void Xnor(HartState& h, const Slot& s) { h.x[s.rd] = ~(h.x[s.rs1] ^ h.x[s.rs2]); }

uint64_t Count(int bits) { return static_cast<uint64_t>(bits); }
void Clz(HartState& h, const Slot& s) { h.x[s.rd] = Count(std::countl_zero(h.x[s.rs1])); }
void Clzw(HartState& h, const Slot& s) { h.x[s.rd] = Count(std::countl_zero(Low(h.x[s.rs1]))); }
void Ctz(HartState& h, const Slot& s) { h.x[s.rd] = Count(std::countr_zero(h.x[s.rs1])); }
void Ctzw(HartState& h, const Slot& s) { h.x[s.rd] = Count(std::countr_zero(Low(h.x[s.rs1]))); }
void Cpop(HartState& h, const Slot& s) { h.x[s.rd] = Count(std::popcount(h.x[s.rs1])); }
void Cpopw(HartState& h, const Slot& s) { h.x[s.rd] = Count(std::popcount(Low(h.x[s.rs1]))); }

void Max(HartState& h, const Slot& s) {
  h.x[s.rd] = static_cast<uint64_t>(std::max(Signed(h.x[s.rs1]), Signed(h.x[s.rs2])));
}
void Maxu(HartState& h, const Slot& s) { h.x[s.rd] = std::max(h.x[s.rs1], h.x[s.rs2]); }
void Min(HartState& h, const Slot& s) {
  h.x[s.rd] = static_cast<uint64_t>(std::min(Signed(h.x[s.rs1]), Signed(h.x[s.rs2])));
}
void Minu(HartState& h, const Slot& s) { h.x[s.rd] = std::min(h.x[s.rs1], h.x[s.rs2]); }

void SextB(HartState& h, const Slot& s) {
  h.x[s.rd] = static_cast<uint64_t>(int64_t{static_cast<int8_t>(h.x[s.rs1])});
}
void SextH(HartState& h, const Slot& s) {
  h.x[s.rd] = static_cast<uint64_t>(int64_t{static_cast<int16_t>(h.x[s.rs1])});
}
void ZextH(HartState& h, const Slot& s) { h.x[s.rd] = static_cast<uint16_t>(h.x[s.rs1]); }

void Rol(HartState& h, const Slot& s) {
  h.x[s.rd] = std::rotl(h.x[s.rs1], static_cast<int>(h.x[s.rs2] & 63));
}
void Rolw(HartState& h, const Slot& s) {
  h.x[s.rd] = SignExtend32(std::rotl(Low(h.x[s.rs1]), static_cast<int>(h.x[s.rs2] & 31)));
}
void Ror(HartState& h, const Slot& s) {
  h.x[s.rd] = std::rotr(h.x[s.rs1], static_cast<int>(h.x[s.rs2] & 63));
}
void Rorw(HartState& h, const Slot& s) {
  h.x[s.rd] = SignExtend32(std::rotr(Low(h.x[s.rs1]), static_cast<int>(h.x[s.rs2] & 31)));
}
void Rori(HartState& h, const Slot& s) {
  h.x[s.rd] = std::rotr(h.x[s.rs1], static_cast<int>(s.imm & 63));
}
void Roriw(HartState& h, const Slot& s) {
  h.x[s.rd] = SignExtend32(std::rotr(Low(h.x[s.rs1]), static_cast<int>(s.imm & 31)));
}

// Every byte that is not zero becomes all ones.
void OrcB(HartState& h, const Slot& s) {
  const uint64_t value = h.x[s.rs1];
  uint64_t result = 0;
  for (uint64_t byte = 0xff; byte != 0; byte <<= 8) result |= (value & byte) != 0 ? byte : 0;
  h.x[s.rd] = result;
}
void Rev8(HartState& h, const Slot& s) { h.x[s.rd] = __builtin_bswap64(h.x[s.rs1]); }

// Zbc: bits `first_bit` to first_bit + 63 of the product of two polynomials over GF(2).
uint64_t CarryLessProduct(uint64_t a, uint64_t b, int first_bit) {
  Uint128 product = 0;
  for (; b != 0; b &= b - 1) product ^= Uint128{a} << std::countr_zero(b);
  return static_cast<uint64_t>(product >> first_bit);
}
void Clmul(HartState& h, const Slot& s) { h.x[s.rd] = CarryLessProduct(h.x[s.rs1], h.x[s.rs2], 0); }
void Clmulh(HartState& h, const Slot& s) {
  h.x[s.rd] = CarryLessProduct(h.x[s.rs1], h.x[s.rs2], 64);
}
void Clmulr(HartState& h, const Slot& s) {
  h.x[s.rd] = CarryLessProduct(h.x[s.rs1], h.x[s.rs2], 63);
}

// Zbs: one bit, whose number is the low six bits of the operand.
uint64_t Bit(uint64_t number) { return uint64_t{1} << (number & 63); }
void Bclr(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] & ~Bit(h.x[s.rs2]); }
void Bclri(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] & ~Bit(s.imm); }
void Bext(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] >> (h.x[s.rs2] & 63) & 1; }
void Bexti(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] >> (s.imm & 63) & 1; }
void Binv(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] ^ Bit(h.x[s.rs2]); }
void Binvi(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] ^ Bit(s.imm); }
void Bset(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] | Bit(h.x[s.rs2]); }
void Bseti(HartState& h, const Slot& s) { h.x[s.rd] = h.x[s.rs1] | Bit(s.imm); }

}  // namespace

void AddHandlersB(HandlerTable* t) {
  t->Set(Op::kAddUw, Plain<ShAddUw<0>>);
  t->Set(Op::kSh1add, Plain<ShAdd<1>>);
  t->Set(Op::kSh2add, Plain<ShAdd<2>>);
  t->Set(Op::kSh3add, Plain<ShAdd<3>>);
  t->Set(Op::kSh1addUw, Plain<ShAddUw<1>>);
  t->Set(Op::kSh2addUw, Plain<ShAddUw<2>>);
  t->Set(Op::kSh3addUw, Plain<ShAddUw<3>>);
  t->Set(Op::kSlliUw, Plain<SlliUw>);
  t->Set(Op::kAndn, Plain<Andn>);
  t->Set(Op::kOrn, Plain<Orn>);
  t->Set(Op::kXnor, Plain<Xnor>);
  t->Set(Op::kClz, Plain<Clz>);
  t->Set(Op::kClzw, Plain<Clzw>);
  t->Set(Op::kCtz, Plain<Ctz>);
  t->Set(Op::kCtzw, Plain<Ctzw>);
  t->Set(Op::kCpop, Plain<Cpop>);
  t->Set(Op::kCpopw, Plain<Cpopw>);
  t->Set(Op::kMax, Plain<Max>);
  t->Set(Op::kMaxu, Plain<Maxu>);
  t->Set(Op::kMin, Plain<Min>);
  t->Set(Op::kMinu, Plain<Minu>);
  t->Set(Op::kSextB, Plain<SextB>);
  t->Set(Op::kSextH, Plain<SextH>);
  t->Set(Op::kZextH, Plain<ZextH>);
  t->Set(Op::kRol, Plain<Rol>);
  t->Set(Op::kRolw, Plain<Rolw>);
  t->Set(Op::kRor, Plain<Ror>);
  t->Set(Op::kRorw, Plain<Rorw>);
  t->Set(Op::kRori, Plain<Rori>);
  t->Set(Op::kRoriw, Plain<Roriw>);
  t->Set(Op::kOrcB, Plain<OrcB>);
  t->Set(Op::kRev8, Plain<Rev8>);
  t->Set(Op::kClmul, Plain<Clmul>);
  t->Set(Op::kClmulh, Plain<Clmulh>);
  t->Set(Op::kClmulr, Plain<Clmulr>);
  t->Set(Op::kBclr, Plain<Bclr>);
  t->Set(Op::kBclri, Plain<Bclri>);
  t->Set(Op::kBext, Plain<Bext>);
  t->Set(Op::kBexti, Plain<Bexti>);
  t->Set(Op::kBinv, Plain<Binv>);
  t->Set(Op::kBinvi, Plain<Binvi>);
  t->Set(Op::kBset, Plain<Bset>);
  t->Set(Op::kBseti, Plain<Bseti>);
}

}  // namespace lockstep::interp

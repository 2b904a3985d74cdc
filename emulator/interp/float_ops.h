// What the F and D handlers share: operands, results, rounding modes and flags.
//
// Float is uint32_t for single and uint64_t for double precision. Register values of single
// precision are NaN-boxed (Unprivileged ISA, section 12.2).
#ifndef EMULATOR_INTERP_FLOAT_OPS_H_
#define EMULATOR_INTERP_FLOAT_OPS_H_

#include <cstdint>
#include <type_traits>

#include "emulator/fp/float.h"
#include "emulator/interp/memory_access.h"
#include "emulator/interp/slot.h"

namespace lockstep::interp {

inline constexpr uint64_t kBox = 0xffffffff00000000;

template <typename Float>
inline constexpr Float kSignBit = Float{1} << (sizeof(Float) * 8 - 1);

// The operand in f[n]; a single that is not boxed is the canonical NaN.
template <typename Float>
Float ReadFloat(const HartState& h, int n) {
  if constexpr (std::is_same_v<Float, uint32_t>) {
    return (h.f[n] & kBox) == kBox ? static_cast<uint32_t>(h.f[n]) : fp::kCanonicalNan32;
  } else {
    return h.f[n];
  }
}

template <typename Float>
uint64_t Boxed(Float value) {
  return sizeof(Float) == 4 ? kBox | value : value;
}

// mstatus.FS becomes Dirty with the first write of an f register.
inline void MarkFpDirty(HartState& h) {
  if (h.fp_dirty) return;
  h.fp_dirty = true;
  h.csr.mstatus |= cpu::kMstatusFs;
  h.digest.MarkCsr();
}

template <typename Float>
void WriteFloat(HartState& h, int n, Float value) {
  h.f[n] = Boxed(value);
  MarkFpDirty(h);
}

// The instruction's rounding mode; false: reserved.
inline bool RoundingMode(const HartState& h, const Slot& s, fp::Round* round) {
  const uint8_t rm = s.rm == 7 ? h.frm : s.rm;
  *round = static_cast<fp::Round>(rm);
  return rm <= 4;
}

// Wraps an operation: illegal when FS is Off, then flags are accrued.
//   bool Fn(HartState&, const Slot&, uint8_t* flags), false: reserved rounding mode.
template <auto Fn>
Flow FloatOp(HartState& h, const Slot& s) {
  if (h.fp_off) [[unlikely]]
    return Illegal(h, s, Flow::kTrap);
  uint8_t flags = 0;
  if (!Fn(h, s, &flags)) [[unlikely]]
    return Illegal(h, s, Flow::kFault);
  h.fflags |= flags;
  return Flow::kNext;
}

template <typename Float, Float (*kOperation)(Float, Float, fp::Round, uint8_t*)>
bool Binary(HartState& h, const Slot& s, uint8_t* flags) {
  fp::Round round;
  if (!RoundingMode(h, s, &round)) return false;
  WriteFloat(h, s.rd,
             kOperation(ReadFloat<Float>(h, s.rs1), ReadFloat<Float>(h, s.rs2), round, flags));
  return true;
}

template <typename Float>
bool SquareRoot(HartState& h, const Slot& s, uint8_t* flags) {
  fp::Round round;
  if (!RoundingMode(h, s, &round)) return false;
  WriteFloat(h, s.rd, fp::Sqrt(ReadFloat<Float>(h, s.rs1), round, flags));
  return true;
}

// (+-a * b) +- c: fmadd, fmsub, fnmsub, fnmadd.
template <typename Float, bool kNegateProduct, bool kNegateAddend>
bool Fused(HartState& h, const Slot& s, uint8_t* flags) {
  fp::Round round;
  if (!RoundingMode(h, s, &round)) return false;
  const Float a = ReadFloat<Float>(h, s.rs1) ^ (kNegateProduct ? kSignBit<Float> : Float{0});
  const Float c = ReadFloat<Float>(h, s.rs3) ^ (kNegateAddend ? kSignBit<Float> : Float{0});
  WriteFloat(h, s.rd, fp::MulAdd(a, ReadFloat<Float>(h, s.rs2), c, round, flags));
  return true;
}

template <typename Float, Float (*kOperation)(Float, Float, uint8_t*)>
bool MinMax(HartState& h, const Slot& s, uint8_t* flags) {
  WriteFloat(h, s.rd, kOperation(ReadFloat<Float>(h, s.rs1), ReadFloat<Float>(h, s.rs2), flags));
  return true;
}

template <typename Float, bool (*kOperation)(Float, Float, uint8_t*)>
bool Compare(HartState& h, const Slot& s, uint8_t* flags) {
  h.x[s.rd] = kOperation(ReadFloat<Float>(h, s.rs1), ReadFloat<Float>(h, s.rs2), flags);
  return true;
}

enum class SignFrom : uint8_t { kSecond, kSecondNegated, kBoth };

template <typename Float, SignFrom kFrom>
bool SignInject(HartState& h, const Slot& s, uint8_t*) {
  const Float a = ReadFloat<Float>(h, s.rs1);
  Float sign = ReadFloat<Float>(h, s.rs2);
  if constexpr (kFrom == SignFrom::kSecondNegated) sign = ~sign;
  if constexpr (kFrom == SignFrom::kBoth) sign ^= a;
  WriteFloat(h, s.rd, static_cast<Float>((a & ~kSignBit<Float>) | (sign & kSignBit<Float>)));
  return true;
}

template <typename Float>
bool Class(HartState& h, const Slot& s, uint8_t*) {
  h.x[s.rd] = fp::Classify(ReadFloat<Float>(h, s.rs1));
  return true;
}

template <typename Float, uint64_t (*kOperation)(Float, fp::Round, uint8_t*)>
bool ToInteger(HartState& h, const Slot& s, uint8_t* flags) {
  fp::Round round;
  if (!RoundingMode(h, s, &round)) return false;
  h.x[s.rd] = kOperation(ReadFloat<Float>(h, s.rs1), round, flags);
  return true;
}

// Integer is the operand's type: int32_t, uint32_t, int64_t or uint64_t.
template <typename Float, typename Integer>
bool FromInteger(HartState& h, const Slot& s, uint8_t* flags) {
  fp::Round round;
  if (!RoundingMode(h, s, &round)) return false;
  const Integer value = static_cast<Integer>(h.x[s.rs1]);
  if constexpr (std::is_signed_v<Integer>) {
    WriteFloat(h, s.rd, fp::FromInt64<Float>(value, round, flags));
  } else {
    WriteFloat(h, s.rd, fp::FromUint64<Float>(value, round, flags));
  }
  return true;
}

// fmv.x.w, fmv.x.d: the bits as they are, boxed or not.
template <typename Float>
bool MoveToInteger(HartState& h, const Slot& s, uint8_t*) {
  using Signed = std::make_signed_t<Float>;
  h.x[s.rd] = static_cast<uint64_t>(int64_t{static_cast<Signed>(h.f[s.rs1])});
  return true;
}
template <typename Float>
bool MoveFromInteger(HartState& h, const Slot& s, uint8_t*) {
  WriteFloat(h, s.rd, static_cast<Float>(h.x[s.rs1]));
  return true;
}

// Loads and stores are written out as those of integers are: their fast path needs no stack frame.
template <typename Float>
Flow LoadFloat(HartState& h, const Slot& s) {
  if (h.fp_off) return Illegal(h, s, Flow::kTrap);
  Float value;
  const Flow flow = LoadFrom(h, s, h.x[s.rs1] + s.imm, &value);
  if (flow == Flow::kFault) return flow;
  WriteFloat(h, s.rd, value);
  return flow;
}
template <typename Float>
[[gnu::noinline]] uint32_t LoadFloatMissed(HartState* h, const Slot* s) {
  return Fallible<LoadFloat<Float>>(h, s);
}

template <typename Float>
uint32_t LoadFloatFast(HartState* h, const Slot* s) {
  const uint64_t va = h->x[s->rs1] + s->imm;
  const mem::TlbEntry& entry = EntryFor(*h, h->load_tlb, va);
  // What is Dirty is not Off.
  if (!h->fp_dirty || !TagMatches<Float>(entry, va)) [[unlikely]]
    return LoadFloatMissed<Float>(h, s);
  Float value;
  std::memcpy(&value, HostAddress(entry, va), sizeof(Float));
  h->f[s->rd] = Boxed(value);
  return s[1].fn(h, s + 1);
}

template <typename Float, bool kDigest>
Flow StoreFloat(HartState& h, const Slot& s) {
  if (h.fp_off) return Illegal(h, s, Flow::kTrap);
  return StoreTo<Float, kDigest>(h, s, h.x[s.rs1] + s.imm, static_cast<Float>(h.f[s.rs2]));
}
template <typename Float, bool kDigest>
[[gnu::noinline]] uint32_t StoreFloatMissed(HartState* h, const Slot* s) {
  return Fallible<StoreFloat<Float, kDigest>>(h, s);
}

template <typename Float, bool kDigest>
uint32_t StoreFloatFast(HartState* h, const Slot* s) {
  const uint64_t va = h->x[s->rs1] + s->imm;
  const mem::TlbEntry& entry = EntryFor(*h, h->store_tlb, va);
  if (h->fp_off || !TagMatches<Float>(entry, va)) [[unlikely]]
    return StoreFloatMissed<Float, kDigest>(h, s);
  const Float value = static_cast<Float>(h->f[s->rs2]);
  std::memcpy(HostAddress(entry, va), &value, sizeof(Float));
  if constexpr (kDigest) {
    h->digest.StoredAt(va + entry.digest_addend, value, sizeof(Float));
  }
  return s[1].fn(h, s + 1);
}

template <auto Fn>
void SetFloat(HandlerTable* t, isa::Op op) {
  t->Set(op, Fallible<FloatOp<Fn>>);
}

// The operations of one precision, by the numbers of its rows.
struct FloatOps {
  isa::Op load, store, madd, msub, nmsub, nmadd, add, sub, mul, div, sqrt, sgnj, sgnjn, sgnjx, min,
      max, eq, lt, le, classify, to_w, to_wu, to_l, to_lu, from_w, from_wu, from_l, from_lu,
      to_bits, from_bits;
};

template <typename Float>
void SetPrecision(HandlerTable* t, const FloatOps& ops) {
  t->Set(ops.load, LoadFloatFast<Float>);
  t->Set(ops.store, StoreFloatFast<Float, false>, StoreFloatFast<Float, true>);
  SetFloat<Fused<Float, false, false>>(t, ops.madd);
  SetFloat<Fused<Float, false, true>>(t, ops.msub);
  SetFloat<Fused<Float, true, false>>(t, ops.nmsub);
  SetFloat<Fused<Float, true, true>>(t, ops.nmadd);
  SetFloat<Binary<Float, fp::Add<Float>>>(t, ops.add);
  SetFloat<Binary<Float, fp::Sub<Float>>>(t, ops.sub);
  SetFloat<Binary<Float, fp::Mul<Float>>>(t, ops.mul);
  SetFloat<Binary<Float, fp::Div<Float>>>(t, ops.div);
  SetFloat<SquareRoot<Float>>(t, ops.sqrt);
  SetFloat<SignInject<Float, SignFrom::kSecond>>(t, ops.sgnj);
  SetFloat<SignInject<Float, SignFrom::kSecondNegated>>(t, ops.sgnjn);
  SetFloat<SignInject<Float, SignFrom::kBoth>>(t, ops.sgnjx);
  SetFloat<MinMax<Float, fp::Min<Float>>>(t, ops.min);
  SetFloat<MinMax<Float, fp::Max<Float>>>(t, ops.max);
  SetFloat<Compare<Float, fp::Eq<Float>>>(t, ops.eq);
  SetFloat<Compare<Float, fp::Lt<Float>>>(t, ops.lt);
  SetFloat<Compare<Float, fp::Le<Float>>>(t, ops.le);
  SetFloat<Class<Float>>(t, ops.classify);
  SetFloat<ToInteger<Float, fp::ToInt32<Float>>>(t, ops.to_w);
  SetFloat<ToInteger<Float, fp::ToUint32<Float>>>(t, ops.to_wu);
  SetFloat<ToInteger<Float, fp::ToInt64<Float>>>(t, ops.to_l);
  SetFloat<ToInteger<Float, fp::ToUint64<Float>>>(t, ops.to_lu);
  SetFloat<FromInteger<Float, int32_t>>(t, ops.from_w);
  SetFloat<FromInteger<Float, uint32_t>>(t, ops.from_wu);
  SetFloat<FromInteger<Float, int64_t>>(t, ops.from_l);
  SetFloat<FromInteger<Float, uint64_t>>(t, ops.from_lu);
  SetFloat<MoveToInteger<Float>>(t, ops.to_bits);
  SetFloat<MoveFromInteger<Float>>(t, ops.from_bits);
}

}  // namespace lockstep::interp

#endif  // EMULATOR_INTERP_FLOAT_OPS_H_

// Handlers that let the host compute (emulator/fp/host_float.h). Each stands in front of the
// handler that can do everything, and goes on there when the host's result is not certain, or FS is
// not Dirty, or frm is not to nearest.
#ifndef EMULATOR_INTERP_HOST_FLOAT_OPS_H_
#define EMULATOR_INTERP_HOST_FLOAT_OPS_H_

#include <cstdint>
#include <type_traits>

#include "emulator/fp/host_float.h"
#include "emulator/interp/float_ops.h"

#if LOCKSTEP_HAS_HOST_FLOAT

namespace lockstep::interp {

// FS is Dirty, and so not Off, and frm is to nearest. With NX set besides, flags need not be asked
// for.
inline bool IsReady(const HartState& h) { return h.fp_dirty && h.frm == 0; }
inline bool IsReadyAndInexact(const HartState& h) {
  return IsReady(h) && (h.fflags & fp::kInexact) != 0;
}

// Operands of the fused operations, with their signs as the instruction has them.
template <typename Float, bool kNegateProduct, bool kNegateAddend>
struct FusedOperands {
  explicit FusedOperands(const HartState& h, const Slot& s)
      : a(fp::host::ToNative<Float>(ReadFloat<Float>(h, s.rs1) ^
                                    (kNegateProduct ? kSignBit<Float> : Float{0}))),
        b(fp::host::ToNative(ReadFloat<Float>(h, s.rs2))),
        c(fp::host::ToNative<Float>(ReadFloat<Float>(h, s.rs3) ^
                                    (kNegateAddend ? kSignBit<Float> : Float{0}))) {}
  template <typename Fn>
  auto Give(Fn fn) const {
    return fn(a, b, c);
  }
  fp::host::Native<Float> a, b, c;
};

template <typename Float>
struct TwoOperands {
  explicit TwoOperands(const HartState& h, const Slot& s)
      : a(fp::host::ToNative(ReadFloat<Float>(h, s.rs1))),
        b(fp::host::ToNative(ReadFloat<Float>(h, s.rs2))) {}
  template <typename Fn>
  auto Give(Fn fn) const {
    return fn(a, b);
  }
  fp::host::Native<Float> a, b;
};

template <typename Float>
struct OneOperand {
  explicit OneOperand(const HartState& h, const Slot& s)
      : a(fp::host::ToNative(ReadFloat<Float>(h, s.rs1))) {}
  template <typename Fn>
  auto Give(Fn fn) const {
    return fn(a);
  }
  fp::host::Native<Float> a;
};

// NX is not set yet: the same with a look at what the host says of exactness.
template <typename Operation, typename Operands, Handler kOtherwise>
[[gnu::noinline]] uint32_t HostToldOp(HartState* h, const Slot* s) {
  if (!IsReady(*h)) return kOtherwise(h, s);
  bool inexact;
  const auto result = fp::host::ToBits(
      Operands(*h, *s).Give([&](auto... x) { return Operation::Told(x..., &inexact); }));
  if (!Operation::IsCertain(result)) return kOtherwise(h, s);
  if (inexact) h->fflags |= fp::kInexact;
  h->f[s->rd] = Boxed(result);
  return s[1].fn(h, s + 1);
}

template <typename Operation, typename Operands, Handler kOtherwise>
uint32_t HostOp(HartState* h, const Slot* s) {
  if (!IsReadyAndInexact(*h)) [[unlikely]]
    return HostToldOp<Operation, Operands, kOtherwise>(h, s);
  const auto result =
      fp::host::ToBits(Operands(*h, *s).Give([](auto... x) { return Operation::Value(x...); }));
  if (!Operation::IsCertain(result)) [[unlikely]]
    return kOtherwise(h, s);
  h->f[s->rd] = Boxed(result);
  return s[1].fn(h, s + 1);
}

// fcvt.d.s: exact, of all but NaNs.
template <Handler kOtherwise>
uint32_t HostWiden(HartState* h, const Slot* s) {
  const float a = fp::host::ToNative(ReadFloat<uint32_t>(*h, s->rs1));
  if (!IsReady(*h) || a != a) [[unlikely]]
    return kOtherwise(h, s);
  h->f[s->rd] = fp::host::ToBits(static_cast<double>(a));
  return s[1].fn(h, s + 1);
}

// fcvt.{s,d}.{w,wu,l,lu}; Integer is the operand's type.
template <typename Float, typename Integer, Handler kOtherwise>
uint32_t HostFromInteger(HartState* h, const Slot* s) {
  using From = fp::host::FromSigned<Float>;
  constexpr bool kIsExact = sizeof(Integer) * 8 <= fp::host::kFractionBits<Float>;
  const int64_t value = static_cast<int64_t>(static_cast<Integer>(h->x[s->rs1]));
  const bool fits = std::is_signed_v<Integer> || value >= 0;
  if (!IsReady(*h) || !fits) [[unlikely]]
    return kOtherwise(h, s);
  if constexpr (kIsExact) {
    h->f[s->rd] = Boxed(fp::host::ToBits(From::Value(value)));
  } else {
    bool inexact = false;
    const bool is_told = (h->fflags & fp::kInexact) == 0;
    const auto result = is_told ? From::Told(value, &inexact) : From::Value(value);
    if (inexact) h->fflags |= fp::kInexact;
    h->f[s->rd] = Boxed(fp::host::ToBits(result));
  }
  return s[1].fn(h, s + 1);
}

// fcvt.{w,wu,l,lu}.{s,d}, to nearest or, with kTruncates, towards zero (a fixed mode).
template <typename Float, typename Integer, bool kTruncates, Handler kOtherwise>
uint32_t HostToInteger(HartState* h, const Slot* s) {
  const auto a = fp::host::ToNative(ReadFloat<Float>(*h, s->rs1));
  const int64_t value = kTruncates ? fp::host::Truncated(a) : fp::host::ToNearestInteger(a);
  const bool fits = sizeof(Integer) == 8
                        ? value != fp::host::kNoInteger && (std::is_signed_v<Integer> || value >= 0)
                        : static_cast<int64_t>(static_cast<Integer>(value)) == value;
  const bool is_ready = kTruncates ? !h->fp_off : IsReady(*h);
  if (!is_ready || !fits) [[unlikely]]
    return kOtherwise(h, s);
  // The integer is one that the format has, so that the way back is exact.
  const bool is_exact = static_cast<fp::host::Native<Float>>(value) == a;
  if (!is_exact && (h->fflags & fp::kInexact) == 0) h->fflags |= fp::kInexact;
  using Signed = std::make_signed_t<Integer>;
  h->x[s->rd] = static_cast<uint64_t>(static_cast<int64_t>(static_cast<Signed>(value)));
  return s[1].fn(h, s + 1);
}

// fmin, fmax of two numbers that differ.
template <typename Float, bool kMax, Handler kOtherwise>
uint32_t HostMinMax(HartState* h, const Slot* s) {
  const Float a = ReadFloat<Float>(*h, s->rs1), b = ReadFloat<Float>(*h, s->rs2);
  const auto x = fp::host::ToNative(a), y = fp::host::ToNative(b);
  if (!IsReady(*h) || !(x < y || x > y)) [[unlikely]]
    return kOtherwise(h, s);
  h->f[s->rd] = Boxed((x < y) != kMax ? a : b);
  return s[1].fn(h, s + 1);
}

// feq, flt, fle of two numbers.
enum class Relation : uint8_t { kEqual, kLess, kLessOrEqual };

template <typename Float, Relation kRelation, Handler kOtherwise>
uint32_t HostCompare(HartState* h, const Slot* s) {
  const auto a = fp::host::ToNative(ReadFloat<Float>(*h, s->rs1));
  const auto b = fp::host::ToNative(ReadFloat<Float>(*h, s->rs2));
  if (h->fp_off || __builtin_isunordered(a, b)) [[unlikely]]
    return kOtherwise(h, s);
  h->x[s->rd] = kRelation == Relation::kEqual  ? a == b
                : kRelation == Relation::kLess ? a < b
                                               : a <= b;
  return s[1].fn(h, s + 1);
}

// The handlers of one precision. Everything that rounds has one for the fixed mode to nearest and
// the dynamic one; to integers also for the fixed mode towards zero.
template <typename Float>
class HostHandlers {
 public:
  explicit HostHandlers(HandlerTable* table) : table_(*table) {}

  void Set(const FloatOps& ops) {
    SetArithmetic(ops);
    SetConversions(ops);
    Nearest(ops.min, HostMinMax<Float, false, kSlow<MinMax<Float, fp::Min<Float>>>>);
    Nearest(ops.max, HostMinMax<Float, true, kSlow<MinMax<Float, fp::Max<Float>>>>);
    Nearest(ops.eq, HostCompare<Float, Relation::kEqual, kSlow<Compare<Float, fp::Eq<Float>>>>);
    Nearest(ops.lt, HostCompare<Float, Relation::kLess, kSlow<Compare<Float, fp::Lt<Float>>>>);
    Nearest(ops.le,
            HostCompare<Float, Relation::kLessOrEqual, kSlow<Compare<Float, fp::Le<Float>>>>);
  }

 private:
  template <auto Fn>
  static constexpr Handler kSlow = Fallible<FloatOp<Fn>>;

  void Nearest(isa::Op op, Handler handler) {
    table_.host_nearest[static_cast<size_t>(op)] = handler;
  }

  void SetArithmetic(const FloatOps& ops) {
    namespace host = fp::host;
    using Two = TwoOperands<Float>;
    Nearest(ops.add, HostOp<host::Add, Two, kSlow<Binary<Float, fp::Add<Float>>>>);
    Nearest(ops.sub, HostOp<host::Sub, Two, kSlow<Binary<Float, fp::Sub<Float>>>>);
    Nearest(ops.mul, HostOp<host::Mul, Two, kSlow<Binary<Float, fp::Mul<Float>>>>);
    Nearest(ops.div, HostOp<host::Div, Two, kSlow<Binary<Float, fp::Div<Float>>>>);
    Nearest(ops.sqrt, HostOp<host::Sqrt, OneOperand<Float>, kSlow<SquareRoot<Float>>>);
    SetFused<false, false>(ops.madd);
    SetFused<false, true>(ops.msub);
    SetFused<true, false>(ops.nmsub);
    SetFused<true, true>(ops.nmadd);
  }

  template <bool kNegateProduct, bool kNegateAddend>
  void SetFused(isa::Op op) {
    Nearest(op, HostOp<fp::host::MulAdd, FusedOperands<Float, kNegateProduct, kNegateAddend>,
                       kSlow<Fused<Float, kNegateProduct, kNegateAddend>>>);
  }

  void SetConversions(const FloatOps& ops) {
    SetToInteger<int32_t, fp::ToInt32<Float>>(ops.to_w);
    SetToInteger<uint32_t, fp::ToUint32<Float>>(ops.to_wu);
    SetToInteger<int64_t, fp::ToInt64<Float>>(ops.to_l);
    SetToInteger<uint64_t, fp::ToUint64<Float>>(ops.to_lu);
    SetFromInteger<int32_t>(ops.from_w);
    SetFromInteger<uint32_t>(ops.from_wu);
    SetFromInteger<int64_t>(ops.from_l);
    SetFromInteger<uint64_t>(ops.from_lu);
  }

  template <typename Integer, uint64_t (*kOperation)(Float, fp::Round, uint8_t*)>
  void SetToInteger(isa::Op op) {
    constexpr Handler kOtherwise = kSlow<ToInteger<Float, kOperation>>;
    Nearest(op, HostToInteger<Float, Integer, /*kTruncates=*/false, kOtherwise>);
    table_.host_truncating[static_cast<size_t>(op)] =
        HostToInteger<Float, Integer, /*kTruncates=*/true, kOtherwise>;
  }

  template <typename Integer>
  void SetFromInteger(isa::Op op) {
    Nearest(op, HostFromInteger<Float, Integer, kSlow<FromInteger<Float, Integer>>>);
  }

  HandlerTable& table_;
};

}  // namespace lockstep::interp

#endif  // LOCKSTEP_HAS_HOST_FLOAT

#endif  // EMULATOR_INTERP_HOST_FLOAT_OPS_H_

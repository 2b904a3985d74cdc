// D: double precision. Source: Unprivileged ISA, chapter 12.

#include "emulator/interp/float_ops.h"
#include "emulator/interp/host_float_ops.h"

namespace lockstep::interp {
namespace {

using isa::Op;

// fcvt.s.d
bool Narrow(HartState& h, const Slot& s, uint8_t* flags) {
  fp::Round round;
  if (!RoundingMode(h, s, &round)) return false;
  WriteFloat(h, s.rd, fp::NarrowToF32(ReadFloat<uint64_t>(h, s.rs1), round, flags));
  return true;
}

// fcvt.d.s is exact, but a reserved rounding mode is still refused.
bool Widen(HartState& h, const Slot& s, uint8_t* flags) {
  fp::Round round;
  if (!RoundingMode(h, s, &round)) return false;
  WriteFloat(h, s.rd, fp::WidenToF64(ReadFloat<uint32_t>(h, s.rs1), flags));
  return true;
}

constexpr FloatOps kOps = {.load = Op::kFld,
                           .store = Op::kFsd,
                           .madd = Op::kFmaddD,
                           .msub = Op::kFmsubD,
                           .nmsub = Op::kFnmsubD,
                           .nmadd = Op::kFnmaddD,
                           .add = Op::kFaddD,
                           .sub = Op::kFsubD,
                           .mul = Op::kFmulD,
                           .div = Op::kFdivD,
                           .sqrt = Op::kFsqrtD,
                           .sgnj = Op::kFsgnjD,
                           .sgnjn = Op::kFsgnjnD,
                           .sgnjx = Op::kFsgnjxD,
                           .min = Op::kFminD,
                           .max = Op::kFmaxD,
                           .eq = Op::kFeqD,
                           .lt = Op::kFltD,
                           .le = Op::kFleD,
                           .classify = Op::kFclassD,
                           .to_w = Op::kFcvtWD,
                           .to_wu = Op::kFcvtWuD,
                           .to_l = Op::kFcvtLD,
                           .to_lu = Op::kFcvtLuD,
                           .from_w = Op::kFcvtDW,
                           .from_wu = Op::kFcvtDWu,
                           .from_l = Op::kFcvtDL,
                           .from_lu = Op::kFcvtDLu,
                           .to_bits = Op::kFmvXD,
                           .from_bits = Op::kFmvDX};

#if LOCKSTEP_HAS_HOST_FLOAT
void AddHostHandlers(HandlerTable* t) {
  if (!fp::host::IsUsable()) return;
  HostHandlers<uint64_t>(t).Set(kOps);
  t->host_nearest[static_cast<size_t>(Op::kFcvtSD)] =
      HostOp<fp::host::Narrow, OneOperand<uint64_t>, Fallible<FloatOp<Narrow>>>;
  t->host_nearest[static_cast<size_t>(Op::kFcvtDS)] = HostWiden<Fallible<FloatOp<Widen>>>;
}
#endif

}  // namespace

void AddHandlersD(HandlerTable* t) {
  SetPrecision<uint64_t>(t, kOps);
  SetFloat<Narrow>(t, Op::kFcvtSD);
  SetFloat<Widen>(t, Op::kFcvtDS);
#if LOCKSTEP_HAS_HOST_FLOAT
  AddHostHandlers(t);
#endif
}

}  // namespace lockstep::interp

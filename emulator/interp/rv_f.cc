// F: single precision. Source: Unprivileged ISA, chapter 11.

#include "emulator/interp/float_ops.h"
#include "emulator/interp/host_float_ops.h"

namespace lockstep::interp {

namespace {

using isa::Op;

constexpr FloatOps kOps = {.load = Op::kFlw,
                           .store = Op::kFsw,
                           .madd = Op::kFmaddS,
                           .msub = Op::kFmsubS,
                           .nmsub = Op::kFnmsubS,
                           .nmadd = Op::kFnmaddS,
                           .add = Op::kFaddS,
                           .sub = Op::kFsubS,
                           .mul = Op::kFmulS,
                           .div = Op::kFdivS,
                           .sqrt = Op::kFsqrtS,
                           .sgnj = Op::kFsgnjS,
                           .sgnjn = Op::kFsgnjnS,
                           .sgnjx = Op::kFsgnjxS,
                           .min = Op::kFminS,
                           .max = Op::kFmaxS,
                           .eq = Op::kFeqS,
                           .lt = Op::kFltS,
                           .le = Op::kFleS,
                           .classify = Op::kFclassS,
                           .to_w = Op::kFcvtWS,
                           .to_wu = Op::kFcvtWuS,
                           .to_l = Op::kFcvtLS,
                           .to_lu = Op::kFcvtLuS,
                           .from_w = Op::kFcvtSW,
                           .from_wu = Op::kFcvtSWu,
                           .from_l = Op::kFcvtSL,
                           .from_lu = Op::kFcvtSLu,
                           .to_bits = Op::kFmvXW,
                           .from_bits = Op::kFmvWX};

}  // namespace

void AddHandlersF(HandlerTable* t) {
  SetPrecision<uint32_t>(t, kOps);
#if LOCKSTEP_HAS_HOST_FLOAT
  if (fp::host::IsUsable()) HostHandlers<uint32_t>(t).Set(kOps);
#endif
}

}  // namespace lockstep::interp

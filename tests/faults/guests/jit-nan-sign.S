# insn: fdiv.d
# A NaN that comes of an operation is the host's.
.include "guest.inc"
BEGIN
  fcvt.d.l fa1, zero
guilty:
  fdiv.d fa0, fa1, fa1
  fmv.x.d a0, fa0
  add s1, s1, a0
FINISH

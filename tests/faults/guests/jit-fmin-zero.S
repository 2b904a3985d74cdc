# insn: fmin.d
# Fmin of zeros of two signs is its second operand.
.include "guest.inc"
BEGIN
  fcvt.d.l fa1, zero
  fneg.d fa2, fa1
guilty:
  fmin.d fa0, fa2, fa1
  fmv.x.d a0, fa0
  add s1, s1, a0
FINISH

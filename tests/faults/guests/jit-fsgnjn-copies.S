# insn: fsgnjn.d
# Fsgnjn takes the sign as it is.
.include "guest.inc"
BEGIN
  li a1, 3
  fcvt.d.l fa1, a1
  fcvt.d.l fa2, s0
guilty:
  fsgnjn.d fa0, fa1, fa2
  fmv.x.d a0, fa0
  add s1, s1, a0
FINISH

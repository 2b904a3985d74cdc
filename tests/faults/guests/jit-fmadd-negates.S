# insn: fmadd.d
# Fmadd subtracts its third operand.
.include "guest.inc"
BEGIN
  li a1, 3
  fcvt.d.l fa1, a1
guilty:
  fmadd.d fa0, fa1, fa1, fa1
  fmv.x.d a0, fa0
  add s1, s1, a0
FINISH

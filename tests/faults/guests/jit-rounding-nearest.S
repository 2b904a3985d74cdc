# insn: fdiv.d
# Host code rounds to nearest whatever frm says.
.include "guest.inc"
BEGIN
  csrwi frm, 3
  li a1, 3
  fcvt.d.l fa1, a1
  li a1, 1
  fcvt.d.l fa2, a1
guilty:
  fdiv.d fa0, fa2, fa1
  fmv.x.d a0, fa0
  add s1, s1, a0
FINISH

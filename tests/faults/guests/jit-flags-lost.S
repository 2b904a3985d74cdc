# insn: fdiv.d
# Flags that were raised in host code do not reach fflags.
.include "guest.inc"
BEGIN
  csrwi fflags, 0
  li a1, 3
  fcvt.d.l fa1, a1
  li a1, 1
  fcvt.d.l fa2, a1
guilty:
  fdiv.d fa0, fa2, fa1
  csrr a0, fflags
  add s1, s1, a0
guilty_end:
FINISH

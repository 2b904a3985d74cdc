# insn: fadd.s
# A single that is not NaN-boxed is taken for a number.
.include "guest.inc"
BEGIN
  li a1, 0x3f800000
  fmv.d.x fa1, a1
guilty:
  fadd.s fa0, fa1, fa1
  fmv.x.d a0, fa0
  add s1, s1, a0
FINISH

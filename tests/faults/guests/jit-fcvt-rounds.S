# insn: fcvt.w.d
# Fcvt with rtz rounds by the current mode.
.include "guest.inc"
BEGIN
  la a1, scratch
  li a2, 0x400e000000000000
  sd a2, 0(a1)
  fld fa1, 0(a1)
guilty:
  fcvt.w.d a0, fa1, rtz
  add s1, s1, a0
FINISH

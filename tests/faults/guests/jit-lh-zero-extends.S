# insn: lh
# Lh does not sign-extend.
.include "guest.inc"
BEGIN
  la a1, scratch
  li a2, 0x8001
  sh a2, 8(a1)
guilty:
  lh a0, 8(a1)
  add s1, s1, a0
FINISH

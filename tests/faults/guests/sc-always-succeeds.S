# insn: sc.d
# The reservation was given up by an earlier sc.
.include "guest.inc"
BEGIN
  la a1, scratch
  lr.d a0, (a1)
  sc.d a2, a0, (a1)
  li a3, 77
guilty:
  sc.d a0, a3, (a1)
  add s1, s1, a0
FINISH

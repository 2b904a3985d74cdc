# insn: sh
# The neighbour of a stored half-word stays.
.include "guest.inc"
BEGIN
  la a1, scratch
  li a2, -1
  sd a2, 0(a1)
  li a3, 0x12345678
guilty:
  sh a3, 0(a1)
  ld a0, 0(a1)
  add s1, s1, a0
FINISH

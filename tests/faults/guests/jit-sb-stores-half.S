# insn: sb
# Sb stores two bytes.
.include "guest.inc"
BEGIN
  la a1, scratch
  li a2, 0x1234
guilty:
  sb a2, 16(a1)
  ld a0, 16(a1)
  add s1, s1, a0
FINISH

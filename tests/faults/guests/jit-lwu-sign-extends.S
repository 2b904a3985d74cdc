# insn: lwu
# Lwu sign-extends.
.include "guest.inc"
BEGIN
  la a1, scratch
  li a2, 0x80000001
  sw a2, 8(a1)
guilty:
  lwu a0, 8(a1)
  add s1, s1, a0
FINISH

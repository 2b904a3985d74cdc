# insn: jalr
# Jalr does not clear bit 0 of its target.
.include "guest.inc"
BEGIN
  la a1, 1f
  addi a1, a1, 1
guilty:
  jalr a0, 0(a1)
1:
  add s1, s1, a0
FINISH

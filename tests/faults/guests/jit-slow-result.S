# insn: lw
# A value that was loaded out of line is taken from the register that it is not in.
.include "guest.inc"
BEGIN
  la a3, scratch
  li a4, 0x12345678
  sd a4, 8(a3)
  j guilty
guilty:
  addi s11, a4, 4
  lw s11, 9(a3)
  add s10, s11, s11
  add s1, s1, s10
  j guilty_end
guilty_end:
FINISH

# insn: lw
# A value that was loaded out of line is taken from the register that it is not in.
.include "guest.inc"
BEGIN
  # The two last bytes of a page, and two of the next.
  la a3, scratch
  srli a3, a3, 12
  addi a3, a3, 1
  slli a3, a3, 12
  li a4, 0x1234567812345678
  sd a4, -8(a3)
  j guilty
guilty:
  addi s11, a4, 4
  lw s11, -2(a3)
  add s10, s11, s11
  add s1, s1, s10
  j guilty_end
guilty_end:
FINISH

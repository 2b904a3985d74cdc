# insn: addi
# Code that was overwritten still runs where it is jumped to.
.include "guest.inc"
BEGIN
  la a1, guilty
  li a2, 0x00350513
  li a4, 40
1:
  jal ra, guilty
  addi a4, a4, -1
  li a5, 10
  bne a4, a5, 2f
  sw a2, 0(a1)
  fence.i
2:
  bnez a4, 1b
  j guilty_end
  .balign 64
  .option push
  .option norvc
guilty:
  addi a0, a0, 1
  .option pop
  add s1, s1, a0
  ret
  .balign 64
guilty_end:
FINISH

# insn: lw
# A word with its top bit set.
.include "guest.inc"
BEGIN
  la a1, value
  li a2, 5
1:
guilty:
  lw a0, 0(a1)
  add s1, s1, a0
  addi a2, a2, -1
  bnez a2, 1b
FINISH
  .section .data
value:
  .word 0x80000001

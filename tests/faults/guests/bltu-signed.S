# insn: bltu
# 1 is below 2^64-1 only when they are unsigned.
.include "guest.inc"
BEGIN
  li a1, 1
  li a2, -1
guilty:
  bltu a1, a2, 1f
  addi s1, s1, 1
1:
  addi s1, s1, 2
FINISH

# insn: mulhsu
# A negative times an unsigned number.
.include "guest.inc"
BEGIN
  li a1, -3
  li a2, -5
guilty:
  mulhsu a0, a1, a2
  xor s1, s1, a0
FINISH

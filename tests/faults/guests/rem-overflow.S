# insn: rem
# The smallest number modulo -1 is 0.
.include "guest.inc"
BEGIN
  li a1, -1
  slli a1, a1, 63
  li a2, -1
guilty:
  rem a0, a1, a2
  xor s1, s1, a0
FINISH

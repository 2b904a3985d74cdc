# insn: mulhsu
# Mulhsu leaves out the correction for a negative operand.
.include "guest.inc"
BEGIN
  li a1, -3
  li a2, 5
guilty:
  mulhsu a0, a1, a2
  add s1, s1, a0
FINISH

# insn: mulh
# Mulh multiplies unsigned numbers.
.include "guest.inc"
BEGIN
  li a1, -3
  li a2, 5
guilty:
  mulh a0, a1, a2
  add s1, s1, a0
FINISH

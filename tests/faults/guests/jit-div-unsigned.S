# insn: div
# Div divides unsigned numbers.
.include "guest.inc"
BEGIN
  li a1, -100
  li a2, 7
guilty:
  div a0, a1, a2
  add s1, s1, a0
FINISH

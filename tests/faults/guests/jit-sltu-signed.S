# insn: sltu
# Sltu compares as signed numbers.
.include "guest.inc"
BEGIN
  li a1, -5
  li a2, 7
guilty:
  sltu a0, a1, a2
  add s1, s1, a0
FINISH

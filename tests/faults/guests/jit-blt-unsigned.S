# insn: blt
# Blt compares as unsigned numbers.
.include "guest.inc"
BEGIN
  li a1, -5
  li a2, 7
guilty:
  blt a1, a2, 1f
  addi s1, s1, 77
1:
  add s1, s1, a1
FINISH

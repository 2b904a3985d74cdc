# insn: bge
# Equal operands: the branch is taken.
.include "guest.inc"
BEGIN
  li a1, 7
  li a2, 7
guilty:
  bge a1, a2, 1f
  addi s1, s1, 1
1:
  addi s1, s1, 2
FINISH

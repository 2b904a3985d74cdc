# insn: div
# Division by zero gives -1.
.include "guest.inc"
BEGIN
  li a1, 42
  li a2, 0
guilty:
  div a0, a1, a2
  xor s1, s1, a0
FINISH

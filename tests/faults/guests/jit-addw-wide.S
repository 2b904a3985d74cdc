# insn: addw
# Addw's sum is not cut to a word.
.include "guest.inc"
BEGIN
  li a1, 0x7fffffff
  li a2, 1
guilty:
  addw a0, a1, a2
  add s1, s1, a0
FINISH

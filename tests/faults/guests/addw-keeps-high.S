# insn: addw
# A sum that overflows 32 bits.
.include "guest.inc"
BEGIN
  li a1, 0x7fffffff
  li a2, 1
guilty:
  addw a0, a1, a2
  add s1, s1, a0
FINISH

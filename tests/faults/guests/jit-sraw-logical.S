# insn: sraw
# Sraw shifts zeros in.
.include "guest.inc"
BEGIN
  li a1, 0x80000000
  li a2, 4
guilty:
  sraw a0, a1, a2
  add s1, s1, a0
FINISH

# insn: remw
# Remw divides all 64 bits.
.include "guest.inc"
BEGIN
  li a1, 0x100000007
  li a2, 5
guilty:
  remw a0, a1, a2
  add s1, s1, a0
FINISH

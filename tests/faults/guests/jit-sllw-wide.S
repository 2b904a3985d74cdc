# insn: sllw
# Sllw shifts all 64 bits, by six bits.
.include "guest.inc"
BEGIN
  li a1, 0x40000001
  li a2, 35
guilty:
  sllw a0, a1, a2
  add s1, s1, a0
FINISH

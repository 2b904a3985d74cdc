# insn: sllw
# A shift amount of 33, of which five bits count.
.include "guest.inc"
BEGIN
  li a1, 3
  li a2, 33
guilty:
  sllw a0, a1, a2
  xor s1, s1, a0
FINISH

# insn: sraiw
# A negative word shifted right.
.include "guest.inc"
BEGIN
  li a1, -256
guilty:
  sraiw a0, a1, 4
  xor s1, s1, a0
FINISH

# insn: amoadd.d
# A register that an instruction out of line has written is taken for what it was.
.include "guest.inc"
BEGIN
  la a1, scratch
  li a2, 9
  j guilty
guilty:
  li a0, 10
  add s1, s1, a0
  amoadd.d a0, a2, (a1)
  add s1, s1, a0
  j guilty_end
guilty_end:
FINISH

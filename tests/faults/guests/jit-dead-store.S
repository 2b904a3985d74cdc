# insn: ld
# A register that is written again behind a faulting instruction is not written before it.
.include "guest.inc"
BEGIN
  TRAP_SKIP
  li a0, 1
  li a1, 0x40000000
  j guilty
guilty:
  addi a0, a0, 5
  ld a2, 0(a1)
  addi a0, a0, 6
  add s1, s1, a0
  j guilty_end
guilty_end:
FINISH

# insn: interrupt
# A timer interrupt in the middle of a loop.
.include "guest.inc"
BEGIN
  la t0, 5f
  csrw mtvec, t0
  # In 20 ticks of 100 instructions.
  li a1, 0x2000000
  li t0, 0xbff8
  add t0, t0, a1
  ld t1, 0(t0)
  addi t1, t1, 20
  li t0, 0x4000
  add t0, t0, a1
  sd t1, 0(t0)
  li t1, 0x80
  csrs mie, t1
  li s2, 0
  csrsi mstatus, 8
guilty:
  addi s1, s1, 1
  xor s3, s3, s1
  beqz s2, guilty
guilty_end:
  j 6f
  .balign 4
5:
  li s2, 1
  li t1, 0x80
  csrc mie, t1
  mret
6:
FINISH

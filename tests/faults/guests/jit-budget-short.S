# insn: interrupt
# A block begins although a timer is due within it.
.include "guest.inc"
BEGIN
  la t0, handler
  csrw mtvec, t0
  li t0, 0x2004000
  li t1, 0x0200bff8
  ld t2, 0(t1)
  addi t2, t2, 3
  sd t2, 0(t0)
  li t0, 0x80
  csrw mie, t0
  csrsi mstatus, 8
guilty:
  li a4, 60
1:
  addi a0, a0, 1
  addi a0, a0, 2
  addi a0, a0, 3
  addi a0, a0, 4
  addi a0, a0, 5
  addi a4, a4, -1
  bnez a4, 1b
  j 2f
  .balign 4
handler:
  li t0, 0x2004000
  li t1, -1
  sd t1, 0(t0)
  add s1, s1, a0
  mret
guilty_end:
2:
FINISH

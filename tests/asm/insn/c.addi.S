# c.addi: rd = rd + the sign-extended 6-bit immediate; rd = x0 or immediate 0 are HINTs.
# expect: r0=0x6 r1=0x4 r2=0xffffffffffffffe0 r3=0x1f r4=0x8000000000000000 r5=0x7fffffffffffffff
# expect: r6=0x80000000 r7=0x100000000 a0=0x0 a1=0x9

.include "../common.inc"
.option rvc

test:
  li t0, 0x5
  c.addi t0, 1
  OUT r0, t0
  li sp, 0x5
  c.addi sp, -1
  OUT r1, sp
  li s11, 0x0
  c.addi s11, -32
  OUT r2, s11
  li ra, 0x0
  c.addi ra, 31
  OUT r3, ra
  li a7, 0x7fffffffffffffff
  c.addi a7, 1
  OUT r4, a7
  li t6, 0x8000000000000000
  c.addi t6, -1
  mv t5, t6
  OUT r5, t5
  li gp, 0x7fffffff
  c.addi gp, 1
  OUT r6, gp
  li s5, 0xffffffff
  c.addi s5, 1
  OUT r7, s5
  c.nop                                 # c.addi zero, 0
  .2byte 0x0015                         # c.addi zero, 5: a HINT
  mv a0, zero
  li a1, 9
  .2byte 0x0581              # c.addi a1, 0: a HINT
  DONE

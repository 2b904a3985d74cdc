# c.add: rd = rd + rs2, all registers; rd = x0 is a HINT.
# expect: a1=0x8 a2=0x8000000000000000 a3=0xfffffffffffffffe a4=0x1111111111111100 a5=0x2a a6=0x0

.include "../common.inc"
.option rvc

test:
  li t0, 0x5
  li t1, 0x3
  c.add t0, t1
  mv a1, t0
  li s11, 0x7fffffffffffffff
  li a0, 0x1
  c.add s11, a0
  mv a2, s11
  li ra, 0xffffffffffffffff
  li t6, 0xffffffffffffffff
  c.add ra, t6
  mv a3, ra
  li t6, 0x123456789abcdef0
  li sp, 0xfedcba9876543210
  c.add t6, sp
  mv a4, t6
  li t0, 21
  c.add t0, t0
  mv a5, t0
  .2byte 0x9016                         # c.add zero, t0: a HINT
  mv a6, zero
  DONE

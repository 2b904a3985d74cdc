# c.mv: rd = rs2, all registers; rd = x0 is a HINT.
# expect: a1=0x5 a2=0x8000000000000000 a3=0xffffffffffffffff a4=0x123456789abcdef0 a5=0x5 a6=0x0

.include "../common.inc"
.option rvc

test:
  li t1, 0x5
  c.mv t0, t1
  mv a1, t0
  li a0, 0x8000000000000000
  c.mv s11, a0
  mv a2, s11
  li s3, 0xffffffffffffffff
  c.mv ra, s3
  mv a3, ra
  li t2, 0x123456789abcdef0
  c.mv sp, t2
  mv a4, sp
  c.mv t0, t0
  mv a5, t0
  .2byte 0x8016                         # c.mv zero, t0: a HINT
  mv a6, zero
  DONE

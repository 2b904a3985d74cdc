# c.li: rd = the sign-extended 6-bit immediate; rd = x0 is a HINT.
# expect: a0=0x0 sp=0x1 s11=0x1f ra=0xffffffffffffffff t6=0xffffffffffffffe0 a1=0x0

.include "../common.inc"
.option rvc

test:
  li a0, 0x123456789
  c.li a0, 0
  li sp, 0x123456789
  c.li sp, 1
  li s11, 0x123456789
  c.li s11, 31
  li ra, 0x123456789
  c.li ra, -1
  li t6, 0x123456789
  c.li t6, -32
  .2byte 0x4015                         # c.li zero, 5: a HINT
  mv a1, zero
  DONE

# c.slli: rd = rd << shamt, all registers; rd = x0 is a HINT.
# expect: a0=0x2468acf13579bde2 sp=0x4d5e6f7880000000 s11=0x9abcdef100000000 ra=0x8000000000000000
# expect: t6=0x23456789abcdef10 a1=0x0

.include "../common.inc"
.option rvc

test:
  li a0, 0x923456789abcdef1
  c.slli a0, 1
  li sp, 0x923456789abcdef1
  c.slli sp, 31
  li s11, 0x923456789abcdef1
  c.slli s11, 32
  li ra, 0x923456789abcdef1
  c.slli ra, 63
  li t6, 0x923456789abcdef1
  c.slli t6, 4
  .2byte 0x0016                         # c.slli zero, 5: a HINT
  mv a1, zero
  DONE

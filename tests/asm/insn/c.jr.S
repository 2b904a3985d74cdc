# c.jr: jumps to rs1, with bit 0 cleared; no register is written.
# expect: a0=0x3 a1=0x4d

.include "../common.inc"
.option rvc

test:
  li ra, 77
  li a0, 1
  la t0, 1f
  c.jr t0
  c.addi a0, 16
1:
  la t6, 2f + 1
  c.jr t6                               # an odd address
  c.addi a0, 16
2:
  c.addi a0, 2
  mv a1, ra
  DONE

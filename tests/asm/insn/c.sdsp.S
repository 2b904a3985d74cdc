# c.sdsp: stores the register at sp + offset, a multiple of 8.
# expect: cell0=0xf1e2d3c4b5a69788 cell1=0xe3c5a7896b4d2f11 cell2=0xd5a87b4e20f3c69a
# expect: cell4=0xc78b4f12d69a5e23 cell8=0xb96e22d78c40f5ac cell16=0xab50f69c41e78d35
# expect: cell32=0x9d33ca60f78e24be cell63=0x8f169e25ad34bc47 cell62=0xa5a5a5a5a5a5a5a5

.include "../common.inc"
.option rvc

test:
  la sp, cells
  li ra, 0xf1e2d3c4b5a69788
  c.sdsp ra, 0(sp)
  li t0, 0xe3c5a7896b4d2f11
  c.sdsp t0, 8(sp)
  li s1, 0xd5a87b4e20f3c69a
  c.sdsp s1, 16(sp)
  li a0, 0xc78b4f12d69a5e23
  c.sdsp a0, 32(sp)
  li a7, 0xb96e22d78c40f5ac
  c.sdsp a7, 64(sp)
  li s11, 0xab50f69c41e78d35
  c.sdsp s11, 128(sp)
  li t6, 0x9d33ca60f78e24be
  c.sdsp t6, 256(sp)
  li t3, 0x8f169e25ad34bc47
  c.sdsp t3, 504(sp)
  mv t5, sp
  ld t4, 0(t5)
  OUT cell0, t4
  ld t4, 8(t5)
  OUT cell1, t4
  ld t4, 16(t5)
  OUT cell2, t4
  ld t4, 32(t5)
  OUT cell4, t4
  ld t4, 64(t5)
  OUT cell8, t4
  ld t4, 128(t5)
  OUT cell16, t4
  ld t4, 256(t5)
  OUT cell32, t4
  ld t4, 504(t5)
  OUT cell63, t4
  ld t4, 496(t5)
  OUT cell62, t4
  DONE

.section .data
.balign 16
cells:
  .fill 512, 1, 0xa5

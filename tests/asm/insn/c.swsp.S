# c.swsp: stores the low word of the register at sp + offset, a multiple of 4.
# expect: cell0=0x6b4d2f11b5a69788 cell1=0xa5a5a5a520f3c69a cell2=0xa5a5a5a5d69a5e23
# expect: cell4=0xa5a5a5a58c40f5ac cell8=0xa5a5a5a541e78d35 cell16=0xa5a5a5a5f78e24be
# expect: cell31=0xad34bc47a5a5a5a5 cell30=0xa5a5a5a5a5a5a5a5

.include "../common.inc"
.option rvc

test:
  la sp, cells
  li ra, 0xf1e2d3c4b5a69788
  c.swsp ra, 0(sp)
  li t0, 0xe3c5a7896b4d2f11
  c.swsp t0, 4(sp)
  li s1, 0xd5a87b4e20f3c69a
  c.swsp s1, 8(sp)
  li a0, 0xc78b4f12d69a5e23
  c.swsp a0, 16(sp)
  li a7, 0xb96e22d78c40f5ac
  c.swsp a7, 32(sp)
  li s11, 0xab50f69c41e78d35
  c.swsp s11, 64(sp)
  li t6, 0x9d33ca60f78e24be
  c.swsp t6, 128(sp)
  li t3, 0x8f169e25ad34bc47
  c.swsp t3, 252(sp)
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
  ld t4, 248(t5)
  OUT cell31, t4
  ld t4, 240(t5)
  OUT cell30, t4
  DONE

.section .data
.balign 16
cells:
  .fill 512, 1, 0xa5

# c.fsd: stores the register at rs1' + offset, a multiple of 8.
# expect: cell0=0xf1e2d3c4b5a69788 cell1=0xe3c5a7896b4d2f11 cell2=0xd5a87b4e20f3c69a
# expect: cell4=0xc78b4f12d69a5e23 cell8=0xb96e22d78c40f5ac cell16=0xab50f69c41e78d35
# expect: cell31=0x9d33ca60f78e24be cell30=0xa5a5a5a5a5a5a5a5

.include "../common.inc"
.option rvc

test:
  la a5, cells
  li t5, 0xf1e2d3c4b5a69788
  fmv.d.x fa0, t5
  c.fsd fa0, 0(a5)
  li t5, 0xe3c5a7896b4d2f11
  fmv.d.x fa1, t5
  c.fsd fa1, 8(a5)
  li t5, 0xd5a87b4e20f3c69a
  fmv.d.x fa2, t5
  c.fsd fa2, 16(a5)
  li t5, 0xc78b4f12d69a5e23
  fmv.d.x fa3, t5
  c.fsd fa3, 32(a5)
  li t5, 0xb96e22d78c40f5ac
  fmv.d.x fa4, t5
  c.fsd fa4, 64(a5)
  li t5, 0xab50f69c41e78d35
  fmv.d.x fa5, t5
  c.fsd fa5, 128(a5)
  li t5, 0x9d33ca60f78e24be
  fmv.d.x fs0, t5
  c.fsd fs0, 248(a5)
  mv t5, a5
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

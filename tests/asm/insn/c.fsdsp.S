# c.fsdsp: stores the register at sp + offset, a multiple of 8.
# expect: cell0=0xf1e2d3c4b5a69788 cell1=0xe3c5a7896b4d2f11 cell2=0xd5a87b4e20f3c69a
# expect: cell4=0xc78b4f12d69a5e23 cell8=0xb96e22d78c40f5ac cell16=0xab50f69c41e78d35
# expect: cell32=0x9d33ca60f78e24be cell63=0x8f169e25ad34bc47 cell62=0xa5a5a5a5a5a5a5a5

.include "../common.inc"
.option rvc

test:
  la sp, cells
  li t5, 0xf1e2d3c4b5a69788
  fmv.d.x ft0, t5
  c.fsdsp ft0, 0(sp)
  li t5, 0xe3c5a7896b4d2f11
  fmv.d.x fs11, t5
  c.fsdsp fs11, 8(sp)
  li t5, 0xd5a87b4e20f3c69a
  fmv.d.x fa0, t5
  c.fsdsp fa0, 16(sp)
  li t5, 0xc78b4f12d69a5e23
  fmv.d.x ft8, t5
  c.fsdsp ft8, 32(sp)
  li t5, 0xb96e22d78c40f5ac
  fmv.d.x fa7, t5
  c.fsdsp fa7, 64(sp)
  li t5, 0xab50f69c41e78d35
  fmv.d.x fs2, t5
  c.fsdsp fs2, 128(sp)
  li t5, 0x9d33ca60f78e24be
  fmv.d.x ft11, t5
  c.fsdsp ft11, 256(sp)
  li t5, 0x8f169e25ad34bc47
  fmv.d.x fs0, t5
  c.fsdsp fs0, 504(sp)
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

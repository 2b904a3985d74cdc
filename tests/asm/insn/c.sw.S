# c.sw: stores the low word of the register at rs1' + offset, a multiple of 4.
# expect: cell0=0x6b4d2f11b5a69788 cell1=0xa5a5a5a520f3c69a cell2=0xa5a5a5a5d69a5e23
# expect: cell4=0xa5a5a5a58c40f5ac cell8=0xa5a5a5a541e78d35 cell15=0xf78e24bea5a5a5a5
# expect: cell14=0xa5a5a5a5a5a5a5a5

.include "../common.inc"
.option rvc

test:
  la a5, cells
  li s0, 0xf1e2d3c4b5a69788
  c.sw s0, 0(a5)
  li s1, 0xe3c5a7896b4d2f11
  c.sw s1, 4(a5)
  li a0, 0xd5a87b4e20f3c69a
  c.sw a0, 8(a5)
  li a1, 0xc78b4f12d69a5e23
  c.sw a1, 16(a5)
  li a2, 0xb96e22d78c40f5ac
  c.sw a2, 32(a5)
  li a3, 0xab50f69c41e78d35
  c.sw a3, 64(a5)
  li a4, 0x9d33ca60f78e24be
  c.sw a4, 124(a5)
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
  ld t4, 120(t5)
  OUT cell15, t4
  ld t4, 112(t5)
  OUT cell14, t4
  DONE

.section .data
.balign 16
cells:
  .fill 512, 1, 0xa5

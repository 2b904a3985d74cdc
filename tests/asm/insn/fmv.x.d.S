# fmv.x.d: rd = the bits of rs1, no exceptions.
# expect: a0=0x3ff0000000000000 a1=0xfff0000000000001 a2=0xffffffff3f800000 a3=0xffffffffffffffff
# expect: a4=0x0 x0=0x0 fcsr=0x0

.include "../common.inc"

test:
  li t5, 0x3ff0000000000000             # 1
  la t6, cell
  sd t5, 0(t6)
  fld ft10, 0(t6)
  fmv.x.d a0, ft10
  li t5, 0xfff0000000000001             # signalling NaN: bits unchanged
  la t6, cell
  sd t5, 0(t6)
  fld ft10, 0(t6)
  fmv.x.d a1, ft10
  li t5, 0xffffffff3f800000             # a boxed single
  la t6, cell
  sd t5, 0(t6)
  fld ft10, 0(t6)
  fmv.x.d a2, ft10
  li t5, 0xffffffffffffffff             # all ones
  la t6, cell
  sd t5, 0(t6)
  fld ft10, 0(t6)
  fmv.x.d a3, ft10
  li t5, 0x0                            # zero
  la t6, cell
  sd t5, 0(t6)
  fld ft10, 0(t6)
  fmv.x.d a4, ft10
  fmv.x.d zero, ft10
  OUT x0, zero
  DONE

.section .data
.balign 8
cell:
  .dword 0

# fmv.w.x: rd = the low 32 bits of rs1, NaN-boxed; no exceptions.
# expect: fa0=0xffffffff3f800000 fa1=0xffffffff80000000 fa2=0xffffffff7f800001
# expect: fa3=0xffffffffffffffff fa4=0xffffffff00000000 fcsr=0x0

.include "../common.inc"

test:
  li t5, 0x3f800000                     # 1
  fmv.w.x fa0, t5
  li t5, 0x1234567880000000             # the high half is ignored
  fmv.w.x fa1, t5
  li t5, 0xffffffff7f800001             # signalling NaN: bits unchanged
  fmv.w.x fa2, t5
  li t5, 0xffffffffffffffff             # all ones
  fmv.w.x fa3, t5
  fmv.w.x fa4, zero
  DONE

# fmv.d.x: rd = the bits of rs1, no exceptions.
# expect: fa0=0x3ff0000000000000 fa1=0x7ff0000000000001 fa2=0x123456789abcdef0
# expect: fa3=0xffffffffffffffff fa4=0x0 fcsr=0x0

.include "../common.inc"

test:
  li t5, 0x3ff0000000000000             # 1
  fmv.d.x fa0, t5
  li t5, 0x7ff0000000000001             # signalling NaN: bits unchanged
  fmv.d.x fa1, t5
  li t5, 0x123456789abcdef0             # mixed bits
  fmv.d.x fa2, t5
  li t5, 0xffffffffffffffff             # all ones
  fmv.d.x fa3, t5
  fmv.d.x fa4, zero
  DONE

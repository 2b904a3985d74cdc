# fld: rd = the double word in memory, bits unchanged.
# expect: fa0=0x80f07f01bf800000 fa1=0x8899aabbccddeeff fa2=0x7ff0000000000001
# expect: fa3=0x7f01bf8000008899 fa4=0x180f07f01bf fa5=0x80f07f01bf800000 fa6=0x80f07f01bf800000
# expect: fcsr=0x0

.include "../common.inc"

test:
  la s0, base
  fld fa0, 0(s0)
  fld fa1, -8(s0)
  fld fa2, 8(s0)                        # signalling NaN pattern
  fld fa3, -2(s0)                       # misaligned, across a page boundary
  fld fa4, 3(s0)                        # misaligned
  addi s1, s0, -2047
  fld fa5, 2047(s1)
  li s1, 2048
  add s1, s1, s0
  fld fa6, -2048(s1)
  DONE

.section .data
.balign 4096
  .space 4088
  .dword 0x8899aabbccddeeff
base:                                   # at a page boundary
  .dword 0x80f07f01bf800000
  .dword 0x7ff0000000000001
  .space 4080

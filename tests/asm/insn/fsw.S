# fsw: stores the low 32 bits of rs2, whether NaN-boxed or not.
# expect: a0=0xeeffa5a5a5a5a5a5 a1=0x13f80ccdd a2=0xa5a5a5a5ccddeeff a3=0xa5a5a500000001a5
# expect: a4=0xa5a5a5a5a5a5a5a5

.include "../common.inc"

test:
  la s0, base
  OPERANDS 0xffffffff3f800000, 0x8899aabbccddeeff, 0x7ff0000000000001
  fsw ft10, 0(s0)
  fsw ft11, 8(s0)                       # not NaN-boxed: the low half all the same
  fsw ft9, 17(s0)                       # misaligned
  fsw ft11, -2(s0)                      # misaligned, across a page boundary
  li s1, 2048
  add s1, s1, s0
  fsw ft9, -2044(s1)
  ld a0, -8(s0)
  ld a1, 0(s0)
  ld a2, 8(s0)
  ld a3, 16(s0)
  ld a4, 24(s0)
  DONE

.section .data
.balign 4096
  .space 4096 - 8
  .fill 8, 1, 0xa5
base:                                   # at a page boundary
  .fill 32, 1, 0xa5

# fsd: stores the bits of rs2.
# expect: a0=0xccddeeffa5a5a5a5 a1=0x7ff0000000000001 a2=0x8899aabbccddeeff a3=0x1a5a5
# expect: a4=0xa5a5a5a5a5a57ff0

.include "../common.inc"

test:
  la s0, base
  OPERANDS 0xffffffff3f800000, 0x8899aabbccddeeff, 0x7ff0000000000001
  fsd ft10, 0(s0)
  fsd ft11, 8(s0)
  fsd ft9, 18(s0)                       # misaligned
  fsd ft11, -4(s0)                      # misaligned, across a page boundary
  li s1, 2048
  add s1, s1, s0
  fsd ft9, -2048(s1)
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

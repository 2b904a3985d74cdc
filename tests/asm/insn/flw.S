# flw: rd = the word in memory, NaN-boxed.
# expect: fa0=0xffffffffbf800000 fa1=0xffffffff80f07f01 fa2=0xffffffff00000001
# expect: fa3=0xffffffff00008899 fa4=0xfffffffff07f01bf fa5=0xffffffffbf800000
# expect: fa6=0xffffffffbf800000 fcsr=0x0

.include "../common.inc"

test:
  la s0, base
  flw fa0, 0(s0)
  flw fa1, 4(s0)
  flw fa2, 8(s0)
  flw fa3, -2(s0)                       # misaligned, across a page boundary
  flw fa4, 3(s0)                        # misaligned
  addi s1, s0, -2047
  flw fa5, 2047(s1)
  li s1, 2048
  add s1, s1, s0
  flw fa6, -2048(s1)
  DONE

.section .data
.balign 4096
  .space 4088
  .dword 0x8899aabbccddeeff
base:                                   # at a page boundary
  .dword 0x80f07f01bf800000
  .dword 0x7ff0000000000001
  .space 4080

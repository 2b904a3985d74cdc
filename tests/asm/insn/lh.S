# lh: rd = the half-word, sign-extended. Little-endian. Misaligned loads are done in one go, as
# QEMU does.
# expect: a0=0x7f00 a1=0xffffffffffff80ff a2=0x7f01 a3=0xffffffffffff80f0 a4=0xffffffffffff8899
# expect: a5=0xffffffffffffcdef a6=0x7f00 a7=0x7f00 s0=0xffffffffffffff7f s1=0x180 s2=0x88 s3=0x7f00
# expect: s4=0x0

.include "../common.inc"

test:
  la t5, base
  lh a0, 0(t5)
  lh a1, 2(t5)
  lh a2, 4(t5)
  lh a3, 6(t5)
  lh a4, -2(t5)
  lh a5, 8(t5)
  # The ends of the offset range.
  addi t4, t5, -2047
  lh a6, 2047(t4)
  li t4, 2048
  add t4, t4, t5
  lh a7, -2048(t4)
  # Misaligned, inside a double word and across a page boundary: done in one go.
  lh s0, 1(t5)
  lh s1, 3(t5)
  lh s2, -1(t5)
  # The destination is also the base; x0 is not written.
  mv s3, t5
  lh s3, 0(s3)
  lh zero, 0(t5)
  mv s4, zero
  DONE

.section .data
.balign 4096
  .space 4088
low:
  .dword 0x8899aabbccddeeff
base:                                   # at a page boundary
  .dword 0x80f07f0180ff7f00
high:
  .dword 0x0123456789abcdef
  .space 4080

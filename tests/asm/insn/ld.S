# ld: rd = the double word. Little-endian. Misaligned loads are done in one go, as QEMU does.
# expect: a0=0x80f07f0180ff7f00 a1=0x123456789abcdef a2=0x8899aabbccddeeff a3=0x80f07f0180ff7f00
# expect: a4=0x80f07f0180ff7f00 a5=0xef80f07f0180ff7f a6=0xf07f0180ff7f0088 a7=0x80ff7f008899aabb
# expect: s0=0x8899aabbccddee s1=0x80f07f0180ff7f00 s2=0x0

.include "../common.inc"

test:
  la t5, base
  ld a0, 0(t5)
  ld a1, 8(t5)
  ld a2, -8(t5)
  # The ends of the offset range.
  addi t4, t5, -2047
  ld a3, 2047(t4)
  li t4, 2048
  add t4, t4, t5
  ld a4, -2048(t4)
  # Misaligned, inside a double word and across a page boundary: done in one go.
  ld a5, 1(t5)
  ld a6, -1(t5)
  ld a7, -4(t5)
  ld s0, -7(t5)
  # The destination is also the base; x0 is not written.
  mv s1, t5
  ld s1, 0(s1)
  ld zero, 0(t5)
  mv s2, zero
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

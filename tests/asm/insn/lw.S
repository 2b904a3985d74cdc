# lw: rd = the word, sign-extended. Little-endian. Misaligned loads are done in one go, as QEMU
# does.
# expect: a0=0xffffffff80ff7f00 a1=0xffffffff80f07f01 a2=0xffffffff8899aabb a3=0xffffffff89abcdef
# expect: a4=0xffffffff80ff7f00 a5=0xffffffff80ff7f00 a6=0x180ff7f a7=0x7f0180ff
# expect: s0=0xfffffffff07f0180 s1=0xffffffffef80f07f s2=0x7f008899 s3=0xffffffff80ff7f00 s4=0x0

.include "../common.inc"

test:
  la t5, base
  lw a0, 0(t5)
  lw a1, 4(t5)
  lw a2, -4(t5)
  lw a3, 8(t5)
  # The ends of the offset range.
  addi t4, t5, -2047
  lw a4, 2047(t4)
  li t4, 2048
  add t4, t4, t5
  lw a5, -2048(t4)
  # Misaligned, inside a double word and across a page boundary: done in one go.
  lw a6, 1(t5)
  lw a7, 2(t5)
  lw s0, 3(t5)
  lw s1, 5(t5)
  lw s2, -2(t5)
  # The destination is also the base; x0 is not written.
  mv s3, t5
  lw s3, 0(s3)
  lw zero, 0(t5)
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

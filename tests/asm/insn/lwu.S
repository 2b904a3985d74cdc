# lwu: rd = the word, zero-extended. Little-endian. Misaligned loads are done in one go, as QEMU
# does.
# expect: a0=0x80ff7f00 a1=0x80f07f01 a2=0x8899aabb a3=0x89abcdef a4=0x80ff7f00 a5=0x80ff7f00
# expect: a6=0x180ff7f a7=0x7f0180ff s0=0xf07f0180 s1=0xef80f07f s2=0x7f008899 s3=0x80ff7f00 s4=0x0

.include "../common.inc"

test:
  la t5, base
  lwu a0, 0(t5)
  lwu a1, 4(t5)
  lwu a2, -4(t5)
  lwu a3, 8(t5)
  # The ends of the offset range.
  addi t4, t5, -2047
  lwu a4, 2047(t4)
  li t4, 2048
  add t4, t4, t5
  lwu a5, -2048(t4)
  # Misaligned, inside a double word and across a page boundary: done in one go.
  lwu a6, 1(t5)
  lwu a7, 2(t5)
  lwu s0, 3(t5)
  lwu s1, 5(t5)
  lwu s2, -2(t5)
  # The destination is also the base; x0 is not written.
  mv s3, t5
  lwu s3, 0(s3)
  lwu zero, 0(t5)
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

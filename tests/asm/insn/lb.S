# lb: rd = the byte, sign-extended. Little-endian. Misaligned loads are done in one go, as QEMU
# does.
# expect: a0=0x0 a1=0x7f a2=0xffffffffffffffff a3=0xffffffffffffff80 a4=0x1 a5=0x7f
# expect: a6=0xfffffffffffffff0 a7=0xffffffffffffff80 s0=0xffffffffffffff88 s1=0xffffffffffffffef
# expect: s2=0x0 s3=0x0 s4=0x0 s5=0x0

.include "../common.inc"

test:
  la t5, base
  lb a0, 0(t5)
  lb a1, 1(t5)
  lb a2, 2(t5)
  lb a3, 3(t5)
  lb a4, 4(t5)
  lb a5, 5(t5)
  lb a6, 6(t5)
  lb a7, 7(t5)
  lb s0, -1(t5)
  lb s1, 8(t5)
  # The ends of the offset range.
  addi t4, t5, -2047
  lb s2, 2047(t4)
  li t4, 2048
  add t4, t4, t5
  lb s3, -2048(t4)
  # The destination is also the base; x0 is not written.
  mv s4, t5
  lb s4, 0(s4)
  lb zero, 0(t5)
  mv s5, zero
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

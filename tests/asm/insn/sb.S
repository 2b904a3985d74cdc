# sb: stores the low 8 bits of rs2, little-endian, and nothing else. Misaligned stores are done
# in one go, as QEMU does.
# expect: a0=0xa5a5a5a5a5a5a5ff a1=0xffa5a5a5a5a5a500 a2=0xa5a5a5a5a5a5a5ff a3=0xa5a5a5a5a5a5a500
# expect: a4=0xa5a5a500a5a5a5a5 a5=0xa5a5a5a500a5a5a5 a7=0x0 a6=0xa5a5a5a5a5a5a500

.include "../common.inc"

test:
  la s0, base
  li t5, 0x8899aabbccddeeff
  li t6, 0x7766554433221100
  sb t5, 0(s0)                          # the low part of the register
  sb t6, 8(s0)
  sb zero, 20(s0)
  sb t5, -1(s0)                         # the last byte of a page
  sb t6, 27(s0)
  addi t4, s0, -2047
  sb t6, 2039(t4)                       # large offsets
  li t4, 2032
  add t4, t4, s0
  sb t5, -2048(t4)
  # Every byte around: what was not stored to holds the old pattern.
  ld a0, -16(s0)
  ld a1, -8(s0)
  ld a2, 0(s0)
  ld a3, 8(s0)
  ld a4, 16(s0)
  ld a5, 24(s0)
  sb s0, 0(s0)                          # the base is also the data
  ld a6, 0(s0)
  xor a7, a6, s0
  slli a7, a7, 56
  srli a6, a6, 8
  slli a6, a6, 8
  DONE

.section .data
.balign 4096
  .space 4096 - 16
  .fill 16, 1, 0xa5
base:                                   # at a page boundary
  .fill 32, 1, 0xa5

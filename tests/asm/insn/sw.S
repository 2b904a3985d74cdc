# sw: stores the low 32 bits of rs2, little-endian, and nothing else. Misaligned stores are done
# in one go, as QEMU does.
# expect: a0=0xa5a5a5a5ccddeeff a1=0xeeffa5a533221100 a2=0xa5a5a5a5ccddccdd a3=0xa5a5a5a533221100
# expect: a4=0xa5a5a5a5 a5=0xa5a5a533221100a5 a7=0x0 a6=0xa5a5a5a500000000

.include "../common.inc"

test:
  la s0, base
  li t5, 0x8899aabbccddeeff
  li t6, 0x7766554433221100
  sw t5, 0(s0)                          # the low part of the register
  sw t6, 8(s0)
  sw zero, 20(s0)
  sw t5, -2(s0)                         # misaligned, across a page boundary
  sw t6, 25(s0)                         # misaligned
  addi t4, s0, -2047
  sw t6, 2039(t4)                       # large offsets
  li t4, 2032
  add t4, t4, s0
  sw t5, -2048(t4)
  # Every byte around: what was not stored to holds the old pattern.
  ld a0, -16(s0)
  ld a1, -8(s0)
  ld a2, 0(s0)
  ld a3, 8(s0)
  ld a4, 16(s0)
  ld a5, 24(s0)
  sw s0, 0(s0)                          # the base is also the data
  ld a6, 0(s0)
  xor a7, a6, s0
  slli a7, a7, 32
  srli a6, a6, 32
  slli a6, a6, 32
  DONE

.section .data
.balign 4096
  .space 4096 - 16
  .fill 16, 1, 0xa5
base:                                   # at a page boundary
  .fill 32, 1, 0xa5

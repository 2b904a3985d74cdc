# sd: stores rs2, little-endian. Misaligned stores are done in one go, as QEMU does.
# expect: a0=0x8899aabbccddeeff a1=0x7766554433221100 a2=0x8899aabb8899aabb a3=0x7766554433221100
# expect: a4=0x0 a5=0xa577665544332211 a6=0x0

.include "../common.inc"

test:
  la s0, base
  li t5, 0x8899aabbccddeeff
  li t6, 0x7766554433221100
  sd t5, 0(s0)                          # the low part of the register
  sd t6, 8(s0)
  sd zero, 16(s0)
  sd t5, -4(s0)                         # misaligned, across a page boundary
  sd t6, 23(s0)                         # misaligned
  addi t4, s0, -2047
  sd t6, 2039(t4)                       # large offsets
  li t4, 2032
  add t4, t4, s0
  sd t5, -2048(t4)
  # Every byte around: what was not stored to holds the old pattern.
  ld a0, -16(s0)
  ld a1, -8(s0)
  ld a2, 0(s0)
  ld a3, 8(s0)
  ld a4, 16(s0)
  ld a5, 24(s0)
  sd s0, 0(s0)                          # the base is also the data
  ld a6, 0(s0)
  sub a6, a6, s0
  DONE

.section .data
.balign 4096
  .space 4096 - 16
  .fill 16, 1, 0xa5
base:                                   # at a page boundary
  .fill 32, 1, 0xa5

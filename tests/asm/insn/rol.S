# rol: rd = rs1 rotated left by rs2[5:0].
# expect: a0=0x8000000000000001 a1=0x3 a2=0xc0000000 a3=0x9abcdef012345678 a4=0xf800000000000007
# expect: a5=0x123456789abcdef0 a6=0x91a2b3c4d5e6f78 a7=0x800000000 s0=0x23456789abcdef01
# expect: s1=0x190891a2b3c43b2a s2=0x190891a2b3c43b2a s3=0x7887654321123456 s4=0x8765432112345678
# expect: s5=0x0 s6=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x8000000000000001             # by zero
  li t6, 0x0
  rol a0, t5, t6
  li t5, 0x8000000000000001             # by one
  li t6, 0x1
  rol a1, t5, t6
  li t5, 0x8000000000000001             # by 31
  li t6, 0x1f
  rol a2, t5, t6
  li t5, 0x123456789abcdef0             # by 32
  li t6, 0x20
  rol a3, t5, t6
  li t5, 0xf00000000000000f             # by 63
  li t6, 0x3f
  rol a4, t5, t6
  li t5, 0x123456789abcdef0             # 64: only the low bits of rs2 count
  li t6, 0x40
  rol a5, t5, t6
  li t5, 0x123456789abcdef0             # minus one: all low bits set
  li t6, 0xffffffffffffffff
  rol a6, t5, t6
  li t5, 0x80000000                     # bit 31
  li t6, 0x4
  rol a7, t5, t6
  li t5, 0x123456789abcdef0             # 0x104
  li t6, 0x104
  rol s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  rol s1, s1, t6
  mv s2, t6
  rol s2, t5, s2
  mv s3, t5
  rol s3, s3, s3
  rol s4, t5, zero
  rol s5, zero, t6
  rol zero, t5, t6
  mv s6, zero
  DONE

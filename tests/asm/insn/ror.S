# ror: rd = rs1 rotated right by rs2[5:0].
# expect: a0=0x8000000000000001 a1=0xc000000000000000 a2=0x300000000 a3=0x9abcdef012345678
# expect: a4=0xe00000000000001f a5=0x123456789abcdef0 a6=0x2468acf13579bde0 a7=0x8000000
# expect: s0=0x123456789abcdef s1=0x8acf10eca8642246 s2=0x8acf10eca8642246 s3=0x6543211234567887
# expect: s4=0x8765432112345678 s5=0x0 s6=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x8000000000000001             # by zero
  li t6, 0x0
  ror a0, t5, t6
  li t5, 0x8000000000000001             # by one
  li t6, 0x1
  ror a1, t5, t6
  li t5, 0x8000000000000001             # by 31
  li t6, 0x1f
  ror a2, t5, t6
  li t5, 0x123456789abcdef0             # by 32
  li t6, 0x20
  ror a3, t5, t6
  li t5, 0xf00000000000000f             # by 63
  li t6, 0x3f
  ror a4, t5, t6
  li t5, 0x123456789abcdef0             # 64: only the low bits of rs2 count
  li t6, 0x40
  ror a5, t5, t6
  li t5, 0x123456789abcdef0             # minus one: all low bits set
  li t6, 0xffffffffffffffff
  ror a6, t5, t6
  li t5, 0x80000000                     # bit 31
  li t6, 0x4
  ror a7, t5, t6
  li t5, 0x123456789abcdef0             # 0x104
  li t6, 0x104
  ror s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  ror s1, s1, t6
  mv s2, t6
  ror s2, t5, s2
  mv s3, t5
  ror s3, s3, s3
  ror s4, t5, zero
  ror s5, zero, t6
  ror zero, t5, t6
  mv s6, zero
  DONE

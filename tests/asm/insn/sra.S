# sra: rd = rs1 >> rs2[5:0], sign bits shifted in.
# expect: a0=0x8000000000000001 a1=0xc000000000000000 a2=0xffffffff00000000 a3=0xffffffff80000000
# expect: a4=0xffffffffffffffff a5=0x123456789abcdef0 a6=0x0 a7=0x8000000 s0=0x123456789abcdef
# expect: s1=0xfffff0eca8642246 s2=0xfffff0eca8642246 s3=0xffffffffffffff87 s4=0x8765432112345678
# expect: s5=0x0 s6=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"

test:
  li t5, 0x8000000000000001             # by zero
  li t6, 0x0
  sra a0, t5, t6
  li t5, 0x8000000000000001             # by one
  li t6, 0x1
  sra a1, t5, t6
  li t5, 0x8000000000000001             # by 31
  li t6, 0x1f
  sra a2, t5, t6
  li t5, 0x8000000000000001             # by 32
  li t6, 0x20
  sra a3, t5, t6
  li t5, 0xf00000000000000f             # by 63
  li t6, 0x3f
  sra a4, t5, t6
  li t5, 0x123456789abcdef0             # 64: only the low bits of rs2 count
  li t6, 0x40
  sra a5, t5, t6
  li t5, 0x123456789abcdef0             # minus one: all low bits set
  li t6, 0xffffffffffffffff
  sra a6, t5, t6
  li t5, 0x80000000                     # bit 31
  li t6, 0x4
  sra a7, t5, t6
  li t5, 0x123456789abcdef0             # 0x104
  li t6, 0x104
  sra s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  sra s1, s1, t6
  mv s2, t6
  sra s2, t5, s2
  mv s3, t5
  sra s3, s3, s3
  sra s4, t5, zero
  sra s5, zero, t6
  sra zero, t5, t6
  mv s6, zero
  DONE

# sraw: rd = rs1[31:0] >> rs2[4:0] with sign bits shifted in.
# expect: a0=0x1 a1=0x0 a2=0x0 a3=0x1 a4=0x0 a5=0xffffffff9abcdef0 a6=0xffffffffffffffff
# expect: a7=0xfffffffff8000000 s0=0xfffffffff9abcdef s1=0x246 s2=0x246 s3=0x12 s4=0x12345678 s5=0x0
# expect: s6=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"

test:
  li t5, 0x8000000000000001             # by zero
  li t6, 0x0
  sraw a0, t5, t6
  li t5, 0x8000000000000001             # by one
  li t6, 0x1
  sraw a1, t5, t6
  li t5, 0x8000000000000001             # by 31
  li t6, 0x1f
  sraw a2, t5, t6
  li t5, 0x8000000000000001             # by 32
  li t6, 0x20
  sraw a3, t5, t6
  li t5, 0xf00000000000000f             # by 63
  li t6, 0x3f
  sraw a4, t5, t6
  li t5, 0x123456789abcdef0             # 64: only the low bits of rs2 count
  li t6, 0x40
  sraw a5, t5, t6
  li t5, 0x123456789abcdef0             # minus one: all low bits set
  li t6, 0xffffffffffffffff
  sraw a6, t5, t6
  li t5, 0x80000000                     # bit 31
  li t6, 0x4
  sraw a7, t5, t6
  li t5, 0x123456789abcdef0             # 0x104
  li t6, 0x104
  sraw s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  sraw s1, s1, t6
  mv s2, t6
  sraw s2, t5, s2
  mv s3, t5
  sraw s3, s3, s3
  sraw s4, t5, zero
  sraw s5, zero, t6
  sraw zero, t5, t6
  mv s6, zero
  DONE

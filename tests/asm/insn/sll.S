# sll: rd = rs1 << rs2[5:0].
# expect: a0=0x8000000000000001 a1=0x2 a2=0x80000000 a3=0x100000000 a4=0x8000000000000000
# expect: a5=0x123456789abcdef0 a6=0x0 a7=0x800000000 s0=0x23456789abcdef00 s1=0x190891a2b3c00000
# expect: s2=0x190891a2b3c00000 s3=0x7800000000000000 s4=0x8765432112345678 s5=0x0 s6=0x0
# expect: t5=0x8765432112345678 t6=0x13

.include "../common.inc"

test:
  li t5, 0x8000000000000001             # by zero
  li t6, 0x0
  sll a0, t5, t6
  li t5, 0x8000000000000001             # by one
  li t6, 0x1
  sll a1, t5, t6
  li t5, 0x8000000000000001             # by 31
  li t6, 0x1f
  sll a2, t5, t6
  li t5, 0x8000000000000001             # by 32
  li t6, 0x20
  sll a3, t5, t6
  li t5, 0xf00000000000000f             # by 63
  li t6, 0x3f
  sll a4, t5, t6
  li t5, 0x123456789abcdef0             # 64: only the low bits of rs2 count
  li t6, 0x40
  sll a5, t5, t6
  li t5, 0x123456789abcdef0             # minus one: all low bits set
  li t6, 0xffffffffffffffff
  sll a6, t5, t6
  li t5, 0x80000000                     # bit 31
  li t6, 0x4
  sll a7, t5, t6
  li t5, 0x123456789abcdef0             # 0x104
  li t6, 0x104
  sll s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  sll s1, s1, t6
  mv s2, t6
  sll s2, t5, s2
  mv s3, t5
  sll s3, s3, s3
  sll s4, t5, zero
  sll s5, zero, t6
  sll zero, t5, t6
  mv s6, zero
  DONE

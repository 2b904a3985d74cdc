# srl: rd = rs1 >> rs2[5:0], zeros shifted in.
# expect: a0=0x8000000000000001 a1=0x4000000000000000 a2=0x100000000 a3=0x80000000 a4=0x1
# expect: a5=0x123456789abcdef0 a6=0x0 a7=0x8000000 s0=0x123456789abcdef s1=0x10eca8642246
# expect: s2=0x10eca8642246 s3=0x87 s4=0x8765432112345678 s5=0x0 s6=0x0 t5=0x8765432112345678
# expect: t6=0x13

.include "../common.inc"

test:
  li t5, 0x8000000000000001             # by zero
  li t6, 0x0
  srl a0, t5, t6
  li t5, 0x8000000000000001             # by one
  li t6, 0x1
  srl a1, t5, t6
  li t5, 0x8000000000000001             # by 31
  li t6, 0x1f
  srl a2, t5, t6
  li t5, 0x8000000000000001             # by 32
  li t6, 0x20
  srl a3, t5, t6
  li t5, 0xf00000000000000f             # by 63
  li t6, 0x3f
  srl a4, t5, t6
  li t5, 0x123456789abcdef0             # 64: only the low bits of rs2 count
  li t6, 0x40
  srl a5, t5, t6
  li t5, 0x123456789abcdef0             # minus one: all low bits set
  li t6, 0xffffffffffffffff
  srl a6, t5, t6
  li t5, 0x80000000                     # bit 31
  li t6, 0x4
  srl a7, t5, t6
  li t5, 0x123456789abcdef0             # 0x104
  li t6, 0x104
  srl s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  srl s1, s1, t6
  mv s2, t6
  srl s2, t5, s2
  mv s3, t5
  srl s3, s3, s3
  srl s4, t5, zero
  srl s5, zero, t6
  srl zero, t5, t6
  mv s6, zero
  DONE

# srlw: rd = rs1[31:0] >> rs2[4:0] with zeros shifted in, sign-extended from 32 bits.
# expect: a0=0x1 a1=0x0 a2=0x0 a3=0x1 a4=0x0 a5=0xffffffff9abcdef0 a6=0x1 a7=0x8000000 s0=0x9abcdef
# expect: s1=0x246 s2=0x246 s3=0x12 s4=0x12345678 s5=0x0 s6=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"

test:
  li t5, 0x8000000000000001             # by zero
  li t6, 0x0
  srlw a0, t5, t6
  li t5, 0x8000000000000001             # by one
  li t6, 0x1
  srlw a1, t5, t6
  li t5, 0x8000000000000001             # by 31
  li t6, 0x1f
  srlw a2, t5, t6
  li t5, 0x8000000000000001             # by 32
  li t6, 0x20
  srlw a3, t5, t6
  li t5, 0xf00000000000000f             # by 63
  li t6, 0x3f
  srlw a4, t5, t6
  li t5, 0x123456789abcdef0             # 64: only the low bits of rs2 count
  li t6, 0x40
  srlw a5, t5, t6
  li t5, 0x123456789abcdef0             # minus one: all low bits set
  li t6, 0xffffffffffffffff
  srlw a6, t5, t6
  li t5, 0x80000000                     # bit 31
  li t6, 0x4
  srlw a7, t5, t6
  li t5, 0x123456789abcdef0             # 0x104
  li t6, 0x104
  srlw s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  srlw s1, s1, t6
  mv s2, t6
  srlw s2, t5, s2
  mv s3, t5
  srlw s3, s3, s3
  srlw s4, t5, zero
  srlw s5, zero, t6
  srlw zero, t5, t6
  mv s6, zero
  DONE

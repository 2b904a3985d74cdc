# rolw: rd = sign-extended rs1[31:0] rotated left by rs2[4:0].
# expect: a0=0x1 a1=0x2 a2=0xffffffff80000000 a3=0xffffffff9abcdef0 a4=0xffffffff80000007
# expect: a5=0xffffffff9abcdef0 a6=0x4d5e6f78 a7=0x8 s0=0xffffffffabcdef09 s1=0xffffffffb3c091a2
# expect: s2=0xffffffffb3c091a2 s3=0x78123456 s4=0x12345678 s5=0x0 s6=0x0 t5=0x8765432112345678
# expect: t6=0x13

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x8000000000000001             # by zero
  li t6, 0x0
  rolw a0, t5, t6
  li t5, 0x8000000000000001             # by one
  li t6, 0x1
  rolw a1, t5, t6
  li t5, 0x8000000000000001             # by 31
  li t6, 0x1f
  rolw a2, t5, t6
  li t5, 0x123456789abcdef0             # by 32
  li t6, 0x20
  rolw a3, t5, t6
  li t5, 0xf00000000000000f             # by 63
  li t6, 0x3f
  rolw a4, t5, t6
  li t5, 0x123456789abcdef0             # 64: only the low bits of rs2 count
  li t6, 0x40
  rolw a5, t5, t6
  li t5, 0x123456789abcdef0             # minus one: all low bits set
  li t6, 0xffffffffffffffff
  rolw a6, t5, t6
  li t5, 0x80000000                     # bit 31
  li t6, 0x4
  rolw a7, t5, t6
  li t5, 0x123456789abcdef0             # 0x104
  li t6, 0x104
  rolw s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  rolw s1, s1, t6
  mv s2, t6
  rolw s2, t5, s2
  mv s3, t5
  rolw s3, s3, s3
  rolw s4, t5, zero
  rolw s5, zero, t6
  rolw zero, t5, t6
  mv s6, zero
  DONE

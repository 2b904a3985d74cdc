# rorw: rd = sign-extended rs1[31:0] rotated right by rs2[4:0].
# expect: a0=0x1 a1=0xffffffff80000000 a2=0x2 a3=0xffffffff9abcdef0 a4=0x1e a5=0xffffffff9abcdef0
# expect: a6=0x3579bde1 a7=0x8000000 s0=0x9abcdef s1=0xffffffff8acf0246 s2=0xffffffff8acf0246
# expect: s3=0x34567812 s4=0x12345678 s5=0x0 s6=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x8000000000000001             # by zero
  li t6, 0x0
  rorw a0, t5, t6
  li t5, 0x8000000000000001             # by one
  li t6, 0x1
  rorw a1, t5, t6
  li t5, 0x8000000000000001             # by 31
  li t6, 0x1f
  rorw a2, t5, t6
  li t5, 0x123456789abcdef0             # by 32
  li t6, 0x20
  rorw a3, t5, t6
  li t5, 0xf00000000000000f             # by 63
  li t6, 0x3f
  rorw a4, t5, t6
  li t5, 0x123456789abcdef0             # 64: only the low bits of rs2 count
  li t6, 0x40
  rorw a5, t5, t6
  li t5, 0x123456789abcdef0             # minus one: all low bits set
  li t6, 0xffffffffffffffff
  rorw a6, t5, t6
  li t5, 0x80000000                     # bit 31
  li t6, 0x4
  rorw a7, t5, t6
  li t5, 0x123456789abcdef0             # 0x104
  li t6, 0x104
  rorw s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  rorw s1, s1, t6
  mv s2, t6
  rorw s2, t5, s2
  mv s3, t5
  rorw s3, s3, s3
  rorw s4, t5, zero
  rorw s5, zero, t6
  rorw zero, t5, t6
  mv s6, zero
  DONE

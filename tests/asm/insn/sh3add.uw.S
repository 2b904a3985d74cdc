# sh3add.uw: rd = rs2 + (zero-extended rs1[31:0] << 3), wrapping at 64 bits.
# expect: a0=0x8 a1=0x9 a2=0x7fffffff9 a3=0x80000007fffffff7 a4=0x8000000000000000
# expect: a5=0xfedcba9d4c3b2990 a6=0x8fffffff8 a7=0x380000000 s0=0x91a2b3d3 s1=0x91a2b3d3
# expect: s2=0x87654321a3d70a38 s3=0x91a2b3c0 s4=0x13 s5=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"
.option arch, +zba

test:
  li t5, 0x8000000000000001             # nothing added
  li t6, 0x0
  sh3add.uw a0, t5, t6
  li t5, 0x1                            # one
  li t6, 0x1
  sh3add.uw a1, t5, t6
  li t5, 0xffffffffffffffff             # minus one
  li t6, 0x1
  sh3add.uw a2, t5, t6
  li t5, 0x7fffffffffffffff             # the largest numbers
  li t6, 0x7fffffffffffffff
  sh3add.uw a3, t5, t6
  li t5, 0x8000000000000000             # the smallest: bits are shifted out
  li t6, 0x8000000000000000
  sh3add.uw a4, t5, t6
  li t5, 0x123456789abcdef0             # mixed bits
  li t6, 0xfedcba9876543210
  sh3add.uw a5, t5, t6
  li t5, 0xffffffff                     # bit 31 is no sign
  li t6, 0x100000000
  sh3add.uw a6, t5, t6
  li t5, 0x80000000                     # bit 31 alone
  li t6, 0xffffffff80000000
  sh3add.uw a7, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s0, t5
  sh3add.uw s0, s0, t6
  mv s1, t6
  sh3add.uw s1, t5, s1
  mv s2, t5
  sh3add.uw s2, s2, s2
  sh3add.uw s3, t5, zero
  sh3add.uw s4, zero, t6
  sh3add.uw zero, t5, t6
  mv s5, zero
  DONE

# clmulr: rd = bits 126:63 of the carry-less product of rs1 and rs2.
# expect: a0=0x0 a1=0x0 a2=0x2 a3=0xaaaaaaaaaaaaaaaa a4=0x8000000000000000 a5=0x2
# expect: a6=0x1c071b0d110a1608 a7=0x2 s0=0x4fbd87bacb22c994 s1=0x13 s2=0x13 s3=0x802a2822200a0802
# expect: s4=0x0 s5=0x0 s6=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"
.option arch, +zbc

test:
  li t5, 0x0                            # nothing
  li t6, 0xffffffffffffffff
  clmulr a0, t5, t6
  li t5, 0x1                            # the polynomial 1
  li t6, 0x123456789abcdef0
  clmulr a1, t5, t6
  li t5, 0x2                            # x
  li t6, 0x8000000000000001
  clmulr a2, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0xffffffffffffffff
  clmulr a3, t5, t6
  li t5, 0x8000000000000000             # the highest terms
  li t6, 0x8000000000000000
  clmulr a4, t5, t6
  li t5, 0x8000000000000000             # carried over
  li t6, 0x2
  clmulr a5, t5, t6
  li t5, 0x123456789abcdef0             # mixed bits
  li t6, 0xfedcba9876543210
  clmulr a6, t5, t6
  li t5, 0x3                            # x + 1
  li t6, 0xffffffffffffffff
  clmulr a7, t5, t6
  li t5, 0x42f0e1eba9ea3693             # a CRC step
  li t6, 0x9a6c9329ac4bc9b5
  clmulr s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  clmulr s1, s1, t6
  mv s2, t6
  clmulr s2, t5, s2
  mv s3, t5
  clmulr s3, s3, s3
  clmulr s4, t5, zero
  clmulr s5, zero, t6
  clmulr zero, t5, t6
  mv s6, zero
  DONE

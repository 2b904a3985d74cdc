# clmul: rd = bits 63:0 of the carry-less product of rs1 and rs2.
# expect: a0=0x0 a1=0x123456789abcdef0 a2=0x2 a3=0x5555555555555555 a4=0x0 a5=0x0
# expect: a6=0xa0789828c810f00 a7=0x1 s0=0x3169064b0a3e550f s1=0xfffbf77215199d08
# expect: s2=0xfffbf77215199d08 s3=0x104051011141540 s4=0x0 s5=0x0 s6=0x0 t5=0x8765432112345678
# expect: t6=0x13

.include "../common.inc"
.option arch, +zbc

test:
  li t5, 0x0                            # nothing
  li t6, 0xffffffffffffffff
  clmul a0, t5, t6
  li t5, 0x1                            # the polynomial 1
  li t6, 0x123456789abcdef0
  clmul a1, t5, t6
  li t5, 0x2                            # x
  li t6, 0x8000000000000001
  clmul a2, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0xffffffffffffffff
  clmul a3, t5, t6
  li t5, 0x8000000000000000             # the highest terms
  li t6, 0x8000000000000000
  clmul a4, t5, t6
  li t5, 0x8000000000000000             # carried over
  li t6, 0x2
  clmul a5, t5, t6
  li t5, 0x123456789abcdef0             # mixed bits
  li t6, 0xfedcba9876543210
  clmul a6, t5, t6
  li t5, 0x3                            # x + 1
  li t6, 0xffffffffffffffff
  clmul a7, t5, t6
  li t5, 0x42f0e1eba9ea3693             # a CRC step
  li t6, 0x9a6c9329ac4bc9b5
  clmul s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  clmul s1, s1, t6
  mv s2, t6
  clmul s2, t5, s2
  mv s3, t5
  clmul s3, s3, s3
  clmul s4, t5, zero
  clmul s5, zero, t6
  clmul zero, t5, t6
  mv s6, zero
  DONE

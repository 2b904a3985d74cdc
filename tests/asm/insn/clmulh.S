# clmulh: rd = bits 127:64 of the carry-less product of rs1 and rs2.
# expect: a0=0x0 a1=0x0 a2=0x1 a3=0x5555555555555555 a4=0x4000000000000000 a5=0x1
# expect: a6=0xe038d8688850b04 a7=0x1 s0=0x27dec3dd659164ca s1=0x9 s2=0x9 s3=0x4015141110050401
# expect: s4=0x0 s5=0x0 s6=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"
.option arch, +zbc

test:
  li t5, 0x0                            # nothing
  li t6, 0xffffffffffffffff
  clmulh a0, t5, t6
  li t5, 0x1                            # the polynomial 1
  li t6, 0x123456789abcdef0
  clmulh a1, t5, t6
  li t5, 0x2                            # x
  li t6, 0x8000000000000001
  clmulh a2, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0xffffffffffffffff
  clmulh a3, t5, t6
  li t5, 0x8000000000000000             # the highest terms
  li t6, 0x8000000000000000
  clmulh a4, t5, t6
  li t5, 0x8000000000000000             # carried over
  li t6, 0x2
  clmulh a5, t5, t6
  li t5, 0x123456789abcdef0             # mixed bits
  li t6, 0xfedcba9876543210
  clmulh a6, t5, t6
  li t5, 0x3                            # x + 1
  li t6, 0xffffffffffffffff
  clmulh a7, t5, t6
  li t5, 0x42f0e1eba9ea3693             # a CRC step
  li t6, 0x9a6c9329ac4bc9b5
  clmulh s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  clmulh s1, s1, t6
  mv s2, t6
  clmulh s2, t5, s2
  mv s3, t5
  clmulh s3, s3, s3
  clmulh s4, t5, zero
  clmulh s5, zero, t6
  clmulh zero, t5, t6
  mv s6, zero
  DONE

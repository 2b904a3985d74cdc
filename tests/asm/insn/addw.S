# addw: rd = the low 32 bits of rs1 + rs2, sign-extended. (RV64I)
# expect: a0=0x0 a1=0x0 a2=0x0 a3=0xffffffffffffffff a4=0xfffffffffffffffe a5=0x11111100 a6=0x0
# expect: a7=0xffffffff80000000 s0=0x0 s1=0x1234568b s2=0x1234568b s3=0x2468acf0 s4=0x12345678
# expect: s5=0x13 s6=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"

test:
  li t5, 0x0                            # zero
  li t6, 0x0
  addw a0, t5, t6
  li t5, 0x1                            # one and minus one
  li t6, 0xffffffffffffffff
  addw a1, t5, t6
  li t5, 0x7fffffffffffffff             # largest positive
  li t6, 0x1
  addw a2, t5, t6
  li t5, 0x8000000000000000             # most negative
  li t6, 0xffffffffffffffff
  addw a3, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0xffffffffffffffff
  addw a4, t5, t6
  li t5, 0x123456789abcdef0             # mixed bits
  li t6, 0xfedcba9876543210
  addw a5, t5, t6
  li t5, 0x8000000000000000             # both most negative
  li t6, 0x8000000000000000
  addw a6, t5, t6
  li t5, 0x7fffffff                     # largest positive word
  li t6, 0x1
  addw a7, t5, t6
  li t5, 0xffffffff80000000             # sign-extended and zero-extended word
  li t6, 0x80000000
  addw s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  addw s1, s1, t6
  mv s2, t6
  addw s2, t5, s2
  mv s3, t5
  addw s3, s3, s3
  addw s4, t5, zero
  addw s5, zero, t6
  addw zero, t5, t6
  mv s6, zero
  DONE

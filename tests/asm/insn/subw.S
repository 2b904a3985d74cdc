# subw: rd = the low 32 bits of rs1 - rs2, sign-extended.
# expect: a0=0x0 a1=0x2 a2=0xfffffffffffffffe a3=0x1 a4=0x0 a5=0x2468ace0 a6=0x0 a7=0x7ffffffe
# expect: s0=0x0 s1=0x12345665 s2=0x12345665 s3=0x0 s4=0x12345678 s5=0xffffffffffffffed s6=0x0
# expect: t5=0x8765432112345678 t6=0x13

.include "../common.inc"

test:
  li t5, 0x0                            # zero
  li t6, 0x0
  subw a0, t5, t6
  li t5, 0x1                            # one and minus one
  li t6, 0xffffffffffffffff
  subw a1, t5, t6
  li t5, 0x7fffffffffffffff             # largest positive
  li t6, 0x1
  subw a2, t5, t6
  li t5, 0x8000000000000000             # most negative
  li t6, 0xffffffffffffffff
  subw a3, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0xffffffffffffffff
  subw a4, t5, t6
  li t5, 0x123456789abcdef0             # mixed bits
  li t6, 0xfedcba9876543210
  subw a5, t5, t6
  li t5, 0x8000000000000000             # both most negative
  li t6, 0x8000000000000000
  subw a6, t5, t6
  li t5, 0x7fffffff                     # largest positive word
  li t6, 0x1
  subw a7, t5, t6
  li t5, 0xffffffff80000000             # sign-extended and zero-extended word
  li t6, 0x80000000
  subw s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  subw s1, s1, t6
  mv s2, t6
  subw s2, t5, s2
  mv s3, t5
  subw s3, s3, s3
  subw s4, t5, zero
  subw s5, zero, t6
  subw zero, t5, t6
  mv s6, zero
  DONE

# or: rd = rs1 | rs2.
# expect: a0=0x0 a1=0xffffffffffffffff a2=0x7fffffffffffffff a3=0xffffffffffffffff
# expect: a4=0xffffffffffffffff a5=0xfefcfef8fefcfef0 a6=0x8000000000000000 a7=0x7fffffff
# expect: s0=0xffffffff80000000 s1=0x876543211234567b s2=0x876543211234567b s3=0x8765432112345678
# expect: s4=0x8765432112345678 s5=0x13 s6=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"

test:
  li t5, 0x0                            # zero
  li t6, 0x0
  or a0, t5, t6
  li t5, 0x1                            # one and minus one
  li t6, 0xffffffffffffffff
  or a1, t5, t6
  li t5, 0x7fffffffffffffff             # largest positive
  li t6, 0x1
  or a2, t5, t6
  li t5, 0x8000000000000000             # most negative
  li t6, 0xffffffffffffffff
  or a3, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0xffffffffffffffff
  or a4, t5, t6
  li t5, 0x123456789abcdef0             # mixed bits
  li t6, 0xfedcba9876543210
  or a5, t5, t6
  li t5, 0x8000000000000000             # both most negative
  li t6, 0x8000000000000000
  or a6, t5, t6
  li t5, 0x7fffffff                     # largest positive word
  li t6, 0x1
  or a7, t5, t6
  li t5, 0xffffffff80000000             # sign-extended and zero-extended word
  li t6, 0x80000000
  or s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  or s1, s1, t6
  mv s2, t6
  or s2, t5, s2
  mv s3, t5
  or s3, s3, s3
  or s4, t5, zero
  or s5, zero, t6
  or zero, t5, t6
  mv s6, zero
  DONE

# and: rd = rs1 & rs2.
# expect: a0=0x0 a1=0x1 a2=0x1 a3=0x8000000000000000 a4=0xffffffffffffffff a5=0x1214121812141210
# expect: a6=0x8000000000000000 a7=0x1 s0=0x80000000 s1=0x10 s2=0x10 s3=0x8765432112345678 s4=0x0
# expect: s5=0x0 s6=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"

test:
  li t5, 0x0                            # zero
  li t6, 0x0
  and a0, t5, t6
  li t5, 0x1                            # one and minus one
  li t6, 0xffffffffffffffff
  and a1, t5, t6
  li t5, 0x7fffffffffffffff             # largest positive
  li t6, 0x1
  and a2, t5, t6
  li t5, 0x8000000000000000             # most negative
  li t6, 0xffffffffffffffff
  and a3, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0xffffffffffffffff
  and a4, t5, t6
  li t5, 0x123456789abcdef0             # mixed bits
  li t6, 0xfedcba9876543210
  and a5, t5, t6
  li t5, 0x8000000000000000             # both most negative
  li t6, 0x8000000000000000
  and a6, t5, t6
  li t5, 0x7fffffff                     # largest positive word
  li t6, 0x1
  and a7, t5, t6
  li t5, 0xffffffff80000000             # sign-extended and zero-extended word
  li t6, 0x80000000
  and s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  and s1, s1, t6
  mv s2, t6
  and s2, t5, s2
  mv s3, t5
  and s3, s3, s3
  and s4, t5, zero
  and s5, zero, t6
  and zero, t5, t6
  mv s6, zero
  DONE

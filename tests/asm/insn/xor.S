# xor: rd = rs1 ^ rs2.
# expect: a0=0x0 a1=0xfffffffffffffffe a2=0x7ffffffffffffffe a3=0x7fffffffffffffff a4=0x0
# expect: a5=0xece8ece0ece8ece0 a6=0x0 a7=0x7ffffffe s0=0xffffffff00000000 s1=0x876543211234566b
# expect: s2=0x876543211234566b s3=0x0 s4=0x8765432112345678 s5=0x13 s6=0x0 t5=0x8765432112345678
# expect: t6=0x13

.include "../common.inc"

test:
  li t5, 0x0                            # zero
  li t6, 0x0
  xor a0, t5, t6
  li t5, 0x1                            # one and minus one
  li t6, 0xffffffffffffffff
  xor a1, t5, t6
  li t5, 0x7fffffffffffffff             # largest positive
  li t6, 0x1
  xor a2, t5, t6
  li t5, 0x8000000000000000             # most negative
  li t6, 0xffffffffffffffff
  xor a3, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0xffffffffffffffff
  xor a4, t5, t6
  li t5, 0x123456789abcdef0             # mixed bits
  li t6, 0xfedcba9876543210
  xor a5, t5, t6
  li t5, 0x8000000000000000             # both most negative
  li t6, 0x8000000000000000
  xor a6, t5, t6
  li t5, 0x7fffffff                     # largest positive word
  li t6, 0x1
  xor a7, t5, t6
  li t5, 0xffffffff80000000             # sign-extended and zero-extended word
  li t6, 0x80000000
  xor s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  xor s1, s1, t6
  mv s2, t6
  xor s2, t5, s2
  mv s3, t5
  xor s3, s3, s3
  xor s4, t5, zero
  xor s5, zero, t6
  xor zero, t5, t6
  mv s6, zero
  DONE

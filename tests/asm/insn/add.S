# add: rd = rs1 + rs2, wrapping at 64 bits. (Unprivileged ISA, "Integer Register-Register
# Operations")
# expect: a0=0x0 a1=0x0 a2=0x8000000000000000 a3=0x7fffffffffffffff a4=0xfffffffffffffffe
# expect: a5=0x1111111111111100 a6=0x0 a7=0x80000000 s0=0x0 s1=0x876543211234568b
# expect: s2=0x876543211234568b s3=0xeca86422468acf0 s4=0x8765432112345678 s5=0x13 s6=0x0
# expect: t5=0x8765432112345678 t6=0x13

.include "../common.inc"

test:
  li t5, 0x0                            # zero
  li t6, 0x0
  add a0, t5, t6
  li t5, 0x1                            # one and minus one
  li t6, 0xffffffffffffffff
  add a1, t5, t6
  li t5, 0x7fffffffffffffff             # largest positive
  li t6, 0x1
  add a2, t5, t6
  li t5, 0x8000000000000000             # most negative
  li t6, 0xffffffffffffffff
  add a3, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0xffffffffffffffff
  add a4, t5, t6
  li t5, 0x123456789abcdef0             # mixed bits
  li t6, 0xfedcba9876543210
  add a5, t5, t6
  li t5, 0x8000000000000000             # both most negative
  li t6, 0x8000000000000000
  add a6, t5, t6
  li t5, 0x7fffffff                     # largest positive word
  li t6, 0x1
  add a7, t5, t6
  li t5, 0xffffffff80000000             # sign-extended and zero-extended word
  li t6, 0x80000000
  add s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  add s1, s1, t6
  mv s2, t6
  add s2, t5, s2
  mv s3, t5
  add s3, s3, s3
  add s4, t5, zero
  add s5, zero, t6
  add zero, t5, t6
  mv s6, zero
  DONE

# slt: rd = 1 if rs1 < rs2 as signed numbers, else 0.
# expect: a0=0x0 a1=0x0 a2=0x0 a3=0x1 a4=0x0 a5=0x0 a6=0x0 a7=0x0 s0=0x1 s1=0x1 s2=0x1 s3=0x0 s4=0x1
# expect: s5=0x1 s6=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"

test:
  li t5, 0x0                            # zero
  li t6, 0x0
  slt a0, t5, t6
  li t5, 0x1                            # one and minus one
  li t6, 0xffffffffffffffff
  slt a1, t5, t6
  li t5, 0x7fffffffffffffff             # largest positive
  li t6, 0x1
  slt a2, t5, t6
  li t5, 0x8000000000000000             # most negative
  li t6, 0xffffffffffffffff
  slt a3, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0xffffffffffffffff
  slt a4, t5, t6
  li t5, 0x123456789abcdef0             # mixed bits
  li t6, 0xfedcba9876543210
  slt a5, t5, t6
  li t5, 0x8000000000000000             # both most negative
  li t6, 0x8000000000000000
  slt a6, t5, t6
  li t5, 0x7fffffff                     # largest positive word
  li t6, 0x1
  slt a7, t5, t6
  li t5, 0xffffffff80000000             # sign-extended and zero-extended word
  li t6, 0x80000000
  slt s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  slt s1, s1, t6
  mv s2, t6
  slt s2, t5, s2
  mv s3, t5
  slt s3, s3, s3
  slt s4, t5, zero
  slt s5, zero, t6
  slt zero, t5, t6
  mv s6, zero
  DONE

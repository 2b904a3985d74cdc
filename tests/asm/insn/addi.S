# addi: rd = rs1 + sign-extended immediate, wrapping at 64 bits. ("Integer Register-Immediate
# Instructions")
# expect: a0=0x0 a1=0xffffffffffffffff a2=0x800 a3=0xfffffffffffff800 a4=0x8000000000000000
# expect: a5=0x7fffffffffffffff a6=0x0 a7=0x80000000 s0=0x100000000 s1=0x123456789abce445
# expect: s2=0xfffffffffffff000 s3=0x876543218234568b s4=0x13 s5=0x0 t5=0x8765432182345678

.include "../common.inc"

test:
  li t5, 0x0
  addi a0, t5, 0
  li t5, 0x0                            # minus one is sign-extended
  addi a1, t5, -1
  li t5, 0x1                            # largest immediate
  addi a2, t5, 2047
  li t5, 0x0                            # most negative immediate
  addi a3, t5, -2048
  li t5, 0x7fffffffffffffff             # largest positive operand
  addi a4, t5, 1
  li t5, 0x8000000000000000             # most negative operand
  addi a5, t5, -1
  li t5, 0xffffffffffffffff             # all ones
  addi a6, t5, 1
  li t5, 0x7fffffff                     # largest positive word
  addi a7, t5, 1
  li t5, 0xffffffff                     # zero-extended word
  addi s0, t5, 1
  li t5, 0x123456789abcdef0             # mixed bits
  addi s1, t5, 1365
  li t5, 0xfffffffffffff800             # equal operands
  addi s2, t5, -2048
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432182345678
  mv s3, t5
  addi s3, s3, 19
  addi s4, zero, 19
  addi zero, t5, 19
  mv s5, zero
  DONE

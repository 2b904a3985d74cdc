# xori: rd = rs1 ^ sign-extended immediate.
# expect: a0=0x0 a1=0xffffffffffffffff a2=0x7fe a3=0xfffffffffffff800 a4=0x7ffffffffffffffe
# expect: a5=0x7fffffffffffffff a6=0xfffffffffffffffe a7=0x7ffffffe s0=0xfffffffe
# expect: s1=0x123456789abcdba5 s2=0x0 s3=0x876543218234566b s4=0x13 s5=0x0 t5=0x8765432182345678

.include "../common.inc"

test:
  li t5, 0x0
  xori a0, t5, 0
  li t5, 0x0                            # minus one is sign-extended
  xori a1, t5, -1
  li t5, 0x1                            # largest immediate
  xori a2, t5, 2047
  li t5, 0x0                            # most negative immediate
  xori a3, t5, -2048
  li t5, 0x7fffffffffffffff             # largest positive operand
  xori a4, t5, 1
  li t5, 0x8000000000000000             # most negative operand
  xori a5, t5, -1
  li t5, 0xffffffffffffffff             # all ones
  xori a6, t5, 1
  li t5, 0x7fffffff                     # largest positive word
  xori a7, t5, 1
  li t5, 0xffffffff                     # zero-extended word
  xori s0, t5, 1
  li t5, 0x123456789abcdef0             # mixed bits
  xori s1, t5, 1365
  li t5, 0xfffffffffffff800             # equal operands
  xori s2, t5, -2048
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432182345678
  mv s3, t5
  xori s3, s3, 19
  xori s4, zero, 19
  xori zero, t5, 19
  mv s5, zero
  DONE

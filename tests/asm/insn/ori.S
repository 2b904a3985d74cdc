# ori: rd = rs1 | sign-extended immediate.
# expect: a0=0x0 a1=0xffffffffffffffff a2=0x7ff a3=0xfffffffffffff800 a4=0x7fffffffffffffff
# expect: a5=0xffffffffffffffff a6=0xffffffffffffffff a7=0x7fffffff s0=0xffffffff
# expect: s1=0x123456789abcdff5 s2=0xfffffffffffff800 s3=0x876543218234567b s4=0x13 s5=0x0
# expect: t5=0x8765432182345678

.include "../common.inc"

test:
  li t5, 0x0
  ori a0, t5, 0
  li t5, 0x0                            # minus one is sign-extended
  ori a1, t5, -1
  li t5, 0x1                            # largest immediate
  ori a2, t5, 2047
  li t5, 0x0                            # most negative immediate
  ori a3, t5, -2048
  li t5, 0x7fffffffffffffff             # largest positive operand
  ori a4, t5, 1
  li t5, 0x8000000000000000             # most negative operand
  ori a5, t5, -1
  li t5, 0xffffffffffffffff             # all ones
  ori a6, t5, 1
  li t5, 0x7fffffff                     # largest positive word
  ori a7, t5, 1
  li t5, 0xffffffff                     # zero-extended word
  ori s0, t5, 1
  li t5, 0x123456789abcdef0             # mixed bits
  ori s1, t5, 1365
  li t5, 0xfffffffffffff800             # equal operands
  ori s2, t5, -2048
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432182345678
  mv s3, t5
  ori s3, s3, 19
  ori s4, zero, 19
  ori zero, t5, 19
  mv s5, zero
  DONE

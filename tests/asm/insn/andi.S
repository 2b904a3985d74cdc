# andi: rd = rs1 & sign-extended immediate.
# expect: a0=0x0 a1=0x0 a2=0x1 a3=0x0 a4=0x1 a5=0x8000000000000000 a6=0x1 a7=0x1 s0=0x1 s1=0x450
# expect: s2=0xfffffffffffff800 s3=0x10 s4=0x0 s5=0x0 t5=0x8765432182345678

.include "../common.inc"

test:
  li t5, 0x0
  andi a0, t5, 0
  li t5, 0x0                            # minus one is sign-extended
  andi a1, t5, -1
  li t5, 0x1                            # largest immediate
  andi a2, t5, 2047
  li t5, 0x0                            # most negative immediate
  andi a3, t5, -2048
  li t5, 0x7fffffffffffffff             # largest positive operand
  andi a4, t5, 1
  li t5, 0x8000000000000000             # most negative operand
  andi a5, t5, -1
  li t5, 0xffffffffffffffff             # all ones
  andi a6, t5, 1
  li t5, 0x7fffffff                     # largest positive word
  andi a7, t5, 1
  li t5, 0xffffffff                     # zero-extended word
  andi s0, t5, 1
  li t5, 0x123456789abcdef0             # mixed bits
  andi s1, t5, 1365
  li t5, 0xfffffffffffff800             # equal operands
  andi s2, t5, -2048
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432182345678
  mv s3, t5
  andi s3, s3, 19
  andi s4, zero, 19
  andi zero, t5, 19
  mv s5, zero
  DONE

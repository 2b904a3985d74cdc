# sltiu: rd = 1 if rs1 < the sign-extended immediate as unsigned numbers, else 0.
# expect: a0=0x0 a1=0x1 a2=0x1 a3=0x1 a4=0x0 a5=0x1 a6=0x0 a7=0x0 s0=0x0 s1=0x0 s2=0x0 s3=0x0 s4=0x1
# expect: s5=0x0 t5=0x8765432182345678

.include "../common.inc"

test:
  li t5, 0x0
  sltiu a0, t5, 0
  li t5, 0x0                            # minus one is sign-extended
  sltiu a1, t5, -1
  li t5, 0x1                            # largest immediate
  sltiu a2, t5, 2047
  li t5, 0x0                            # most negative immediate
  sltiu a3, t5, -2048
  li t5, 0x7fffffffffffffff             # largest positive operand
  sltiu a4, t5, 1
  li t5, 0x8000000000000000             # most negative operand
  sltiu a5, t5, -1
  li t5, 0xffffffffffffffff             # all ones
  sltiu a6, t5, 1
  li t5, 0x7fffffff                     # largest positive word
  sltiu a7, t5, 1
  li t5, 0xffffffff                     # zero-extended word
  sltiu s0, t5, 1
  li t5, 0x123456789abcdef0             # mixed bits
  sltiu s1, t5, 1365
  li t5, 0xfffffffffffff800             # equal operands
  sltiu s2, t5, -2048
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432182345678
  mv s3, t5
  sltiu s3, s3, 19
  sltiu s4, zero, 19
  sltiu zero, t5, 19
  mv s5, zero
  DONE

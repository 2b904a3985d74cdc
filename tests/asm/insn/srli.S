# srli: rd = rs1 >> shamt, zeros shifted in.
# expect: a0=0x8000000000000001 a1=0x4000000000000000 a2=0x100000001 a3=0x12345678 a4=0x1
# expect: a5=0x123456789abcdef a6=0x8000000 a7=0x1 s0=0x10eca8643046 s1=0x0 s2=0x0
# expect: t5=0x8765432182345678

.include "../common.inc"

test:
  li t5, 0x8000000000000001             # by zero
  srli a0, t5, 0
  li t5, 0x8000000000000001             # by one
  srli a1, t5, 1
  li t5, 0x8000000080000001             # by 31
  srli a2, t5, 31
  li t5, 0x123456789abcdef0             # by 32
  srli a3, t5, 32
  li t5, 0xf00000000000000f             # by 63
  srli a4, t5, 63
  li t5, 0x123456789abcdef0             # by four
  srli a5, t5, 4
  li t5, 0x80000000                     # bit 31
  srli a6, t5, 4
  li t5, 0x7fffffffffffffff             # by 62
  srli a7, t5, 62
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432182345678
  mv s0, t5
  srli s0, s0, 19
  srli s1, zero, 19
  srli zero, t5, 19
  mv s2, zero
  DONE

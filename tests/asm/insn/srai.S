# srai: rd = rs1 >> shamt, sign bits shifted in.
# expect: a0=0x8000000000000001 a1=0xc000000000000000 a2=0xffffffff00000001 a3=0x12345678
# expect: a4=0xffffffffffffffff a5=0x123456789abcdef a6=0x8000000 a7=0x1 s0=0xfffff0eca8643046
# expect: s1=0x0 s2=0x0 t5=0x8765432182345678

.include "../common.inc"

test:
  li t5, 0x8000000000000001             # by zero
  srai a0, t5, 0
  li t5, 0x8000000000000001             # by one
  srai a1, t5, 1
  li t5, 0x8000000080000001             # by 31
  srai a2, t5, 31
  li t5, 0x123456789abcdef0             # by 32
  srai a3, t5, 32
  li t5, 0xf00000000000000f             # by 63
  srai a4, t5, 63
  li t5, 0x123456789abcdef0             # by four
  srai a5, t5, 4
  li t5, 0x80000000                     # bit 31
  srai a6, t5, 4
  li t5, 0x7fffffffffffffff             # by 62
  srai a7, t5, 62
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432182345678
  mv s0, t5
  srai s0, s0, 19
  srai s1, zero, 19
  srai zero, t5, 19
  mv s2, zero
  DONE

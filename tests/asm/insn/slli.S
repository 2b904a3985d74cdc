# slli: rd = rs1 << shamt.
# expect: a0=0x8000000000000001 a1=0x2 a2=0x4000000080000000 a3=0x9abcdef000000000
# expect: a4=0x8000000000000000 a5=0x23456789abcdef00 a6=0x800000000 a7=0xc000000000000000
# expect: s0=0x190c11a2b3c00000 s1=0x0 s2=0x0 t5=0x8765432182345678

.include "../common.inc"

test:
  li t5, 0x8000000000000001             # by zero
  slli a0, t5, 0
  li t5, 0x8000000000000001             # by one
  slli a1, t5, 1
  li t5, 0x8000000080000001             # by 31
  slli a2, t5, 31
  li t5, 0x123456789abcdef0             # by 32
  slli a3, t5, 32
  li t5, 0xf00000000000000f             # by 63
  slli a4, t5, 63
  li t5, 0x123456789abcdef0             # by four
  slli a5, t5, 4
  li t5, 0x80000000                     # bit 31
  slli a6, t5, 4
  li t5, 0x7fffffffffffffff             # by 62
  slli a7, t5, 62
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432182345678
  mv s0, t5
  slli s0, s0, 19
  slli s1, zero, 19
  slli zero, t5, 19
  mv s2, zero
  DONE

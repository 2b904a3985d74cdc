# rori: rd = rs1 rotated right by shamt.
# expect: a0=0x8000000000000001 a1=0xc000000000000000 a2=0x300000001 a3=0x9abcdef012345678
# expect: a4=0xe00000000000001f a5=0x123456789abcdef a6=0x8000000 a7=0xfffffffffffffffd
# expect: s0=0x8acf10eca8642246 s1=0x0 s2=0x0 t5=0x8765432112345678

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x8000000000000001             # by zero
  rori a0, t5, 0
  li t5, 0x8000000000000001             # by one
  rori a1, t5, 1
  li t5, 0x8000000080000001             # by 31
  rori a2, t5, 31
  li t5, 0x123456789abcdef0             # by 32
  rori a3, t5, 32
  li t5, 0xf00000000000000f             # by 63
  rori a4, t5, 63
  li t5, 0x123456789abcdef0             # by four
  rori a5, t5, 4
  li t5, 0x80000000                     # bit 31
  rori a6, t5, 4
  li t5, 0x7fffffffffffffff             # by 62
  rori a7, t5, 62
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432112345678
  mv s0, t5
  rori s0, s0, 19
  rori s1, zero, 19
  rori zero, t5, 19
  mv s2, zero
  DONE

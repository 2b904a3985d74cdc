# slli.uw: rd = zero-extended rs1[31:0] << shamt.
# expect: a0=0x1 a1=0x2 a2=0x4000000080000000 a3=0x9abcdef000000000 a4=0x8000000000000000
# expect: a5=0x9abcdef00 a6=0x800000000 a7=0xc000000000000000 s0=0x91a2b3c00000 s1=0x0 s2=0x0
# expect: t5=0x8765432112345678

.include "../common.inc"
.option arch, +zba

test:
  li t5, 0x8000000000000001             # by zero
  slli.uw a0, t5, 0
  li t5, 0x8000000000000001             # by one
  slli.uw a1, t5, 1
  li t5, 0x8000000080000001             # by 31
  slli.uw a2, t5, 31
  li t5, 0x123456789abcdef0             # by 32
  slli.uw a3, t5, 32
  li t5, 0xf00000000000000f             # by 63
  slli.uw a4, t5, 63
  li t5, 0x123456789abcdef0             # by four
  slli.uw a5, t5, 4
  li t5, 0x80000000                     # bit 31
  slli.uw a6, t5, 4
  li t5, 0x7fffffffffffffff             # by 62
  slli.uw a7, t5, 62
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432112345678
  mv s0, t5
  slli.uw s0, s0, 19
  slli.uw s1, zero, 19
  slli.uw zero, t5, 19
  mv s2, zero
  DONE

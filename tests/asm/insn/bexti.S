# bexti: rd = bit shamt of rs1.
# expect: a0=0x0 a1=0x1 a2=0x1 a3=0x0 a4=0x1 a5=0x0 a6=0x1 a7=0x0 s0=0x0 s1=0x0 s2=0x0
# expect: t5=0x8765432112345678

.include "../common.inc"
.option arch, +zbs

test:
  li t5, 0x0                            # bit 0 of nothing
  bexti a0, t5, 0
  li t5, 0xffffffffffffffff             # bit 0 of all ones
  bexti a1, t5, 0
  li t5, 0x8000000000000001             # bit 63
  bexti a2, t5, 63
  li t5, 0x7fffffffffffffff             # bit 63
  bexti a3, t5, 63
  li t5, 0x80000000                     # bit 31
  bexti a4, t5, 31
  li t5, 0x7fffffff                     # bit 31
  bexti a5, t5, 31
  li t5, 0x123456789abcdef0             # bit 4
  bexti a6, t5, 4
  li t5, 0x123456789abcdef0             # bit 32
  bexti a7, t5, 32
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432112345678
  mv s0, t5
  bexti s0, s0, 19
  bexti s1, zero, 19
  bexti zero, t5, 19
  mv s2, zero
  DONE

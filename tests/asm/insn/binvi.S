# binvi: rd = rs1 with bit shamt inverted.
# expect: a0=0x1 a1=0xfffffffffffffffe a2=0x1 a3=0xffffffffffffffff a4=0x0 a5=0xffffffff
# expect: a6=0x123456789abcdee0 a7=0x123456799abcdef0 s0=0x87654321123c5678 s1=0x80000 s2=0x0
# expect: t5=0x8765432112345678

.include "../common.inc"
.option arch, +zbs

test:
  li t5, 0x0                            # bit 0 of nothing
  binvi a0, t5, 0
  li t5, 0xffffffffffffffff             # bit 0 of all ones
  binvi a1, t5, 0
  li t5, 0x8000000000000001             # bit 63
  binvi a2, t5, 63
  li t5, 0x7fffffffffffffff             # bit 63
  binvi a3, t5, 63
  li t5, 0x80000000                     # bit 31
  binvi a4, t5, 31
  li t5, 0x7fffffff                     # bit 31
  binvi a5, t5, 31
  li t5, 0x123456789abcdef0             # bit 4
  binvi a6, t5, 4
  li t5, 0x123456789abcdef0             # bit 32
  binvi a7, t5, 32
  # The destination is also the source, or x0; the source is x0.
  li t5, 0x8765432112345678
  mv s0, t5
  binvi s0, s0, 19
  binvi s1, zero, 19
  binvi zero, t5, 19
  mv s2, zero
  DONE

# bset: rd = rs1 with bit rs2[5:0] set.
# expect: a0=0x1 a1=0xffffffffffffffff a2=0x8000000000000001 a3=0xffffffffffffffff a4=0x80000000
# expect: a5=0xffffffff a6=0x123456789abcdef0 a7=0x923456789abcdef0 s0=0x123456799abcdef0
# expect: s1=0x87654321123c5678 s2=0x87654321123c5678 s3=0x8765432112345678 s4=0x8765432112345679
# expect: s5=0x80000 s6=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"
.option arch, +zbs

test:
  li t5, 0x0                            # bit 0 of nothing
  li t6, 0x0
  bset a0, t5, t6
  li t5, 0xffffffffffffffff             # bit 0 of all ones
  li t6, 0x0
  bset a1, t5, t6
  li t5, 0x8000000000000001             # bit 63
  li t6, 0x3f
  bset a2, t5, t6
  li t5, 0x7fffffffffffffff             # bit 63 that is zero
  li t6, 0x3f
  bset a3, t5, t6
  li t5, 0x80000000                     # bit 31
  li t6, 0x1f
  bset a4, t5, t6
  li t5, 0x7fffffff                     # bit 31 that is zero
  li t6, 0x1f
  bset a5, t5, t6
  li t5, 0x123456789abcdef0             # 68: only the low bits of rs2 count
  li t6, 0x44
  bset a6, t5, t6
  li t5, 0x123456789abcdef0             # minus one: bit 63
  li t6, 0xffffffffffffffff
  bset a7, t5, t6
  li t5, 0x123456789abcdef0             # bit 32
  li t6, 0x20
  bset s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  bset s1, s1, t6
  mv s2, t6
  bset s2, t5, s2
  mv s3, t5
  bset s3, s3, s3
  bset s4, t5, zero
  bset s5, zero, t6
  bset zero, t5, t6
  mv s6, zero
  DONE

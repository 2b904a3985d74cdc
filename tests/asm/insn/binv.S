# binv: rd = rs1 with bit rs2[5:0] inverted.
# expect: a0=0x1 a1=0xfffffffffffffffe a2=0x1 a3=0xffffffffffffffff a4=0x0 a5=0xffffffff
# expect: a6=0x123456789abcdee0 a7=0x923456789abcdef0 s0=0x123456799abcdef0 s1=0x87654321123c5678
# expect: s2=0x87654321123c5678 s3=0x8665432112345678 s4=0x8765432112345679 s5=0x80000 s6=0x0
# expect: t5=0x8765432112345678 t6=0x13

.include "../common.inc"
.option arch, +zbs

test:
  li t5, 0x0                            # bit 0 of nothing
  li t6, 0x0
  binv a0, t5, t6
  li t5, 0xffffffffffffffff             # bit 0 of all ones
  li t6, 0x0
  binv a1, t5, t6
  li t5, 0x8000000000000001             # bit 63
  li t6, 0x3f
  binv a2, t5, t6
  li t5, 0x7fffffffffffffff             # bit 63 that is zero
  li t6, 0x3f
  binv a3, t5, t6
  li t5, 0x80000000                     # bit 31
  li t6, 0x1f
  binv a4, t5, t6
  li t5, 0x7fffffff                     # bit 31 that is zero
  li t6, 0x1f
  binv a5, t5, t6
  li t5, 0x123456789abcdef0             # 68: only the low bits of rs2 count
  li t6, 0x44
  binv a6, t5, t6
  li t5, 0x123456789abcdef0             # minus one: bit 63
  li t6, 0xffffffffffffffff
  binv a7, t5, t6
  li t5, 0x123456789abcdef0             # bit 32
  li t6, 0x20
  binv s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  binv s1, s1, t6
  mv s2, t6
  binv s2, t5, s2
  mv s3, t5
  binv s3, s3, s3
  binv s4, t5, zero
  binv s5, zero, t6
  binv zero, t5, t6
  mv s6, zero
  DONE

# bclr: rd = rs1 with bit rs2[5:0] cleared.
# expect: a0=0x0 a1=0xfffffffffffffffe a2=0x1 a3=0x7fffffffffffffff a4=0x0 a5=0x7fffffff
# expect: a6=0x123456789abcdee0 a7=0x123456789abcdef0 s0=0x123456789abcdef0 s1=0x8765432112345678
# expect: s2=0x8765432112345678 s3=0x8665432112345678 s4=0x8765432112345678 s5=0x0 s6=0x0
# expect: t5=0x8765432112345678 t6=0x13

.include "../common.inc"
.option arch, +zbs

test:
  li t5, 0x0                            # bit 0 of nothing
  li t6, 0x0
  bclr a0, t5, t6
  li t5, 0xffffffffffffffff             # bit 0 of all ones
  li t6, 0x0
  bclr a1, t5, t6
  li t5, 0x8000000000000001             # bit 63
  li t6, 0x3f
  bclr a2, t5, t6
  li t5, 0x7fffffffffffffff             # bit 63 that is zero
  li t6, 0x3f
  bclr a3, t5, t6
  li t5, 0x80000000                     # bit 31
  li t6, 0x1f
  bclr a4, t5, t6
  li t5, 0x7fffffff                     # bit 31 that is zero
  li t6, 0x1f
  bclr a5, t5, t6
  li t5, 0x123456789abcdef0             # 68: only the low bits of rs2 count
  li t6, 0x44
  bclr a6, t5, t6
  li t5, 0x123456789abcdef0             # minus one: bit 63
  li t6, 0xffffffffffffffff
  bclr a7, t5, t6
  li t5, 0x123456789abcdef0             # bit 32
  li t6, 0x20
  bclr s0, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s1, t5
  bclr s1, s1, t6
  mv s2, t6
  bclr s2, t5, s2
  mv s3, t5
  bclr s3, s3, s3
  bclr s4, t5, zero
  bclr s5, zero, t6
  bclr zero, t5, t6
  mv s6, zero
  DONE

# maxu: rd = the greater of rs1 and rs2 as unsigned numbers.
# expect: a0=0x0 a1=0xffffffffffffffff a2=0xffffffffffffffff a3=0x8000000000000000
# expect: a4=0x8000000000000000 a5=0xffffffffffffffff a6=0xffffffff80000000 a7=0x6
# expect: s0=0x8765432112345678 s1=0x8765432112345678 s2=0x8765432112345678 s3=0x8765432112345678
# expect: s4=0x13 s5=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x0                            # equal
  li t6, 0x0
  maxu a0, t5, t6
  li t5, 0xffffffffffffffff             # minus one and zero
  li t6, 0x0
  maxu a1, t5, t6
  li t5, 0x0                            # the other way round
  li t6, 0xffffffffffffffff
  maxu a2, t5, t6
  li t5, 0x7fffffffffffffff             # the largest and the smallest
  li t6, 0x8000000000000000
  maxu a3, t5, t6
  li t5, 0x8000000000000000             # the other way round
  li t6, 0x7fffffffffffffff
  maxu a4, t5, t6
  li t5, 0xffffffffffffffff             # both negative
  li t6, 0xfffffffffffffffe
  maxu a5, t5, t6
  li t5, 0x80000000                     # bit 31 is no sign
  li t6, 0xffffffff80000000
  maxu a6, t5, t6
  li t5, 0x5                            # positive
  li t6, 0x6
  maxu a7, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s0, t5
  maxu s0, s0, t6
  mv s1, t6
  maxu s1, t5, s1
  mv s2, t5
  maxu s2, s2, s2
  maxu s3, t5, zero
  maxu s4, zero, t6
  maxu zero, t5, t6
  mv s5, zero
  DONE

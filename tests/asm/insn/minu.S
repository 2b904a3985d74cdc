# minu: rd = the smaller of rs1 and rs2 as unsigned numbers.
# expect: a0=0x0 a1=0x0 a2=0x0 a3=0x7fffffffffffffff a4=0x7fffffffffffffff a5=0xfffffffffffffffe
# expect: a6=0x80000000 a7=0x5 s0=0x13 s1=0x13 s2=0x8765432112345678 s3=0x0 s4=0x0 s5=0x0
# expect: t5=0x8765432112345678 t6=0x13

.include "../common.inc"
.option arch, +zbb

test:
  li t5, 0x0                            # equal
  li t6, 0x0
  minu a0, t5, t6
  li t5, 0xffffffffffffffff             # minus one and zero
  li t6, 0x0
  minu a1, t5, t6
  li t5, 0x0                            # the other way round
  li t6, 0xffffffffffffffff
  minu a2, t5, t6
  li t5, 0x7fffffffffffffff             # the largest and the smallest
  li t6, 0x8000000000000000
  minu a3, t5, t6
  li t5, 0x8000000000000000             # the other way round
  li t6, 0x7fffffffffffffff
  minu a4, t5, t6
  li t5, 0xffffffffffffffff             # both negative
  li t6, 0xfffffffffffffffe
  minu a5, t5, t6
  li t5, 0x80000000                     # bit 31 is no sign
  li t6, 0xffffffff80000000
  minu a6, t5, t6
  li t5, 0x5                            # positive
  li t6, 0x6
  minu a7, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s0, t5
  minu s0, s0, t6
  mv s1, t6
  minu s1, t5, s1
  mv s2, t5
  minu s2, s2, s2
  minu s3, t5, zero
  minu s4, zero, t6
  minu zero, t5, t6
  mv s5, zero
  DONE

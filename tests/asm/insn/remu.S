# remu: unsigned remainder; by zero the dividend.
# expect: a0=0x2 a1=0x2 a2=0x14 a3=0xffffffffffffffec a4=0x14 a5=0xffffffffffffffec
# expect: a6=0x8000000000000000 a7=0x0 s0=0xffffffff80000000 s1=0x80000000 s2=0x100000005 s3=0x0
# expect: s4=0x1 s5=0x2 s6=0x2 s7=0x0 s8=0x8765432112345678 s9=0x0 s10=0x0 t5=0x8765432112345678
# expect: t6=0x13

.include "../common.inc"

test:
  li t5, 0x14                           # positive
  li t6, 0x6
  remu a0, t5, t6
  li t5, 0xffffffffffffffec             # negative dividend
  li t6, 0x6
  remu a1, t5, t6
  li t5, 0x14                           # negative divisor
  li t6, 0xfffffffffffffffa
  remu a2, t5, t6
  li t5, 0xffffffffffffffec             # both negative
  li t6, 0xfffffffffffffffa
  remu a3, t5, t6
  li t5, 0x14                           # by zero
  li t6, 0x0
  remu a4, t5, t6
  li t5, 0xffffffffffffffec             # negative by zero
  li t6, 0x0
  remu a5, t5, t6
  li t5, 0x8000000000000000             # signed overflow
  li t6, 0xffffffffffffffff
  remu a6, t5, t6
  li t5, 0x8000000000000000             # most negative by one
  li t6, 0x1
  remu a7, t5, t6
  li t5, 0xffffffff80000000             # word overflow
  li t6, 0xffffffffffffffff
  remu s0, t5, t6
  li t5, 0x80000000                     # 2^31 by minus one
  li t6, 0xffffffffffffffff
  remu s1, t5, t6
  li t5, 0x100000005                    # high halves only count in full width
  li t6, 0x200000000
  remu s2, t5, t6
  li t5, 0x0                            # zero dividend
  li t6, 0x5
  remu s3, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0x2
  remu s4, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s5, t5
  remu s5, s5, t6
  mv s6, t6
  remu s6, t5, s6
  mv s7, t5
  remu s7, s7, s7
  remu s8, t5, zero
  remu s9, zero, t6
  remu zero, t5, t6
  mv s10, zero
  DONE

# rem: signed remainder with the sign of the dividend; by zero the dividend; overflow 0.
# expect: a0=0x2 a1=0xfffffffffffffffe a2=0x2 a3=0xfffffffffffffffe a4=0x14 a5=0xffffffffffffffec
# expect: a6=0x0 a7=0x0 s0=0x0 s1=0x0 s2=0x100000005 s3=0x0 s4=0xffffffffffffffff
# expect: s5=0xfffffffffffffff1 s6=0xfffffffffffffff1 s7=0x0 s8=0x8765432112345678 s9=0x0 s10=0x0
# expect: t5=0x8765432112345678 t6=0x13

.include "../common.inc"

test:
  li t5, 0x14                           # positive
  li t6, 0x6
  rem a0, t5, t6
  li t5, 0xffffffffffffffec             # negative dividend
  li t6, 0x6
  rem a1, t5, t6
  li t5, 0x14                           # negative divisor
  li t6, 0xfffffffffffffffa
  rem a2, t5, t6
  li t5, 0xffffffffffffffec             # both negative
  li t6, 0xfffffffffffffffa
  rem a3, t5, t6
  li t5, 0x14                           # by zero
  li t6, 0x0
  rem a4, t5, t6
  li t5, 0xffffffffffffffec             # negative by zero
  li t6, 0x0
  rem a5, t5, t6
  li t5, 0x8000000000000000             # signed overflow
  li t6, 0xffffffffffffffff
  rem a6, t5, t6
  li t5, 0x8000000000000000             # most negative by one
  li t6, 0x1
  rem a7, t5, t6
  li t5, 0xffffffff80000000             # word overflow
  li t6, 0xffffffffffffffff
  rem s0, t5, t6
  li t5, 0x80000000                     # 2^31 by minus one
  li t6, 0xffffffffffffffff
  rem s1, t5, t6
  li t5, 0x100000005                    # high halves only count in full width
  li t6, 0x200000000
  rem s2, t5, t6
  li t5, 0x0                            # zero dividend
  li t6, 0x5
  rem s3, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0x2
  rem s4, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s5, t5
  rem s5, s5, t6
  mv s6, t6
  rem s6, t5, s6
  mv s7, t5
  rem s7, s7, s7
  rem s8, t5, zero
  rem s9, zero, t6
  rem zero, t5, t6
  mv s10, zero
  DONE

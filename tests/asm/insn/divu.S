# divu: unsigned quotient; by zero 2^64-1.
# expect: a0=0x3 a1=0x2aaaaaaaaaaaaaa7 a2=0x0 a3=0x0 a4=0xffffffffffffffff a5=0xffffffffffffffff
# expect: a6=0x0 a7=0x8000000000000000 s0=0x0 s1=0x0 s2=0x0 s3=0x0 s4=0x7fffffffffffffff
# expect: s5=0x72046e6cb103a72 s6=0x72046e6cb103a72 s7=0x1 s8=0xffffffffffffffff s9=0x0 s10=0x0
# expect: t5=0x8765432112345678 t6=0x13

.include "../common.inc"

test:
  li t5, 0x14                           # positive
  li t6, 0x6
  divu a0, t5, t6
  li t5, 0xffffffffffffffec             # negative dividend
  li t6, 0x6
  divu a1, t5, t6
  li t5, 0x14                           # negative divisor
  li t6, 0xfffffffffffffffa
  divu a2, t5, t6
  li t5, 0xffffffffffffffec             # both negative
  li t6, 0xfffffffffffffffa
  divu a3, t5, t6
  li t5, 0x14                           # by zero
  li t6, 0x0
  divu a4, t5, t6
  li t5, 0xffffffffffffffec             # negative by zero
  li t6, 0x0
  divu a5, t5, t6
  li t5, 0x8000000000000000             # signed overflow
  li t6, 0xffffffffffffffff
  divu a6, t5, t6
  li t5, 0x8000000000000000             # most negative by one
  li t6, 0x1
  divu a7, t5, t6
  li t5, 0xffffffff80000000             # word overflow
  li t6, 0xffffffffffffffff
  divu s0, t5, t6
  li t5, 0x80000000                     # 2^31 by minus one
  li t6, 0xffffffffffffffff
  divu s1, t5, t6
  li t5, 0x100000005                    # high halves only count in full width
  li t6, 0x200000000
  divu s2, t5, t6
  li t5, 0x0                            # zero dividend
  li t6, 0x5
  divu s3, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0x2
  divu s4, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s5, t5
  divu s5, s5, t6
  mv s6, t6
  divu s6, t5, s6
  mv s7, t5
  divu s7, s7, s7
  divu s8, t5, zero
  divu s9, zero, t6
  divu zero, t5, t6
  mv s10, zero
  DONE

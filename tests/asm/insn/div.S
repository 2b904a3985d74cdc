# div: signed quotient towards zero; by zero -1; overflow gives the dividend.
# expect: a0=0x3 a1=0xfffffffffffffffd a2=0xfffffffffffffffd a3=0x3 a4=0xffffffffffffffff
# expect: a5=0xffffffffffffffff a6=0x8000000000000000 a7=0x8000000000000000 s0=0x80000000
# expect: s1=0xffffffff80000000 s2=0x0 s3=0x0 s4=0x0 s5=0xf9a703887a38a63d s6=0xf9a703887a38a63d
# expect: s7=0x1 s8=0xffffffffffffffff s9=0x0 s10=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"

test:
  li t5, 0x14                           # positive
  li t6, 0x6
  div a0, t5, t6
  li t5, 0xffffffffffffffec             # negative dividend
  li t6, 0x6
  div a1, t5, t6
  li t5, 0x14                           # negative divisor
  li t6, 0xfffffffffffffffa
  div a2, t5, t6
  li t5, 0xffffffffffffffec             # both negative
  li t6, 0xfffffffffffffffa
  div a3, t5, t6
  li t5, 0x14                           # by zero
  li t6, 0x0
  div a4, t5, t6
  li t5, 0xffffffffffffffec             # negative by zero
  li t6, 0x0
  div a5, t5, t6
  li t5, 0x8000000000000000             # signed overflow
  li t6, 0xffffffffffffffff
  div a6, t5, t6
  li t5, 0x8000000000000000             # most negative by one
  li t6, 0x1
  div a7, t5, t6
  li t5, 0xffffffff80000000             # word overflow
  li t6, 0xffffffffffffffff
  div s0, t5, t6
  li t5, 0x80000000                     # 2^31 by minus one
  li t6, 0xffffffffffffffff
  div s1, t5, t6
  li t5, 0x100000005                    # high halves only count in full width
  li t6, 0x200000000
  div s2, t5, t6
  li t5, 0x0                            # zero dividend
  li t6, 0x5
  div s3, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0x2
  div s4, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s5, t5
  div s5, s5, t6
  mv s6, t6
  div s6, t5, s6
  mv s7, t5
  div s7, s7, s7
  div s8, t5, zero
  div s9, zero, t6
  div zero, t5, t6
  mv s10, zero
  DONE

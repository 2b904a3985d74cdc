# divuw: unsigned quotient of the low words, sign-extended; by zero all ones.
# expect: a0=0x3 a1=0x2aaaaaa7 a2=0x0 a3=0x0 a4=0xffffffffffffffff a5=0xffffffffffffffff a6=0x0
# expect: a7=0x0 s0=0x0 s1=0x0 s2=0xffffffffffffffff s3=0x0 s4=0x7fffffff s5=0xf547eb s6=0xf547eb
# expect: s7=0x1 s8=0xffffffffffffffff s9=0x0 s10=0x0 t5=0x8765432112345678 t6=0x13

.include "../common.inc"

test:
  li t5, 0x14                           # positive
  li t6, 0x6
  divuw a0, t5, t6
  li t5, 0xffffffffffffffec             # negative dividend
  li t6, 0x6
  divuw a1, t5, t6
  li t5, 0x14                           # negative divisor
  li t6, 0xfffffffffffffffa
  divuw a2, t5, t6
  li t5, 0xffffffffffffffec             # both negative
  li t6, 0xfffffffffffffffa
  divuw a3, t5, t6
  li t5, 0x14                           # by zero
  li t6, 0x0
  divuw a4, t5, t6
  li t5, 0xffffffffffffffec             # negative by zero
  li t6, 0x0
  divuw a5, t5, t6
  li t5, 0x8000000000000000             # signed overflow
  li t6, 0xffffffffffffffff
  divuw a6, t5, t6
  li t5, 0x8000000000000000             # most negative by one
  li t6, 0x1
  divuw a7, t5, t6
  li t5, 0xffffffff80000000             # word overflow
  li t6, 0xffffffffffffffff
  divuw s0, t5, t6
  li t5, 0x80000000                     # 2^31 by minus one
  li t6, 0xffffffffffffffff
  divuw s1, t5, t6
  li t5, 0x100000005                    # high halves only count in full width
  li t6, 0x200000000
  divuw s2, t5, t6
  li t5, 0x0                            # zero dividend
  li t6, 0x5
  divuw s3, t5, t6
  li t5, 0xffffffffffffffff             # all ones
  li t6, 0x2
  divuw s4, t5, t6
  # The destination is also a source, or x0, and sources are x0.
  li t5, 0x8765432112345678
  li t6, 0x13
  mv s5, t5
  divuw s5, s5, t6
  mv s6, t6
  divuw s6, t5, s6
  mv s7, t5
  divuw s7, s7, s7
  divuw s8, t5, zero
  divuw s9, zero, t6
  divuw zero, t5, t6
  mv s10, zero
  DONE

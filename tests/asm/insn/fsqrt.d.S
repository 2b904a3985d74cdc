# fsqrt.d: rd = the square root of rs1, rounded by rm or frm. ("D") Results in f registers,
# their fflags in x registers.
# expect: fa0=0x4000000000000000 a0=0x0 fa1=0x3ff6a09e667f3bcd a1=0x1 fa2=0x3ff6a09e667f3bcd a2=0x1
# expect: fa3=0x3ffbb67ae8584caa a3=0x1 fa4=0x8000000000000000 a4=0x0 fa5=0x0 a5=0x0
# expect: fa6=0x7ff8000000000000 a6=0x10 fa7=0x7ff0000000000000 a7=0x0 fs0=0x7ff8000000000000
# expect: s0=0x10 fs1=0x1e60000000000000 s1=0x0 fs2=0x1ffffffffffffffe s2=0x1 fs3=0x5fefffffffffffff
# expect: s3=0x1 fs4=0x7ff8000000000000 s4=0x0 fs5=0x7ff8000000000000 s5=0x10 fs6=0x3fefffffffffffff
# expect: s6=0x1 fs7=0x3ff0000000000000 s7=0x1 fs8=0x3ff6a09e667f3bcd s8=0x1 fcsr=0x0

.include "../common.inc"

test:
  OPERANDS 0x4010000000000000           # 4
  fsqrt.d fa0, ft10, rne
  FLAGS a0
  OPERANDS 0x4000000000000000           # 2
  fsqrt.d fa1, ft10, rne
  FLAGS a1
  OPERANDS 0x4000000000000000           # 2
  fsqrt.d fa2, ft10, rup
  FLAGS a2
  OPERANDS 0x4008000000000000           # 3
  fsqrt.d fa3, ft10, rdn
  FLAGS a3
  OPERANDS 0x8000000000000000           # -0
  fsqrt.d fa4, ft10, rne
  FLAGS a4
  OPERANDS 0x0                          # 0
  fsqrt.d fa5, ft10, rne
  FLAGS a5
  OPERANDS 0xbff0000000000000           # -1
  fsqrt.d fa6, ft10, rne
  FLAGS a6
  OPERANDS 0x7ff0000000000000           # inf
  fsqrt.d fa7, ft10, rne
  FLAGS a7
  OPERANDS 0xfff0000000000000           # -inf
  fsqrt.d fs0, ft10, rne
  FLAGS s0
  OPERANDS 0x1                          # smallest subnormal
  fsqrt.d fs1, ft10, rne
  FLAGS s1
  OPERANDS 0xfffffffffffff              # largest subnormal
  fsqrt.d fs2, ft10, rtz
  FLAGS s2
  OPERANDS 0x7fefffffffffffff           # largest finite
  fsqrt.d fs3, ft10, rne
  FLAGS s3
  OPERANDS 0x7ff8000000000123           # qnan
  fsqrt.d fs4, ft10, rne
  FLAGS s4
  OPERANDS 0x7ff0000000000123           # snan
  fsqrt.d fs5, ft10, rne
  FLAGS s5
  OPERANDS 0x3fefffffffffffff           # 1 - ulp/2
  fsqrt.d fs6, ft10, rne
  FLAGS s6
  OPERANDS 0x3fefffffffffffff           # 1 - ulp/2
  fsqrt.d fs7, ft10, rup
  FLAGS s7
  # The rounding mode from frm; the destination is also the source.
  OPERANDS 0x4000000000000000, 0x0
  csrwi frm, 3
  fmv.d fs8, ft10
  fsqrt.d fs8, fs8
  FLAGS s8
  csrwi frm, 0
  DONE

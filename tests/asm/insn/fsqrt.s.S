# fsqrt.s: rd = the square root of rs1, rounded by rm or frm. ("F") Results in f registers,
# their fflags in x registers.
# expect: fa0=0xffffffff40000000 a0=0x0 fa1=0xffffffff3fb504f3 a1=0x1 fa2=0xffffffff3fb504f4 a2=0x1
# expect: fa3=0xffffffff3fddb3d7 a3=0x1 fa4=0xffffffff80000000 a4=0x0 fa5=0xffffffff00000000 a5=0x0
# expect: fa6=0xffffffff7fc00000 a6=0x10 fa7=0xffffffff7f800000 a7=0x0 fs0=0xffffffff7fc00000
# expect: s0=0x10 fs1=0xffffffff1a3504f3 s1=0x1 fs2=0xffffffff1ffffffe s2=0x1 fs3=0xffffffff5f7fffff
# expect: s3=0x1 fs4=0xffffffff7fc00000 s4=0x0 fs5=0xffffffff7fc00000 s5=0x10 fs6=0xffffffff3f7fffff
# expect: s6=0x1 fs7=0xffffffff3f800000 s7=0x1 fs8=0xffffffff3fb504f4 s8=0x1 fs9=0xffffffff7fc00000
# expect: s9=0x0 fcsr=0x0

.include "../common.inc"

test:
  OPERANDS 0xffffffff40800000           # 4
  fsqrt.s fa0, ft10, rne
  FLAGS a0
  OPERANDS 0xffffffff40000000           # 2
  fsqrt.s fa1, ft10, rne
  FLAGS a1
  OPERANDS 0xffffffff40000000           # 2
  fsqrt.s fa2, ft10, rup
  FLAGS a2
  OPERANDS 0xffffffff40400000           # 3
  fsqrt.s fa3, ft10, rdn
  FLAGS a3
  OPERANDS 0xffffffff80000000           # -0
  fsqrt.s fa4, ft10, rne
  FLAGS a4
  OPERANDS 0xffffffff00000000           # 0
  fsqrt.s fa5, ft10, rne
  FLAGS a5
  OPERANDS 0xffffffffbf800000           # -1
  fsqrt.s fa6, ft10, rne
  FLAGS a6
  OPERANDS 0xffffffff7f800000           # inf
  fsqrt.s fa7, ft10, rne
  FLAGS a7
  OPERANDS 0xffffffffff800000           # -inf
  fsqrt.s fs0, ft10, rne
  FLAGS s0
  OPERANDS 0xffffffff00000001           # smallest subnormal
  fsqrt.s fs1, ft10, rne
  FLAGS s1
  OPERANDS 0xffffffff007fffff           # largest subnormal
  fsqrt.s fs2, ft10, rtz
  FLAGS s2
  OPERANDS 0xffffffff7f7fffff           # largest finite
  fsqrt.s fs3, ft10, rne
  FLAGS s3
  OPERANDS 0xffffffff7fc00123           # qnan
  fsqrt.s fs4, ft10, rne
  FLAGS s4
  OPERANDS 0xffffffff7f800123           # snan
  fsqrt.s fs5, ft10, rne
  FLAGS s5
  OPERANDS 0xffffffff3f7fffff           # 1 - ulp/2
  fsqrt.s fs6, ft10, rne
  FLAGS s6
  OPERANDS 0xffffffff3f7fffff           # 1 - ulp/2
  fsqrt.s fs7, ft10, rup
  FLAGS s7
  # The rounding mode from frm; the destination is also the source.
  OPERANDS 0xffffffff40000000, 0xffffffff00000000
  csrwi frm, 3
  fmv.d fs8, ft10
  fsqrt.s fs8, fs8
  FLAGS s8
  csrwi frm, 0
  # An operand that is not NaN-boxed is the canonical NaN.
  OPERANDS 0x3f800000, 0xffffffff3f800000
  fsqrt.s fs9, ft10
  FLAGS s9
  DONE

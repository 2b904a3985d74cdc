# fmul.s: rd = rs1 x rs2, rounded by rm or frm. ("F") Results in f registers, their fflags in x
# registers.
# expect: fa0=0xffffffff40c00000 a0=0x0 fa1=0xffffffff80000000 a1=0x0 fa2=0xffffffff7fc00000 a2=0x10
# expect: fa3=0xffffffffff800000 a3=0x0 fa4=0xffffffff7f800000 a4=0x5 fa5=0xffffffff7f7fffff a5=0x5
# expect: fa6=0xffffffffff7fffff a6=0x5 fa7=0xffffffff00000000 a7=0x3 fs0=0xffffffff00000001 s0=0x3
# expect: fs1=0xffffffff80000001 s1=0x3 fs2=0xffffffff00800000 s2=0x3 fs3=0xffffffff007fffff s3=0x3
# expect: fs4=0xffffffff3f800002 s4=0x1 fs5=0xffffffff3f800003 s5=0x1 fs6=0xffffffff7fc00000 s6=0x0
# expect: fs7=0xffffffff7fc00000 s7=0x10 fs8=0xffffffff3f800003 s8=0x1 fs9=0xffffffff7fc00000 s9=0x0
# expect: fs10=0xffffffff7fc00000 s10=0x0 fcsr=0x0

.include "../common.inc"

test:
  OPERANDS 0xffffffff40000000, 0xffffffff40400000  # 2, 3
  fmul.s fa0, ft10, ft11, rne
  FLAGS a0
  OPERANDS 0xffffffffc0000000, 0xffffffff00000000  # -2, 0
  fmul.s fa1, ft10, ft11, rne
  FLAGS a1
  OPERANDS 0xffffffff7f800000, 0xffffffff00000000  # inf, 0
  fmul.s fa2, ft10, ft11, rne
  FLAGS a2
  OPERANDS 0xffffffff7f800000, 0xffffffffc0000000  # inf, -2
  fmul.s fa3, ft10, ft11, rne
  FLAGS a3
  OPERANDS 0xffffffff7f7fffff, 0xffffffff40000000  # largest finite, 2
  fmul.s fa4, ft10, ft11, rne
  FLAGS a4
  OPERANDS 0xffffffff7f7fffff, 0xffffffff40000000  # largest finite, 2
  fmul.s fa5, ft10, ft11, rtz
  FLAGS a5
  OPERANDS 0xffffffffff7fffff, 0xffffffff40000000  # minus largest finite, 2
  fmul.s fa6, ft10, ft11, rup
  FLAGS a6
  OPERANDS 0xffffffff00000001, 0xffffffff3f000000  # smallest subnormal, 0.5
  fmul.s fa7, ft10, ft11, rne
  FLAGS a7
  OPERANDS 0xffffffff00000001, 0xffffffff3f000000  # smallest subnormal, 0.5
  fmul.s fs0, ft10, ft11, rmm
  FLAGS s0
  OPERANDS 0xffffffff80000001, 0xffffffff3f000000  # minus smallest subnormal, 0.5
  fmul.s fs1, ft10, ft11, rdn
  FLAGS s1
  OPERANDS 0xffffffff00800000, 0xffffffff3f7fffff  # smallest normal, 1 - ulp/2
  fmul.s fs2, ft10, ft11, rne
  FLAGS s2
  OPERANDS 0xffffffff00800000, 0xffffffff3f7fffff  # smallest normal, 1 - ulp/2
  fmul.s fs3, ft10, ft11, rtz
  FLAGS s3
  OPERANDS 0xffffffff3f800001, 0xffffffff3f800001  # 1 + ulp, 1 + ulp
  fmul.s fs4, ft10, ft11, rne
  FLAGS s4
  OPERANDS 0xffffffff3f800001, 0xffffffff3f800001  # 1 + ulp, 1 + ulp
  fmul.s fs5, ft10, ft11, rup
  FLAGS s5
  OPERANDS 0xffffffff7fc00123, 0xffffffff7f800000  # qnan, inf
  fmul.s fs6, ft10, ft11, rne
  FLAGS s6
  OPERANDS 0xffffffff7f800123, 0xffffffff00000000  # snan, 0
  fmul.s fs7, ft10, ft11, rne
  FLAGS s7
  # The rounding mode from frm; the destination is also the source.
  OPERANDS 0xffffffff3f800001, 0xffffffff3f800001
  csrwi frm, 3
  fmv.d fs8, ft10
  fmul.s fs8, fs8, ft11
  FLAGS s8
  csrwi frm, 0
  # An operand that is not NaN-boxed is the canonical NaN.
  OPERANDS 0x3f800000, 0xffffffff3f800000
  fmul.s fs9, ft10, ft11
  FLAGS s9
  fmul.s fs10, ft11, ft10
  FLAGS s10
  DONE

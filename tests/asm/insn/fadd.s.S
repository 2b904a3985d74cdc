# fadd.s: rd = rs1 + rs2, rounded by rm or frm. ("F") Results in f registers, their fflags in x
# registers.
# expect: fa0=0xffffffff40000000 a0=0x0 fa1=0xffffffff00000000 a1=0x0 fa2=0xffffffff80000000 a2=0x0
# expect: fa3=0xffffffff3f800000 a3=0x1 fa4=0xffffffff3f800000 a4=0x1 fa5=0xffffffff3f800001 a5=0x1
# expect: fa6=0xffffffff3f800001 a6=0x1 fa7=0xffffffffbf800001 a7=0x1 fs0=0xffffffff7f800000 s0=0x5
# expect: fs1=0xffffffff7f7fffff s1=0x5 fs2=0xffffffff00000002 s2=0x0 fs3=0xffffffff00800000 s3=0x0
# expect: fs4=0xffffffff7fc00000 s4=0x10 fs5=0xffffffffff800000 s5=0x0 fs6=0xffffffff7fc00000 s6=0x0
# expect: fs7=0xffffffff7fc00000 s7=0x10 fs8=0xffffffff80000000 s8=0x0 fs9=0xffffffff3f800001 s9=0x1
# expect: fs10=0xffffffff7fc00000 s10=0x0 fs11=0xffffffff7fc00000 s11=0x0 fcsr=0x0

.include "../common.inc"

test:
  OPERANDS 0xffffffff3f800000, 0xffffffff3f800000  # 1, 1
  fadd.s fa0, ft10, ft11, rne
  FLAGS a0
  OPERANDS 0xffffffff3f800000, 0xffffffffbf800000  # 1, -1
  fadd.s fa1, ft10, ft11, rne
  FLAGS a1
  OPERANDS 0xffffffff3f800000, 0xffffffffbf800000  # 1, -1
  fadd.s fa2, ft10, ft11, rdn
  FLAGS a2
  OPERANDS 0xffffffff3f800000, 0xffffffff33800000  # 1, half an ulp of 1
  fadd.s fa3, ft10, ft11, rne
  FLAGS a3
  OPERANDS 0xffffffff3f800000, 0xffffffff33800000  # 1, half an ulp of 1
  fadd.s fa4, ft10, ft11, rtz
  FLAGS a4
  OPERANDS 0xffffffff3f800000, 0xffffffff33800000  # 1, half an ulp of 1
  fadd.s fa5, ft10, ft11, rup
  FLAGS a5
  OPERANDS 0xffffffff3f800000, 0xffffffff33800000  # 1, half an ulp of 1
  fadd.s fa6, ft10, ft11, rmm
  FLAGS a6
  OPERANDS 0xffffffffbf800000, 0xffffffffb3800000  # -1, minus half an ulp of 1
  fadd.s fa7, ft10, ft11, rdn
  FLAGS a7
  OPERANDS 0xffffffff7f7fffff, 0xffffffff7f7fffff  # largest finite, largest finite
  fadd.s fs0, ft10, ft11, rne
  FLAGS s0
  OPERANDS 0xffffffff7f7fffff, 0xffffffff7f7fffff  # largest finite, largest finite
  fadd.s fs1, ft10, ft11, rtz
  FLAGS s1
  OPERANDS 0xffffffff00000001, 0xffffffff00000001  # smallest subnormal, smallest subnormal
  fadd.s fs2, ft10, ft11, rne
  FLAGS s2
  OPERANDS 0xffffffff007fffff, 0xffffffff00000001  # largest subnormal, smallest subnormal
  fadd.s fs3, ft10, ft11, rne
  FLAGS s3
  OPERANDS 0xffffffff7f800000, 0xffffffffff800000  # inf, -inf
  fadd.s fs4, ft10, ft11, rne
  FLAGS s4
  OPERANDS 0xffffffffff800000, 0xffffffff7f7fffff  # -inf, largest finite
  fadd.s fs5, ft10, ft11, rne
  FLAGS s5
  OPERANDS 0xffffffff7fc00123, 0xffffffff3f800000  # qnan, 1
  fadd.s fs6, ft10, ft11, rne
  FLAGS s6
  OPERANDS 0xffffffff3f800000, 0xffffffff7f800123  # 1, snan
  fadd.s fs7, ft10, ft11, rne
  FLAGS s7
  OPERANDS 0xffffffff80000000, 0xffffffff80000000  # -0, -0
  fadd.s fs8, ft10, ft11, rne
  FLAGS s8
  # The rounding mode from frm; the destination is also the source.
  OPERANDS 0xffffffff3f800000, 0xffffffff33800000
  csrwi frm, 3
  fmv.d fs9, ft10
  fadd.s fs9, fs9, ft11
  FLAGS s9
  csrwi frm, 0
  # An operand that is not NaN-boxed is the canonical NaN.
  OPERANDS 0x3f800000, 0xffffffff3f800000
  fadd.s fs10, ft10, ft11
  FLAGS s10
  fadd.s fs11, ft11, ft10
  FLAGS s11
  DONE

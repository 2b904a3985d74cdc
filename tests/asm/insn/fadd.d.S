# fadd.d: rd = rs1 + rs2, rounded by rm or frm. ("D") Results in f registers, their fflags in x
# registers.
# expect: fa0=0x4000000000000000 a0=0x0 fa1=0x0 a1=0x0 fa2=0x8000000000000000 a2=0x0
# expect: fa3=0x3ff0000000000000 a3=0x1 fa4=0x3ff0000000000000 a4=0x1 fa5=0x3ff0000000000001 a5=0x1
# expect: fa6=0x3ff0000000000001 a6=0x1 fa7=0xbff0000000000001 a7=0x1 fs0=0x7ff0000000000000 s0=0x5
# expect: fs1=0x7fefffffffffffff s1=0x5 fs2=0x2 s2=0x0 fs3=0x10000000000000 s3=0x0
# expect: fs4=0x7ff8000000000000 s4=0x10 fs5=0xfff0000000000000 s5=0x0 fs6=0x7ff8000000000000 s6=0x0
# expect: fs7=0x7ff8000000000000 s7=0x10 fs8=0x8000000000000000 s8=0x0 fs9=0x3ff0000000000001 s9=0x1
# expect: fcsr=0x0

.include "../common.inc"

test:
  OPERANDS 0x3ff0000000000000, 0x3ff0000000000000  # 1, 1
  fadd.d fa0, ft10, ft11, rne
  FLAGS a0
  OPERANDS 0x3ff0000000000000, 0xbff0000000000000  # 1, -1
  fadd.d fa1, ft10, ft11, rne
  FLAGS a1
  OPERANDS 0x3ff0000000000000, 0xbff0000000000000  # 1, -1
  fadd.d fa2, ft10, ft11, rdn
  FLAGS a2
  OPERANDS 0x3ff0000000000000, 0x3ca0000000000000  # 1, half an ulp of 1
  fadd.d fa3, ft10, ft11, rne
  FLAGS a3
  OPERANDS 0x3ff0000000000000, 0x3ca0000000000000  # 1, half an ulp of 1
  fadd.d fa4, ft10, ft11, rtz
  FLAGS a4
  OPERANDS 0x3ff0000000000000, 0x3ca0000000000000  # 1, half an ulp of 1
  fadd.d fa5, ft10, ft11, rup
  FLAGS a5
  OPERANDS 0x3ff0000000000000, 0x3ca0000000000000  # 1, half an ulp of 1
  fadd.d fa6, ft10, ft11, rmm
  FLAGS a6
  OPERANDS 0xbff0000000000000, 0xbca0000000000000  # -1, minus half an ulp of 1
  fadd.d fa7, ft10, ft11, rdn
  FLAGS a7
  OPERANDS 0x7fefffffffffffff, 0x7fefffffffffffff  # largest finite, largest finite
  fadd.d fs0, ft10, ft11, rne
  FLAGS s0
  OPERANDS 0x7fefffffffffffff, 0x7fefffffffffffff  # largest finite, largest finite
  fadd.d fs1, ft10, ft11, rtz
  FLAGS s1
  OPERANDS 0x1, 0x1                     # smallest subnormal, smallest subnormal
  fadd.d fs2, ft10, ft11, rne
  FLAGS s2
  OPERANDS 0xfffffffffffff, 0x1         # largest subnormal, smallest subnormal
  fadd.d fs3, ft10, ft11, rne
  FLAGS s3
  OPERANDS 0x7ff0000000000000, 0xfff0000000000000  # inf, -inf
  fadd.d fs4, ft10, ft11, rne
  FLAGS s4
  OPERANDS 0xfff0000000000000, 0x7fefffffffffffff  # -inf, largest finite
  fadd.d fs5, ft10, ft11, rne
  FLAGS s5
  OPERANDS 0x7ff8000000000123, 0x3ff0000000000000  # qnan, 1
  fadd.d fs6, ft10, ft11, rne
  FLAGS s6
  OPERANDS 0x3ff0000000000000, 0x7ff0000000000123  # 1, snan
  fadd.d fs7, ft10, ft11, rne
  FLAGS s7
  OPERANDS 0x8000000000000000, 0x8000000000000000  # -0, -0
  fadd.d fs8, ft10, ft11, rne
  FLAGS s8
  # The rounding mode from frm; the destination is also the source.
  OPERANDS 0x3ff0000000000000, 0x3ca0000000000000
  csrwi frm, 3
  fmv.d fs9, ft10
  fadd.d fs9, fs9, ft11
  FLAGS s9
  csrwi frm, 0
  DONE

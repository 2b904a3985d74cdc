# fmul.d: rd = rs1 x rs2, rounded by rm or frm. ("D") Results in f registers, their fflags in x
# registers.
# expect: fa0=0x4018000000000000 a0=0x0 fa1=0x8000000000000000 a1=0x0 fa2=0x7ff8000000000000 a2=0x10
# expect: fa3=0xfff0000000000000 a3=0x0 fa4=0x7ff0000000000000 a4=0x5 fa5=0x7fefffffffffffff a5=0x5
# expect: fa6=0xffefffffffffffff a6=0x5 fa7=0x0 a7=0x3 fs0=0x1 s0=0x3 fs1=0x8000000000000001 s1=0x3
# expect: fs2=0x10000000000000 s2=0x3 fs3=0xfffffffffffff s3=0x3 fs4=0x3ff0000000000002 s4=0x1
# expect: fs5=0x3ff0000000000003 s5=0x1 fs6=0x7ff8000000000000 s6=0x0 fs7=0x7ff8000000000000 s7=0x10
# expect: fs8=0x3ff0000000000003 s8=0x1 fcsr=0x0

.include "../common.inc"

test:
  OPERANDS 0x4000000000000000, 0x4008000000000000  # 2, 3
  fmul.d fa0, ft10, ft11, rne
  FLAGS a0
  OPERANDS 0xc000000000000000, 0x0      # -2, 0
  fmul.d fa1, ft10, ft11, rne
  FLAGS a1
  OPERANDS 0x7ff0000000000000, 0x0      # inf, 0
  fmul.d fa2, ft10, ft11, rne
  FLAGS a2
  OPERANDS 0x7ff0000000000000, 0xc000000000000000  # inf, -2
  fmul.d fa3, ft10, ft11, rne
  FLAGS a3
  OPERANDS 0x7fefffffffffffff, 0x4000000000000000  # largest finite, 2
  fmul.d fa4, ft10, ft11, rne
  FLAGS a4
  OPERANDS 0x7fefffffffffffff, 0x4000000000000000  # largest finite, 2
  fmul.d fa5, ft10, ft11, rtz
  FLAGS a5
  OPERANDS 0xffefffffffffffff, 0x4000000000000000  # minus largest finite, 2
  fmul.d fa6, ft10, ft11, rup
  FLAGS a6
  OPERANDS 0x1, 0x3fe0000000000000      # smallest subnormal, 0.5
  fmul.d fa7, ft10, ft11, rne
  FLAGS a7
  OPERANDS 0x1, 0x3fe0000000000000      # smallest subnormal, 0.5
  fmul.d fs0, ft10, ft11, rmm
  FLAGS s0
  OPERANDS 0x8000000000000001, 0x3fe0000000000000  # minus smallest subnormal, 0.5
  fmul.d fs1, ft10, ft11, rdn
  FLAGS s1
  OPERANDS 0x10000000000000, 0x3fefffffffffffff  # smallest normal, 1 - ulp/2
  fmul.d fs2, ft10, ft11, rne
  FLAGS s2
  OPERANDS 0x10000000000000, 0x3fefffffffffffff  # smallest normal, 1 - ulp/2
  fmul.d fs3, ft10, ft11, rtz
  FLAGS s3
  OPERANDS 0x3ff0000000000001, 0x3ff0000000000001  # 1 + ulp, 1 + ulp
  fmul.d fs4, ft10, ft11, rne
  FLAGS s4
  OPERANDS 0x3ff0000000000001, 0x3ff0000000000001  # 1 + ulp, 1 + ulp
  fmul.d fs5, ft10, ft11, rup
  FLAGS s5
  OPERANDS 0x7ff8000000000123, 0x7ff0000000000000  # qnan, inf
  fmul.d fs6, ft10, ft11, rne
  FLAGS s6
  OPERANDS 0x7ff0000000000123, 0x0      # snan, 0
  fmul.d fs7, ft10, ft11, rne
  FLAGS s7
  # The rounding mode from frm; the destination is also the source.
  OPERANDS 0x3ff0000000000001, 0x3ff0000000000001
  csrwi frm, 3
  fmv.d fs8, ft10
  fmul.d fs8, fs8, ft11
  FLAGS s8
  csrwi frm, 0
  DONE

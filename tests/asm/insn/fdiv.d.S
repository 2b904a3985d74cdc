# fdiv.d: rd = rs1 / rs2, rounded by rm or frm. ("D") Results in f registers, their fflags in x
# registers.
# expect: fa0=0x3ff8000000000000 a0=0x0 fa1=0x3fd5555555555555 a1=0x1 fa2=0x3fd5555555555556 a2=0x1
# expect: fa3=0xbfd5555555555556 a3=0x1 fa4=0x7ff0000000000000 a4=0x8 fa5=0xfff0000000000000 a5=0x8
# expect: fa6=0x7ff8000000000000 a6=0x10 fa7=0x7ff8000000000000 a7=0x10 fs0=0x8000000000000000
# expect: s0=0x0 fs1=0x7ff0000000000000 s1=0x0 fs2=0x7ff0000000000000 s2=0x5 fs3=0x7fefffffffffffff
# expect: s3=0x5 fs4=0x2 s4=0x3 fs5=0x1 s5=0x3 fs6=0x3 s6=0x3 fs7=0x7ff8000000000000 s7=0x0
# expect: fs8=0x7ff8000000000000 s8=0x10 fs9=0x3fd5555555555556 s9=0x1 fcsr=0x0

.include "../common.inc"

test:
  OPERANDS 0x4008000000000000, 0x4000000000000000  # 3, 2
  fdiv.d fa0, ft10, ft11, rne
  FLAGS a0
  OPERANDS 0x3ff0000000000000, 0x4008000000000000  # 1, 3
  fdiv.d fa1, ft10, ft11, rne
  FLAGS a1
  OPERANDS 0x3ff0000000000000, 0x4008000000000000  # 1, 3
  fdiv.d fa2, ft10, ft11, rup
  FLAGS a2
  OPERANDS 0xbff0000000000000, 0x4008000000000000  # -1, 3
  fdiv.d fa3, ft10, ft11, rdn
  FLAGS a3
  OPERANDS 0x3ff0000000000000, 0x0      # 1, 0
  fdiv.d fa4, ft10, ft11, rne
  FLAGS a4
  OPERANDS 0xbff0000000000000, 0x0      # -1, 0
  fdiv.d fa5, ft10, ft11, rne
  FLAGS a5
  OPERANDS 0x0, 0x0                     # 0, 0
  fdiv.d fa6, ft10, ft11, rne
  FLAGS a6
  OPERANDS 0x7ff0000000000000, 0x7ff0000000000000  # inf, inf
  fdiv.d fa7, ft10, ft11, rne
  FLAGS a7
  OPERANDS 0x3ff0000000000000, 0xfff0000000000000  # 1, -inf
  fdiv.d fs0, ft10, ft11, rne
  FLAGS s0
  OPERANDS 0x7ff0000000000000, 0x0      # inf, 0
  fdiv.d fs1, ft10, ft11, rne
  FLAGS s1
  OPERANDS 0x7fefffffffffffff, 0x1      # largest finite, smallest subnormal
  fdiv.d fs2, ft10, ft11, rne
  FLAGS s2
  OPERANDS 0x7fefffffffffffff, 0x3fe0000000000000  # largest finite, 0.5
  fdiv.d fs3, ft10, ft11, rdn
  FLAGS s3
  OPERANDS 0x3, 0x4000000000000000      # 3 x smallest subnormal, 2
  fdiv.d fs4, ft10, ft11, rne
  FLAGS s4
  OPERANDS 0x3, 0x4000000000000000      # 3 x smallest subnormal, 2
  fdiv.d fs5, ft10, ft11, rtz
  FLAGS s5
  OPERANDS 0x5, 0x4000000000000000      # 5 x smallest subnormal, 2
  fdiv.d fs6, ft10, ft11, rmm
  FLAGS s6
  OPERANDS 0x7ff8000000000123, 0x0      # qnan, 0
  fdiv.d fs7, ft10, ft11, rne
  FLAGS s7
  OPERANDS 0x3ff0000000000000, 0x7ff0000000000123  # 1, snan
  fdiv.d fs8, ft10, ft11, rne
  FLAGS s8
  # The rounding mode from frm; the destination is also the source.
  OPERANDS 0x3ff0000000000000, 0x4008000000000000
  csrwi frm, 3
  fmv.d fs9, ft10
  fdiv.d fs9, fs9, ft11
  FLAGS s9
  csrwi frm, 0
  DONE

# fdiv.s: rd = rs1 / rs2, rounded by rm or frm. ("F") Results in f registers, their fflags in x
# registers.
# expect: fa0=0xffffffff3fc00000 a0=0x0 fa1=0xffffffff3eaaaaab a1=0x1 fa2=0xffffffff3eaaaaab a2=0x1
# expect: fa3=0xffffffffbeaaaaab a3=0x1 fa4=0xffffffff7f800000 a4=0x8 fa5=0xffffffffff800000 a5=0x8
# expect: fa6=0xffffffff7fc00000 a6=0x10 fa7=0xffffffff7fc00000 a7=0x10 fs0=0xffffffff80000000
# expect: s0=0x0 fs1=0xffffffff7f800000 s1=0x0 fs2=0xffffffff7f800000 s2=0x5 fs3=0xffffffff7f7fffff
# expect: s3=0x5 fs4=0xffffffff00000002 s4=0x3 fs5=0xffffffff00000001 s5=0x3 fs6=0xffffffff00000003
# expect: s6=0x3 fs7=0xffffffff7fc00000 s7=0x0 fs8=0xffffffff7fc00000 s8=0x10 fs9=0xffffffff3eaaaaab
# expect: s9=0x1 fs10=0xffffffff7fc00000 s10=0x0 fs11=0xffffffff7fc00000 s11=0x0 fcsr=0x0

.include "../common.inc"

test:
  OPERANDS 0xffffffff40400000, 0xffffffff40000000  # 3, 2
  fdiv.s fa0, ft10, ft11, rne
  FLAGS a0
  OPERANDS 0xffffffff3f800000, 0xffffffff40400000  # 1, 3
  fdiv.s fa1, ft10, ft11, rne
  FLAGS a1
  OPERANDS 0xffffffff3f800000, 0xffffffff40400000  # 1, 3
  fdiv.s fa2, ft10, ft11, rup
  FLAGS a2
  OPERANDS 0xffffffffbf800000, 0xffffffff40400000  # -1, 3
  fdiv.s fa3, ft10, ft11, rdn
  FLAGS a3
  OPERANDS 0xffffffff3f800000, 0xffffffff00000000  # 1, 0
  fdiv.s fa4, ft10, ft11, rne
  FLAGS a4
  OPERANDS 0xffffffffbf800000, 0xffffffff00000000  # -1, 0
  fdiv.s fa5, ft10, ft11, rne
  FLAGS a5
  OPERANDS 0xffffffff00000000, 0xffffffff00000000  # 0, 0
  fdiv.s fa6, ft10, ft11, rne
  FLAGS a6
  OPERANDS 0xffffffff7f800000, 0xffffffff7f800000  # inf, inf
  fdiv.s fa7, ft10, ft11, rne
  FLAGS a7
  OPERANDS 0xffffffff3f800000, 0xffffffffff800000  # 1, -inf
  fdiv.s fs0, ft10, ft11, rne
  FLAGS s0
  OPERANDS 0xffffffff7f800000, 0xffffffff00000000  # inf, 0
  fdiv.s fs1, ft10, ft11, rne
  FLAGS s1
  OPERANDS 0xffffffff7f7fffff, 0xffffffff00000001  # largest finite, smallest subnormal
  fdiv.s fs2, ft10, ft11, rne
  FLAGS s2
  OPERANDS 0xffffffff7f7fffff, 0xffffffff3f000000  # largest finite, 0.5
  fdiv.s fs3, ft10, ft11, rdn
  FLAGS s3
  OPERANDS 0xffffffff00000003, 0xffffffff40000000  # 3 x smallest subnormal, 2
  fdiv.s fs4, ft10, ft11, rne
  FLAGS s4
  OPERANDS 0xffffffff00000003, 0xffffffff40000000  # 3 x smallest subnormal, 2
  fdiv.s fs5, ft10, ft11, rtz
  FLAGS s5
  OPERANDS 0xffffffff00000005, 0xffffffff40000000  # 5 x smallest subnormal, 2
  fdiv.s fs6, ft10, ft11, rmm
  FLAGS s6
  OPERANDS 0xffffffff7fc00123, 0xffffffff00000000  # qnan, 0
  fdiv.s fs7, ft10, ft11, rne
  FLAGS s7
  OPERANDS 0xffffffff3f800000, 0xffffffff7f800123  # 1, snan
  fdiv.s fs8, ft10, ft11, rne
  FLAGS s8
  # The rounding mode from frm; the destination is also the source.
  OPERANDS 0xffffffff3f800000, 0xffffffff40400000
  csrwi frm, 3
  fmv.d fs9, ft10
  fdiv.s fs9, fs9, ft11
  FLAGS s9
  csrwi frm, 0
  # An operand that is not NaN-boxed is the canonical NaN.
  OPERANDS 0x3f800000, 0xffffffff3f800000
  fdiv.s fs10, ft10, ft11
  FLAGS s10
  fdiv.s fs11, ft11, ft10
  FLAGS s11
  DONE

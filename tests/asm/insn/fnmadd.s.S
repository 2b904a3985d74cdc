# fnmadd.s: rd = -(rs1 x rs2) - rs3, rounded once. Results in f registers, their fflags in x
# registers.
# expect: fa0=0xffffffff40e00000 a0=0x0 fa1=0xffffffffc0800000 a1=0x0 fa2=0xffffffff28800000 a2=0x0
# expect: fa3=0xffffffff7fc00000 a3=0x10 fa4=0xffffffff7fc00000 a4=0x10 fa5=0xffffffff7fc00000
# expect: a5=0x10 fa6=0xffffffff7f800000 a6=0x0 fa7=0xffffffff7f7fffff a7=0x0 fs0=0xffffffff7f7fffff
# expect: s0=0x5 fs1=0xffffffff00000000 s1=0x0 fs2=0xffffffff80000000 s2=0x0 fs3=0xffffffff3f800001
# expect: s3=0x1 fs4=0xffffffff00000000 s4=0x3 fs5=0xffffffff80000001 s5=0x3 fs6=0xffffffff00000000
# expect: s6=0x0 fs7=0xffffffff80000000 s7=0x0 fs8=0xffffffff7fc00000 s8=0x10 fs9=0xffffffff7fc00000
# expect: s9=0x0 fs10=0xffffffff3f800001 s10=0x1 fs11=0xffffffffff800000 s11=0x0
# expect: ft0=0xffffffffc0000002 t0=0x1 ft1=0xffffffffc0000001 ft2=0xffffffffc0000001
# expect: ft3=0xffffffffc0000001 t1=0x1 ft4=0xffffffff7fc00000 t2=0x0 fcsr=0x0

.include "../common.inc"

test:
  # -2, 3, -1
  OPERANDS 0xffffffffc0000000, 0xffffffff40400000, 0xffffffffbf800000
  fnmadd.s fa0, ft10, ft11, ft9, rne
  FLAGS a0
  # -2, 3, 10
  OPERANDS 0xffffffffc0000000, 0xffffffff40400000, 0xffffffff41200000
  fnmadd.s fa1, ft10, ft11, ft9, rne
  FLAGS a1
  # minus 1 + ulp, 1 + ulp, 1 + 2 ulp
  OPERANDS 0xffffffffbf800001, 0xffffffff3f800001, 0xffffffff3f800002
  fnmadd.s fa2, ft10, ft11, ft9, rne
  FLAGS a2
  # -inf, 0, -1
  OPERANDS 0xffffffffff800000, 0xffffffff00000000, 0xffffffffbf800000
  fnmadd.s fa3, ft10, ft11, ft9, rne
  FLAGS a3
  # -inf, 0, qnan
  OPERANDS 0xffffffffff800000, 0xffffffff00000000, 0xffffffff7fc00123
  fnmadd.s fa4, ft10, ft11, ft9, rne
  FLAGS a4
  # -inf, 1, inf
  OPERANDS 0xffffffffff800000, 0xffffffff3f800000, 0xffffffff7f800000
  fnmadd.s fa5, ft10, ft11, ft9, rne
  FLAGS a5
  # -inf, 1, -inf
  OPERANDS 0xffffffffff800000, 0xffffffff3f800000, 0xffffffffff800000
  fnmadd.s fa6, ft10, ft11, ft9, rne
  FLAGS a6
  # minus largest finite, 2, largest finite
  OPERANDS 0xffffffffff7fffff, 0xffffffff40000000, 0xffffffff7f7fffff
  fnmadd.s fa7, ft10, ft11, ft9, rne
  FLAGS a7
  # minus largest finite, 2, minus largest finite
  OPERANDS 0xffffffffff7fffff, 0xffffffff40000000, 0xffffffffff7fffff
  fnmadd.s fs0, ft10, ft11, ft9, rtz
  FLAGS s0
  # -1, 1, 1
  OPERANDS 0xffffffffbf800000, 0xffffffff3f800000, 0xffffffff3f800000
  fnmadd.s fs1, ft10, ft11, ft9, rne
  FLAGS s1
  # -1, 1, 1
  OPERANDS 0xffffffffbf800000, 0xffffffff3f800000, 0xffffffff3f800000
  fnmadd.s fs2, ft10, ft11, ft9, rdn
  FLAGS s2
  # minus smallest subnormal, smallest subnormal, -1
  OPERANDS 0xffffffff80000001, 0xffffffff00000001, 0xffffffffbf800000
  fnmadd.s fs3, ft10, ft11, ft9, rup
  FLAGS s3
  # minus smallest subnormal, smallest subnormal, -0
  OPERANDS 0xffffffff80000001, 0xffffffff00000001, 0xffffffff80000000
  fnmadd.s fs4, ft10, ft11, ft9, rne
  FLAGS s4
  # smallest subnormal, smallest subnormal, -0
  OPERANDS 0xffffffff00000001, 0xffffffff00000001, 0xffffffff80000000
  fnmadd.s fs5, ft10, ft11, ft9, rdn
  FLAGS s5
  # -0, 1, 0
  OPERANDS 0xffffffff80000000, 0xffffffff3f800000, 0xffffffff00000000
  fnmadd.s fs6, ft10, ft11, ft9, rne
  FLAGS s6
  # -0, -1, 0
  OPERANDS 0xffffffff80000000, 0xffffffffbf800000, 0xffffffff00000000
  fnmadd.s fs7, ft10, ft11, ft9, rne
  FLAGS s7
  # -1, 1, snan
  OPERANDS 0xffffffffbf800000, 0xffffffff3f800000, 0xffffffff7f800123
  fnmadd.s fs8, ft10, ft11, ft9, rne
  FLAGS s8
  # qnan, 1, -1
  OPERANDS 0xffffffff7fc00123, 0xffffffff3f800000, 0xffffffffbf800000
  fnmadd.s fs9, ft10, ft11, ft9, rne
  FLAGS s9
  # -1, half an ulp of 1, -1
  OPERANDS 0xffffffffbf800000, 0xffffffff33800000, 0xffffffffbf800000
  fnmadd.s fs10, ft10, ft11, ft9, rmm
  FLAGS s10
  # -1, 1, inf
  OPERANDS 0xffffffffbf800000, 0xffffffff3f800000, 0xffffffff7f800000
  fnmadd.s fs11, ft10, ft11, ft9, rne
  FLAGS s11
  # The rounding mode from frm.
  OPERANDS 0xffffffff3f800001, 0xffffffff3f800001, 0xffffffff3f800000
  csrwi frm, 2
  fnmadd.s ft0, ft10, ft11, ft9
  FLAGS t0
  csrwi frm, 0
  # The destination is each source.
  fmv.d ft1, ft10
  fnmadd.s ft1, ft1, ft11, ft9, rtz
  fmv.d ft2, ft11
  fnmadd.s ft2, ft10, ft2, ft9, rtz
  fmv.d ft3, ft9
  fnmadd.s ft3, ft10, ft11, ft3, rtz
  FLAGS t1
  # An addend that is not NaN-boxed is the canonical NaN.
  OPERANDS 0xffffffff3f800000, 0xffffffff3f800000, 0x3f800000
  fnmadd.s ft4, ft10, ft11, ft9
  FLAGS t2
  DONE

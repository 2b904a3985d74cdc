# fmadd.d: rd = rs1 x rs2 + rs3, rounded once. Results in f registers, their fflags in x
# registers.
# expect: fa0=0x401c000000000000 a0=0x0 fa1=0xc010000000000000 a1=0x0 fa2=0x3970000000000000 a2=0x0
# expect: fa3=0x7ff8000000000000 a3=0x10 fa4=0x7ff8000000000000 a4=0x10 fa5=0x7ff8000000000000
# expect: a5=0x10 fa6=0x7ff0000000000000 a6=0x0 fa7=0x7fefffffffffffff a7=0x0 fs0=0x7fefffffffffffff
# expect: s0=0x5 fs1=0x0 s1=0x0 fs2=0x8000000000000000 s2=0x0 fs3=0x3ff0000000000001 s3=0x1 fs4=0x0
# expect: s4=0x3 fs5=0x8000000000000001 s5=0x3 fs6=0x0 s6=0x0 fs7=0x8000000000000000 s7=0x0
# expect: fs8=0x7ff8000000000000 s8=0x10 fs9=0x7ff8000000000000 s9=0x0 fs10=0x3ff0000000000001
# expect: s10=0x1 fs11=0xfff0000000000000 s11=0x0 ft0=0x4000000000000001 t0=0x1
# expect: ft1=0x4000000000000001 ft2=0x4000000000000001 ft3=0x4000000000000001 t1=0x1 fcsr=0x0

.include "../common.inc"

test:
  # 2, 3, 1
  OPERANDS 0x4000000000000000, 0x4008000000000000, 0x3ff0000000000000
  fmadd.d fa0, ft10, ft11, ft9, rne
  FLAGS a0
  # 2, 3, -10
  OPERANDS 0x4000000000000000, 0x4008000000000000, 0xc024000000000000
  fmadd.d fa1, ft10, ft11, ft9, rne
  FLAGS a1
  # 1 + ulp, 1 + ulp, minus 1 + 2 ulp
  OPERANDS 0x3ff0000000000001, 0x3ff0000000000001, 0xbff0000000000002
  fmadd.d fa2, ft10, ft11, ft9, rne
  FLAGS a2
  # inf, 0, 1
  OPERANDS 0x7ff0000000000000, 0x0, 0x3ff0000000000000
  fmadd.d fa3, ft10, ft11, ft9, rne
  FLAGS a3
  # inf, 0, qnan
  OPERANDS 0x7ff0000000000000, 0x0, 0x7ff8000000000123
  fmadd.d fa4, ft10, ft11, ft9, rne
  FLAGS a4
  # inf, 1, -inf
  OPERANDS 0x7ff0000000000000, 0x3ff0000000000000, 0xfff0000000000000
  fmadd.d fa5, ft10, ft11, ft9, rne
  FLAGS a5
  # inf, 1, inf
  OPERANDS 0x7ff0000000000000, 0x3ff0000000000000, 0x7ff0000000000000
  fmadd.d fa6, ft10, ft11, ft9, rne
  FLAGS a6
  # largest finite, 2, minus largest finite
  OPERANDS 0x7fefffffffffffff, 0x4000000000000000, 0xffefffffffffffff
  fmadd.d fa7, ft10, ft11, ft9, rne
  FLAGS a7
  # largest finite, 2, largest finite
  OPERANDS 0x7fefffffffffffff, 0x4000000000000000, 0x7fefffffffffffff
  fmadd.d fs0, ft10, ft11, ft9, rtz
  FLAGS s0
  # 1, 1, -1
  OPERANDS 0x3ff0000000000000, 0x3ff0000000000000, 0xbff0000000000000
  fmadd.d fs1, ft10, ft11, ft9, rne
  FLAGS s1
  # 1, 1, -1
  OPERANDS 0x3ff0000000000000, 0x3ff0000000000000, 0xbff0000000000000
  fmadd.d fs2, ft10, ft11, ft9, rdn
  FLAGS s2
  # smallest subnormal, smallest subnormal, 1
  OPERANDS 0x1, 0x1, 0x3ff0000000000000
  fmadd.d fs3, ft10, ft11, ft9, rup
  FLAGS s3
  # smallest subnormal, smallest subnormal, 0
  OPERANDS 0x1, 0x1, 0x0
  fmadd.d fs4, ft10, ft11, ft9, rne
  FLAGS s4
  # minus smallest subnormal, smallest subnormal, 0
  OPERANDS 0x8000000000000001, 0x1, 0x0
  fmadd.d fs5, ft10, ft11, ft9, rdn
  FLAGS s5
  # 0, 1, -0
  OPERANDS 0x0, 0x3ff0000000000000, 0x8000000000000000
  fmadd.d fs6, ft10, ft11, ft9, rne
  FLAGS s6
  # 0, -1, -0
  OPERANDS 0x0, 0xbff0000000000000, 0x8000000000000000
  fmadd.d fs7, ft10, ft11, ft9, rne
  FLAGS s7
  # 1, 1, snan
  OPERANDS 0x3ff0000000000000, 0x3ff0000000000000, 0x7ff0000000000123
  fmadd.d fs8, ft10, ft11, ft9, rne
  FLAGS s8
  # qnan, 1, 1
  OPERANDS 0x7ff8000000000123, 0x3ff0000000000000, 0x3ff0000000000000
  fmadd.d fs9, ft10, ft11, ft9, rne
  FLAGS s9
  # 1, half an ulp of 1, 1
  OPERANDS 0x3ff0000000000000, 0x3ca0000000000000, 0x3ff0000000000000
  fmadd.d fs10, ft10, ft11, ft9, rmm
  FLAGS s10
  # 1, 1, -inf
  OPERANDS 0x3ff0000000000000, 0x3ff0000000000000, 0xfff0000000000000
  fmadd.d fs11, ft10, ft11, ft9, rne
  FLAGS s11
  # The rounding mode from frm.
  OPERANDS 0x3ff0000000000001, 0x3ff0000000000001, 0x3ff0000000000000
  csrwi frm, 2
  fmadd.d ft0, ft10, ft11, ft9
  FLAGS t0
  csrwi frm, 0
  # The destination is each source.
  fmv.d ft1, ft10
  fmadd.d ft1, ft1, ft11, ft9, rtz
  fmv.d ft2, ft11
  fmadd.d ft2, ft10, ft2, ft9, rtz
  fmv.d ft3, ft9
  fmadd.d ft3, ft10, ft11, ft3, rtz
  FLAGS t1
  DONE

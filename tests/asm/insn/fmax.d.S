# fmax.d: the larger of rs1 and rs2; -0 < +0; one NaN gives the other operand, two the canonical
# NaN; a signalling NaN raises NV. Results in f registers, their fflags in x registers.
# expect: fa0=0x4000000000000000 a0=0x0 fa1=0x4000000000000000 a1=0x0 fa2=0x3ff0000000000000 a2=0x0
# expect: fa3=0xbff0000000000000 a3=0x0 fa4=0x0 a4=0x0 fa5=0x0 a5=0x0 fa6=0x7ff0000000000000 a6=0x0
# expect: fa7=0xffefffffffffffff a7=0x0 fs0=0x3ff0000000000000 s0=0x0 fs1=0x3ff0000000000000 s1=0x0
# expect: fs2=0x3ff0000000000000 s2=0x10 fs3=0xc000000000000000 s3=0x10 fs4=0x7ff8000000000000
# expect: s4=0x0 fs5=0x7ff8000000000000 s5=0x10 fs6=0x1 s6=0x0 fs7=0x3ff0000000000000 s7=0x0
# expect: fs8=0x4008000000000000 fcsr=0x0

.include "../common.inc"

test:
  OPERANDS 0x3ff0000000000000, 0x4000000000000000  # 1, 2
  fmax.d fa0, ft10, ft11
  FLAGS a0
  OPERANDS 0x4000000000000000, 0x3ff0000000000000  # 2, 1
  fmax.d fa1, ft10, ft11
  FLAGS a1
  OPERANDS 0xbff0000000000000, 0x3ff0000000000000  # -1, 1
  fmax.d fa2, ft10, ft11
  FLAGS a2
  OPERANDS 0xbff0000000000000, 0xc000000000000000  # -1, -2
  fmax.d fa3, ft10, ft11
  FLAGS a3
  OPERANDS 0x0, 0x8000000000000000      # 0, -0
  fmax.d fa4, ft10, ft11
  FLAGS a4
  OPERANDS 0x8000000000000000, 0x0      # -0, 0
  fmax.d fa5, ft10, ft11
  FLAGS a5
  OPERANDS 0x7ff0000000000000, 0x7fefffffffffffff  # inf, largest finite
  fmax.d fa6, ft10, ft11
  FLAGS a6
  OPERANDS 0xfff0000000000000, 0xffefffffffffffff  # -inf, minus largest finite
  fmax.d fa7, ft10, ft11
  FLAGS a7
  OPERANDS 0x7ff8000000000123, 0x3ff0000000000000  # qnan, 1
  fmax.d fs0, ft10, ft11
  FLAGS s0
  OPERANDS 0x3ff0000000000000, 0x7ff8000000000123  # 1, qnan
  fmax.d fs1, ft10, ft11
  FLAGS s1
  OPERANDS 0x7ff0000000000123, 0x3ff0000000000000  # snan, 1
  fmax.d fs2, ft10, ft11
  FLAGS s2
  OPERANDS 0xc000000000000000, 0x7ff0000000000123  # -2, snan
  fmax.d fs3, ft10, ft11
  FLAGS s3
  OPERANDS 0x7ff8000000000123, 0xfff8000000000123  # qnan, -qnan
  fmax.d fs4, ft10, ft11
  FLAGS s4
  OPERANDS 0x7ff0000000000123, 0x7ff8000000000123  # snan, qnan
  fmax.d fs5, ft10, ft11
  FLAGS s5
  OPERANDS 0x1, 0x8000000000000001      # smallest subnormal, minus smallest subnormal
  fmax.d fs6, ft10, ft11
  FLAGS s6
  OPERANDS 0x3ff0000000000000, 0x3ff0000000000000  # 1, 1
  fmax.d fs7, ft10, ft11
  FLAGS s7
  # The destination is also a source.
  OPERANDS 0x4008000000000000, 0xc000000000000000
  fmv.d fs8, ft11
  fmax.d fs8, ft10, fs8
  DONE

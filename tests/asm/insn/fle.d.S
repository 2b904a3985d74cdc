# fle.d: rd = rs1 <= rs2; NV for any NaN. Each result is followed by its fflags.
# expect: a0=0x1 a1=0x0 a2=0x0 a3=0x0 a4=0x1 a5=0x0 a6=0x1 a7=0x0 s0=0x0 s1=0x0 s2=0x1 s3=0x0 s4=0x1
# expect: s5=0x0 s6=0x1 s7=0x0 s8=0x1 s9=0x0 s10=0x0 s11=0x10 t0=0x0 t1=0x10 t2=0x0 t3=0x10

.include "../common.inc"

test:
  OPERANDS 0x3ff0000000000000, 0x4000000000000000  # 1, 2
  fle.d a0, ft10, ft11
  FLAGS a1
  OPERANDS 0x4000000000000000, 0x3ff0000000000000  # 2, 1
  fle.d a2, ft10, ft11
  FLAGS a3
  OPERANDS 0x3ff0000000000000, 0x3ff0000000000000  # 1, 1
  fle.d a4, ft10, ft11
  FLAGS a5
  OPERANDS 0xbff0000000000000, 0x3ff0000000000000  # -1, 1
  fle.d a6, ft10, ft11
  FLAGS a7
  OPERANDS 0xbff0000000000000, 0xc000000000000000  # -1, -2
  fle.d s0, ft10, ft11
  FLAGS s1
  OPERANDS 0x0, 0x8000000000000000      # 0, -0
  fle.d s2, ft10, ft11
  FLAGS s3
  OPERANDS 0x8000000000000000, 0x0      # -0, 0
  fle.d s4, ft10, ft11
  FLAGS s5
  OPERANDS 0x7ff0000000000000, 0x7ff0000000000000  # inf, inf
  fle.d s6, ft10, ft11
  FLAGS s7
  OPERANDS 0xfff0000000000000, 0x7fefffffffffffff  # -inf, largest finite
  fle.d s8, ft10, ft11
  FLAGS s9
  OPERANDS 0x7ff8000000000123, 0x3ff0000000000000  # qnan, 1
  fle.d s10, ft10, ft11
  FLAGS s11
  OPERANDS 0x3ff0000000000000, 0x7ff0000000000123  # 1, snan
  fle.d t0, ft10, ft11
  FLAGS t1
  OPERANDS 0x7ff8000000000123, 0x7ff8000000000123  # qnan, qnan
  fle.d t2, ft10, ft11
  FLAGS t3
  DONE

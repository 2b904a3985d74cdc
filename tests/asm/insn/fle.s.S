# fle.s: rd = rs1 <= rs2; NV for any NaN. Each result is followed by its fflags.
# expect: a0=0x1 a1=0x0 a2=0x0 a3=0x0 a4=0x1 a5=0x0 a6=0x1 a7=0x0 s0=0x0 s1=0x0 s2=0x1 s3=0x0 s4=0x1
# expect: s5=0x0 s6=0x1 s7=0x0 s8=0x1 s9=0x0 s10=0x0 s11=0x10 t0=0x0 t1=0x10 t2=0x0 t3=0x10 t4=0x0
# expect: fcsr=0x10

.include "../common.inc"

test:
  OPERANDS 0xffffffff3f800000, 0xffffffff40000000  # 1, 2
  fle.s a0, ft10, ft11
  FLAGS a1
  OPERANDS 0xffffffff40000000, 0xffffffff3f800000  # 2, 1
  fle.s a2, ft10, ft11
  FLAGS a3
  OPERANDS 0xffffffff3f800000, 0xffffffff3f800000  # 1, 1
  fle.s a4, ft10, ft11
  FLAGS a5
  OPERANDS 0xffffffffbf800000, 0xffffffff3f800000  # -1, 1
  fle.s a6, ft10, ft11
  FLAGS a7
  OPERANDS 0xffffffffbf800000, 0xffffffffc0000000  # -1, -2
  fle.s s0, ft10, ft11
  FLAGS s1
  OPERANDS 0xffffffff00000000, 0xffffffff80000000  # 0, -0
  fle.s s2, ft10, ft11
  FLAGS s3
  OPERANDS 0xffffffff80000000, 0xffffffff00000000  # -0, 0
  fle.s s4, ft10, ft11
  FLAGS s5
  OPERANDS 0xffffffff7f800000, 0xffffffff7f800000  # inf, inf
  fle.s s6, ft10, ft11
  FLAGS s7
  OPERANDS 0xffffffffff800000, 0xffffffff7f7fffff  # -inf, largest finite
  fle.s s8, ft10, ft11
  FLAGS s9
  OPERANDS 0xffffffff7fc00123, 0xffffffff3f800000  # qnan, 1
  fle.s s10, ft10, ft11
  FLAGS s11
  OPERANDS 0xffffffff3f800000, 0xffffffff7f800123  # 1, snan
  fle.s t0, ft10, ft11
  FLAGS t1
  OPERANDS 0xffffffff7fc00123, 0xffffffff7fc00123  # qnan, qnan
  fle.s t2, ft10, ft11
  FLAGS t3
  # An operand that is not NaN-boxed is the canonical (quiet) NaN.
  OPERANDS 0x3f800000, 0xffffffff3f800000
  li t4, 7
  fle.s t4, ft10, ft11
  DONE

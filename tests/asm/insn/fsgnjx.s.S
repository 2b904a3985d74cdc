# fsgnjx.s: rd = rs1 with its sign and that of rs2 exclusive-ored; NaNs are not canonicalised,
# no exceptions.
# expect: fa0=0xffffffff3f800000 fa1=0xffffffffbf800000 fa2=0xffffffffbf800000
# expect: fa3=0xffffffff3f800000 fa4=0xffffffff80000000 fa5=0xffffffffff800000
# expect: fa6=0xffffffffff800123 fa7=0xffffffffffc00123 fs0=0xffffffff7f800123
# expect: fs1=0xffffffff40400000 fs2=0xffffffffffc00000 fs3=0xffffffffbf800000 fcsr=0x0

.include "../common.inc"

test:
  OPERANDS 0xffffffff3f800000, 0xffffffff40000000  # 1, 2
  fsgnjx.s fa0, ft10, ft11
  OPERANDS 0xffffffff3f800000, 0xffffffffc0000000  # 1, -2
  fsgnjx.s fa1, ft10, ft11
  OPERANDS 0xffffffffbf800000, 0xffffffff40000000  # -1, 2
  fsgnjx.s fa2, ft10, ft11
  OPERANDS 0xffffffffbf800000, 0xffffffffc0000000  # -1, -2
  fsgnjx.s fa3, ft10, ft11
  OPERANDS 0xffffffff00000000, 0xffffffff80000000  # 0, -0
  fsgnjx.s fa4, ft10, ft11
  OPERANDS 0xffffffffff800000, 0xffffffff3f800000  # -inf, 1
  fsgnjx.s fa5, ft10, ft11
  OPERANDS 0xffffffff7f800123, 0xffffffffbf800000  # snan, -1
  fsgnjx.s fa6, ft10, ft11
  OPERANDS 0xffffffffffc00123, 0xffffffff3f800000  # -qnan, 1
  fsgnjx.s fa7, ft10, ft11
  OPERANDS 0xffffffffff800123, 0xffffffff80000000  # -snan, -0
  fsgnjx.s fs0, ft10, ft11
  # One register for all.
  OPERANDS 0xffffffffc0400000
  fmv.d fs1, ft10
  fsgnjx.s fs1, fs1, fs1
  # An operand that is not NaN-boxed is the canonical NaN.
  OPERANDS 0xbf800000, 0xffffffffbf800000
  fsgnjx.s fs2, ft10, ft11
  fsgnjx.s fs3, ft11, ft10
  DONE

# fsgnjx.d: rd = rs1 with its sign and that of rs2 exclusive-ored; NaNs are not canonicalised,
# no exceptions.
# expect: fa0=0x3ff0000000000000 fa1=0xbff0000000000000 fa2=0xbff0000000000000
# expect: fa3=0x3ff0000000000000 fa4=0x8000000000000000 fa5=0xfff0000000000000
# expect: fa6=0xfff0000000000123 fa7=0xfff8000000000123 fs0=0x7ff0000000000123
# expect: fs1=0x4008000000000000 fcsr=0x0

.include "../common.inc"

test:
  OPERANDS 0x3ff0000000000000, 0x4000000000000000  # 1, 2
  fsgnjx.d fa0, ft10, ft11
  OPERANDS 0x3ff0000000000000, 0xc000000000000000  # 1, -2
  fsgnjx.d fa1, ft10, ft11
  OPERANDS 0xbff0000000000000, 0x4000000000000000  # -1, 2
  fsgnjx.d fa2, ft10, ft11
  OPERANDS 0xbff0000000000000, 0xc000000000000000  # -1, -2
  fsgnjx.d fa3, ft10, ft11
  OPERANDS 0x0, 0x8000000000000000      # 0, -0
  fsgnjx.d fa4, ft10, ft11
  OPERANDS 0xfff0000000000000, 0x3ff0000000000000  # -inf, 1
  fsgnjx.d fa5, ft10, ft11
  OPERANDS 0x7ff0000000000123, 0xbff0000000000000  # snan, -1
  fsgnjx.d fa6, ft10, ft11
  OPERANDS 0xfff8000000000123, 0x3ff0000000000000  # -qnan, 1
  fsgnjx.d fa7, ft10, ft11
  OPERANDS 0xfff0000000000123, 0x8000000000000000  # -snan, -0
  fsgnjx.d fs0, ft10, ft11
  # One register for all.
  OPERANDS 0xc008000000000000
  fmv.d fs1, ft10
  fsgnjx.d fs1, fs1, fs1
  DONE

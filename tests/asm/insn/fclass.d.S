# fclass.d: rd = a mask with one bit for the class of rs1. No exceptions.
# expect: a0=0x1 a1=0x2 a2=0x2 a3=0x4 a4=0x8 a5=0x10 a6=0x20 a7=0x40 s0=0x40 s1=0x80 s2=0x100
# expect: s3=0x100 s4=0x200 s5=0x200 fcsr=0x0

.include "../common.inc"

test:
  OPERANDS 0xfff0000000000000           # -inf
  fclass.d a0, ft10
  OPERANDS 0xffefffffffffffff           # minus largest finite
  fclass.d a1, ft10
  OPERANDS 0x8010000000000000           # minus smallest normal
  fclass.d a2, ft10
  OPERANDS 0x800fffffffffffff           # minus largest subnormal
  fclass.d a3, ft10
  OPERANDS 0x8000000000000000           # -0
  fclass.d a4, ft10
  OPERANDS 0x0                          # 0
  fclass.d a5, ft10
  OPERANDS 0x1                          # smallest subnormal
  fclass.d a6, ft10
  OPERANDS 0x10000000000000             # smallest normal
  fclass.d a7, ft10
  OPERANDS 0x3ff0000000000000           # 1
  fclass.d s0, ft10
  OPERANDS 0x7ff0000000000000           # inf
  fclass.d s1, ft10
  OPERANDS 0x7ff0000000000123           # snan
  fclass.d s2, ft10
  OPERANDS 0xfff0000000000123           # -snan
  fclass.d s3, ft10
  OPERANDS 0x7ff8000000000123           # qnan
  fclass.d s4, ft10
  OPERANDS 0xfff8000000000123           # -qnan
  fclass.d s5, ft10
  DONE

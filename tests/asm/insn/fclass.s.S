# fclass.s: rd = a mask with one bit for the class of rs1. No exceptions.
# expect: a0=0x1 a1=0x2 a2=0x2 a3=0x4 a4=0x8 a5=0x10 a6=0x20 a7=0x40 s0=0x40 s1=0x80 s2=0x100
# expect: s3=0x100 s4=0x200 s5=0x200 s6=0x200 s7=0x200 fcsr=0x0

.include "../common.inc"

test:
  OPERANDS 0xffffffffff800000           # -inf
  fclass.s a0, ft10
  OPERANDS 0xffffffffff7fffff           # minus largest finite
  fclass.s a1, ft10
  OPERANDS 0xffffffff80800000           # minus smallest normal
  fclass.s a2, ft10
  OPERANDS 0xffffffff807fffff           # minus largest subnormal
  fclass.s a3, ft10
  OPERANDS 0xffffffff80000000           # -0
  fclass.s a4, ft10
  OPERANDS 0xffffffff00000000           # 0
  fclass.s a5, ft10
  OPERANDS 0xffffffff00000001           # smallest subnormal
  fclass.s a6, ft10
  OPERANDS 0xffffffff00800000           # smallest normal
  fclass.s a7, ft10
  OPERANDS 0xffffffff3f800000           # 1
  fclass.s s0, ft10
  OPERANDS 0xffffffff7f800000           # inf
  fclass.s s1, ft10
  OPERANDS 0xffffffff7f800123           # snan
  fclass.s s2, ft10
  OPERANDS 0xffffffffff800123           # -snan
  fclass.s s3, ft10
  OPERANDS 0xffffffff7fc00123           # qnan
  fclass.s s4, ft10
  OPERANDS 0xffffffffffc00123           # -qnan
  fclass.s s5, ft10
  OPERANDS 0x3f800000                   # not NaN-boxed: a quiet NaN
  fclass.s s6, ft10
  OPERANDS 0xfffffffe7f800001           # not NaN-boxed in one bit
  fclass.s s7, ft10
  DONE

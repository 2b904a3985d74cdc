# fcvt.d.s: rd = rs1 in double precision, always exact. Results in f registers, their fflags in
# x registers.
# expect: fa0=0x3ff0000000000000 a0=0x0 fa1=0xbff8000000000000 a1=0x0 fa2=0x8000000000000000 a2=0x0
# expect: fa3=0x0 a3=0x0 fa4=0x7ff0000000000000 a4=0x0 fa5=0xfff0000000000000 a5=0x0
# expect: fa6=0x7ff8000000000000 a6=0x0 fa7=0x7ff8000000000000 a7=0x0 fs0=0x7ff8000000000000 s0=0x10
# expect: fs1=0x36a0000000000000 s1=0x0 fs2=0xb80fffffc0000000 s2=0x0 fs3=0x3810000000000000 s3=0x0
# expect: fs4=0x47efffffe0000000 s4=0x0 fs5=0x3ff0000020000000 s5=0x0 fs6=0x7ff8000000000000
# expect: fcsr=0x0

.include "../common.inc"

test:
  OPERANDS 0xffffffff3f800000           # 1
  fcvt.d.s fa0, ft10
  FLAGS a0
  OPERANDS 0xffffffffbfc00000           # -1.5
  fcvt.d.s fa1, ft10
  FLAGS a1
  OPERANDS 0xffffffff80000000           # -0
  fcvt.d.s fa2, ft10
  FLAGS a2
  OPERANDS 0xffffffff00000000           # 0
  fcvt.d.s fa3, ft10
  FLAGS a3
  OPERANDS 0xffffffff7f800000           # inf
  fcvt.d.s fa4, ft10
  FLAGS a4
  OPERANDS 0xffffffffff800000           # -inf
  fcvt.d.s fa5, ft10
  FLAGS a5
  OPERANDS 0xffffffff7fc00123           # qnan
  fcvt.d.s fa6, ft10
  FLAGS a6
  OPERANDS 0xffffffffffc00123           # -qnan
  fcvt.d.s fa7, ft10
  FLAGS a7
  OPERANDS 0xffffffff7f800123           # snan
  fcvt.d.s fs0, ft10
  FLAGS s0
  OPERANDS 0xffffffff00000001           # smallest subnormal
  fcvt.d.s fs1, ft10
  FLAGS s1
  OPERANDS 0xffffffff807fffff           # minus largest subnormal
  fcvt.d.s fs2, ft10
  FLAGS s2
  OPERANDS 0xffffffff00800000           # smallest normal
  fcvt.d.s fs3, ft10
  FLAGS s3
  OPERANDS 0xffffffff7f7fffff           # largest finite
  fcvt.d.s fs4, ft10
  FLAGS s4
  OPERANDS 0xffffffff3f800001           # 1 + ulp
  fcvt.d.s fs5, ft10
  FLAGS s5
  # Not NaN-boxed: the canonical NaN, quiet.
  OPERANDS 0x3f800000
  fcvt.d.s fs6, ft10
  DONE

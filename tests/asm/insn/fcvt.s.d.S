# fcvt.s.d: rd = rs1 rounded to single precision. Results in f registers, their fflags in x
# registers.
# expect: fa0=0xffffffff3f800000 a0=0x0 fa1=0xffffffffbfc00000 a1=0x0 fa2=0xffffffff80000000 a2=0x0
# expect: fa3=0xffffffff7f800000 a3=0x0 fa4=0xffffffff7fc00000 a4=0x0 fa5=0xffffffff7fc00000 a5=0x10
# expect: fa6=0xffffffff3f800000 a6=0x1 fa7=0xffffffff3f800001 a7=0x1 fs0=0xffffffff3f800001 s0=0x1
# expect: fs1=0xffffffff3f800002 s1=0x1 fs2=0xffffffff7f800000 s2=0x5 fs3=0xffffffff7f7fffff s3=0x5
# expect: fs4=0xffffffff7f800000 s4=0x5 fs5=0xffffffff00000000 s5=0x3 fs6=0xffffffff00000001 s6=0x3
# expect: fs7=0xffffffff00800000 s7=0x3 fs8=0xffffffff00800000 s8=0x1 fs9=0xffffffff00000002 s9=0x3
# expect: fs10=0xffffffff00000000 s10=0x3 fs11=0xffffffff80000001 s11=0x3 ft0=0xffffffff3f800001
# expect: fcsr=0x1

.include "../common.inc"

test:
  OPERANDS 0x3ff0000000000000           # 1
  fcvt.s.d fa0, ft10, rne
  FLAGS a0
  OPERANDS 0xbff8000000000000           # -1.5
  fcvt.s.d fa1, ft10, rne
  FLAGS a1
  OPERANDS 0x8000000000000000           # -0
  fcvt.s.d fa2, ft10, rne
  FLAGS a2
  OPERANDS 0x7ff0000000000000           # inf
  fcvt.s.d fa3, ft10, rne
  FLAGS a3
  OPERANDS 0x7ff8000000000123           # quiet NaN
  fcvt.s.d fa4, ft10, rne
  FLAGS a4
  OPERANDS 0xfff0000000000001           # signalling NaN
  fcvt.s.d fa5, ft10, rne
  FLAGS a5
  OPERANDS 0x3ff0000010000000           # 1 + half an ulp
  fcvt.s.d fa6, ft10, rne
  FLAGS a6
  OPERANDS 0x3ff0000010000000           # 1 + half an ulp
  fcvt.s.d fa7, ft10, rmm
  FLAGS a7
  OPERANDS 0x3ff0000010000001           # and a little more
  fcvt.s.d fs0, ft10, rne
  FLAGS s0
  OPERANDS 0x3ff0000030000000           # tie above an odd number
  fcvt.s.d fs1, ft10, rne
  FLAGS s1
  OPERANDS 0x47f0000000000000           # 2^128
  fcvt.s.d fs2, ft10, rne
  FLAGS s2
  OPERANDS 0x47f0000000000000           # 2^128
  fcvt.s.d fs3, ft10, rtz
  FLAGS s3
  OPERANDS 0x47effffff0000000           # tie at the top of the range
  fcvt.s.d fs4, ft10, rne
  FLAGS s4
  OPERANDS 0x3690000000000000           # half the smallest subnormal
  fcvt.s.d fs5, ft10, rne
  FLAGS s5
  OPERANDS 0x3690000000000000           # half the smallest subnormal
  fcvt.s.d fs6, ft10, rup
  FLAGS s6
  OPERANDS 0x380fffffe0000000           # smallest normal less half a subnormal ulp
  fcvt.s.d fs7, ft10, rne
  FLAGS s7
  OPERANDS 0x380ffffff0000000           # smallest normal less a quarter: not tiny
  fcvt.s.d fs8, ft10, rne
  FLAGS s8
  OPERANDS 0x36a8000000000000           # 1.5 x smallest subnormal
  fcvt.s.d fs9, ft10, rne
  FLAGS s9
  OPERANDS 0x1                          # smallest subnormal double
  fcvt.s.d fs10, ft10, rdn
  FLAGS s10
  OPERANDS 0x8000000000000001           # its negative
  fcvt.s.d fs11, ft10, rdn
  FLAGS s11
  # frm = rup, the destination is the source.
  csrwi frm, 3
  OPERANDS 0x3ff0000000000001
  fmv.d ft0, ft10
  fcvt.s.d ft0, ft0
  csrwi frm, 0
  DONE

# fcvt.w.s: rd = rs1 as a signed 32-bit integer, sign-extended; saturates with NV. Each result
# is followed by its fflags.
# expect: a0=0x1 a1=0x0 a2=0xffffffffffffffff a3=0x0 a4=0x2 a5=0x1 a6=0x3 a7=0x1
# expect: s0=0xfffffffffffffffd s1=0x1 s2=0xfffffffffffffffe s3=0x1 s4=0xfffffffffffffffe s5=0x1
# expect: s6=0x7fffffff s7=0x10 s8=0xffffffff80000000 s9=0x0 s10=0x7fffff80 s11=0x0 inf=0x7fffffff
# expect: inf.flags=0x10 neginf=0xffffffff80000000 neginf.flags=0x10 qnan=0x7fffffff qnan.flags=0x10
# expect: snan=0x7fffffff snan.flags=0x10 subnormal=0x0 subnormal.flags=0x1 negzero=0x0
# expect: negzero.flags=0x0 dynamic=0x2 x0=0x0 unboxed=0x7fffffff fcsr=0x11

.include "../common.inc"

test:
  OPERANDS 0xffffffff3f800000           # 1
  fcvt.w.s a0, ft10, rne
  FLAGS a1
  OPERANDS 0xffffffffbf800000           # -1
  fcvt.w.s a2, ft10, rne
  FLAGS a3
  OPERANDS 0xffffffff40200000           # 2.5
  fcvt.w.s a4, ft10, rne
  FLAGS a5
  OPERANDS 0xffffffff40200000           # 2.5
  fcvt.w.s a6, ft10, rmm
  FLAGS a7
  OPERANDS 0xffffffffc0200000           # -2.5
  fcvt.w.s s0, ft10, rdn
  FLAGS s1
  OPERANDS 0xffffffffc0200000           # -2.5
  fcvt.w.s s2, ft10, rup
  FLAGS s3
  OPERANDS 0xffffffffc0200000           # -2.5
  fcvt.w.s s4, ft10, rtz
  FLAGS s5
  OPERANDS 0xffffffff4f000000           # 2^31
  fcvt.w.s s6, ft10, rne
  FLAGS s7
  OPERANDS 0xffffffffcf000000           # -2^31
  fcvt.w.s s8, ft10, rne
  FLAGS s9
  OPERANDS 0xffffffff4effffff           # just below the limit
  fcvt.w.s s10, ft10, rne
  FLAGS s11
  OPERANDS 0xffffffff7f800000           # inf
  fcvt.w.s t5, ft10, rne
  OUT inf, t5
  FLAGS t5
  OUT inf.flags, t5
  OPERANDS 0xffffffffff800000           # -inf
  fcvt.w.s t5, ft10, rne
  OUT neginf, t5
  FLAGS t5
  OUT neginf.flags, t5
  OPERANDS 0xffffffff7fc00123           # qnan
  fcvt.w.s t5, ft10, rne
  OUT qnan, t5
  FLAGS t5
  OUT qnan.flags, t5
  OPERANDS 0xffffffff7f800123           # snan
  fcvt.w.s t5, ft10, rne
  OUT snan, t5
  FLAGS t5
  OUT snan.flags, t5
  OPERANDS 0xffffffff00000001           # smallest subnormal
  fcvt.w.s t5, ft10, rne
  OUT subnormal, t5
  FLAGS t5
  OUT subnormal.flags, t5
  OPERANDS 0xffffffff80000000           # -0
  fcvt.w.s t5, ft10, rne
  OUT negzero, t5
  FLAGS t5
  OUT negzero.flags, t5
  # frm = rup.
  csrwi frm, 3
  OPERANDS 0xffffffff3fc00000
  fcvt.w.s t5, ft10
  OUT dynamic, t5
  csrwi frm, 0
  fcvt.w.s zero, ft10, rne
  OUT x0, zero
  # Not NaN-boxed: the canonical NaN.
  OPERANDS 0x3f800000
  fcvt.w.s t5, ft10, rne
  OUT unboxed, t5
  DONE

# fcvt.l.s: rd = rs1 as a signed 64-bit integer; saturates with NV. Each result is followed by
# its fflags.
# expect: a0=0x1 a1=0x0 a2=0xffffffffffffffff a3=0x0 a4=0x2 a5=0x1 a6=0x3 a7=0x1
# expect: s0=0xfffffffffffffffd s1=0x1 s2=0xfffffffffffffffe s3=0x1 s4=0xfffffffffffffffe s5=0x1
# expect: s6=0x7fffffffffffffff s7=0x10 s8=0x8000000000000000 s9=0x0 s10=0x7fffff8000000000 s11=0x0
# expect: inf=0x7fffffffffffffff inf.flags=0x10 neginf=0x8000000000000000 neginf.flags=0x10
# expect: qnan=0x7fffffffffffffff qnan.flags=0x10 snan=0x7fffffffffffffff snan.flags=0x10
# expect: subnormal=0x0 subnormal.flags=0x1 negzero=0x0 negzero.flags=0x0 dynamic=0x2 x0=0x0
# expect: unboxed=0x7fffffffffffffff fcsr=0x11

.include "../common.inc"

test:
  OPERANDS 0xffffffff3f800000           # 1
  fcvt.l.s a0, ft10, rne
  FLAGS a1
  OPERANDS 0xffffffffbf800000           # -1
  fcvt.l.s a2, ft10, rne
  FLAGS a3
  OPERANDS 0xffffffff40200000           # 2.5
  fcvt.l.s a4, ft10, rne
  FLAGS a5
  OPERANDS 0xffffffff40200000           # 2.5
  fcvt.l.s a6, ft10, rmm
  FLAGS a7
  OPERANDS 0xffffffffc0200000           # -2.5
  fcvt.l.s s0, ft10, rdn
  FLAGS s1
  OPERANDS 0xffffffffc0200000           # -2.5
  fcvt.l.s s2, ft10, rup
  FLAGS s3
  OPERANDS 0xffffffffc0200000           # -2.5
  fcvt.l.s s4, ft10, rtz
  FLAGS s5
  OPERANDS 0xffffffff5f000000           # 2^63
  fcvt.l.s s6, ft10, rne
  FLAGS s7
  OPERANDS 0xffffffffdf000000           # -2^63
  fcvt.l.s s8, ft10, rne
  FLAGS s9
  OPERANDS 0xffffffff5effffff           # just below the limit
  fcvt.l.s s10, ft10, rne
  FLAGS s11
  OPERANDS 0xffffffff7f800000           # inf
  fcvt.l.s t5, ft10, rne
  OUT inf, t5
  FLAGS t5
  OUT inf.flags, t5
  OPERANDS 0xffffffffff800000           # -inf
  fcvt.l.s t5, ft10, rne
  OUT neginf, t5
  FLAGS t5
  OUT neginf.flags, t5
  OPERANDS 0xffffffff7fc00123           # qnan
  fcvt.l.s t5, ft10, rne
  OUT qnan, t5
  FLAGS t5
  OUT qnan.flags, t5
  OPERANDS 0xffffffff7f800123           # snan
  fcvt.l.s t5, ft10, rne
  OUT snan, t5
  FLAGS t5
  OUT snan.flags, t5
  OPERANDS 0xffffffff00000001           # smallest subnormal
  fcvt.l.s t5, ft10, rne
  OUT subnormal, t5
  FLAGS t5
  OUT subnormal.flags, t5
  OPERANDS 0xffffffff80000000           # -0
  fcvt.l.s t5, ft10, rne
  OUT negzero, t5
  FLAGS t5
  OUT negzero.flags, t5
  # frm = rup.
  csrwi frm, 3
  OPERANDS 0xffffffff3fc00000
  fcvt.l.s t5, ft10
  OUT dynamic, t5
  csrwi frm, 0
  fcvt.l.s zero, ft10, rne
  OUT x0, zero
  # Not NaN-boxed: the canonical NaN.
  OPERANDS 0x3f800000
  fcvt.l.s t5, ft10, rne
  OUT unboxed, t5
  DONE

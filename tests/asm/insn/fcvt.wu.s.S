# fcvt.wu.s: rd = rs1 as an unsigned 32-bit integer, sign-extended; saturates with NV. Each
# result is followed by its fflags.
# expect: a0=0x1 a1=0x0 a2=0x0 a3=0x10 a4=0x0 a5=0x1 a6=0x0 a7=0x10 s0=0x2 s1=0x1 s2=0x3 s3=0x1
# expect: s4=0x2 s5=0x1 s6=0xffffffff80000000 s7=0x0 s8=0xffffffffffffffff s9=0x10
# expect: s10=0xffffffffffffff00 s11=0x0 inf=0xffffffffffffffff inf.flags=0x10 neginf=0x0
# expect: neginf.flags=0x10 qnan=0xffffffffffffffff qnan.flags=0x10 snan=0xffffffffffffffff
# expect: snan.flags=0x10 subnormal=0x0 subnormal.flags=0x1 negzero=0x0 negzero.flags=0x0
# expect: dynamic=0x2 x0=0x0 unboxed=0xffffffffffffffff fcsr=0x11

.include "../common.inc"

test:
  OPERANDS 0xffffffff3f800000           # 1
  fcvt.wu.s a0, ft10, rne
  FLAGS a1
  OPERANDS 0xffffffffbf800000           # -1
  fcvt.wu.s a2, ft10, rne
  FLAGS a3
  OPERANDS 0xffffffffbf000000           # -0.5 rounds to zero
  fcvt.wu.s a4, ft10, rne
  FLAGS a5
  OPERANDS 0xffffffffbf000000           # -0.5 rounds to -1
  fcvt.wu.s a6, ft10, rdn
  FLAGS a7
  OPERANDS 0xffffffff40200000           # 2.5
  fcvt.wu.s s0, ft10, rne
  FLAGS s1
  OPERANDS 0xffffffff40200000           # 2.5
  fcvt.wu.s s2, ft10, rmm
  FLAGS s3
  OPERANDS 0xffffffff40200000           # 2.5
  fcvt.wu.s s4, ft10, rtz
  FLAGS s5
  OPERANDS 0xffffffff4f000000           # 2^31
  fcvt.wu.s s6, ft10, rne
  FLAGS s7
  OPERANDS 0xffffffff4f800000           # 2^32
  fcvt.wu.s s8, ft10, rne
  FLAGS s9
  OPERANDS 0xffffffff4f7fffff           # just below the limit
  fcvt.wu.s s10, ft10, rtz
  FLAGS s11
  OPERANDS 0xffffffff7f800000           # inf
  fcvt.wu.s t5, ft10, rne
  OUT inf, t5
  FLAGS t5
  OUT inf.flags, t5
  OPERANDS 0xffffffffff800000           # -inf
  fcvt.wu.s t5, ft10, rne
  OUT neginf, t5
  FLAGS t5
  OUT neginf.flags, t5
  OPERANDS 0xffffffff7fc00123           # qnan
  fcvt.wu.s t5, ft10, rne
  OUT qnan, t5
  FLAGS t5
  OUT qnan.flags, t5
  OPERANDS 0xffffffff7f800123           # snan
  fcvt.wu.s t5, ft10, rne
  OUT snan, t5
  FLAGS t5
  OUT snan.flags, t5
  OPERANDS 0xffffffff00000001           # smallest subnormal
  fcvt.wu.s t5, ft10, rne
  OUT subnormal, t5
  FLAGS t5
  OUT subnormal.flags, t5
  OPERANDS 0xffffffff80000000           # -0
  fcvt.wu.s t5, ft10, rne
  OUT negzero, t5
  FLAGS t5
  OUT negzero.flags, t5
  # frm = rup.
  csrwi frm, 3
  OPERANDS 0xffffffff3fc00000
  fcvt.wu.s t5, ft10
  OUT dynamic, t5
  csrwi frm, 0
  fcvt.wu.s zero, ft10, rne
  OUT x0, zero
  # Not NaN-boxed: the canonical NaN.
  OPERANDS 0x3f800000
  fcvt.wu.s t5, ft10, rne
  OUT unboxed, t5
  DONE

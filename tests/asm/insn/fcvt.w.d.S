# fcvt.w.d: rd = rs1 as a signed 32-bit integer, sign-extended; saturates with NV. Each result
# is followed by its fflags.
# expect: a0=0x1 a1=0x0 a2=0xffffffffffffffff a3=0x0 a4=0x2 a5=0x1 a6=0x3 a7=0x1
# expect: s0=0xfffffffffffffffd s1=0x1 s2=0xfffffffffffffffe s3=0x1 s4=0xfffffffffffffffe s5=0x1
# expect: s6=0x7fffffff s7=0x10 s8=0xffffffff80000000 s9=0x0 s10=0x7fffffff s11=0x1 t0=0x7fffffff
# expect: t1=0x10 inf=0x7fffffff inf.flags=0x10 neginf=0xffffffff80000000 neginf.flags=0x10
# expect: qnan=0x7fffffff qnan.flags=0x10 snan=0x7fffffff snan.flags=0x10 subnormal=0x0
# expect: subnormal.flags=0x1 negzero=0x0 negzero.flags=0x0 dynamic=0x2 x0=0x0 fcsr=0x1

.include "../common.inc"

test:
  OPERANDS 0x3ff0000000000000           # 1
  fcvt.w.d a0, ft10, rne
  FLAGS a1
  OPERANDS 0xbff0000000000000           # -1
  fcvt.w.d a2, ft10, rne
  FLAGS a3
  OPERANDS 0x4004000000000000           # 2.5
  fcvt.w.d a4, ft10, rne
  FLAGS a5
  OPERANDS 0x4004000000000000           # 2.5
  fcvt.w.d a6, ft10, rmm
  FLAGS a7
  OPERANDS 0xc004000000000000           # -2.5
  fcvt.w.d s0, ft10, rdn
  FLAGS s1
  OPERANDS 0xc004000000000000           # -2.5
  fcvt.w.d s2, ft10, rup
  FLAGS s3
  OPERANDS 0xc004000000000000           # -2.5
  fcvt.w.d s4, ft10, rtz
  FLAGS s5
  OPERANDS 0x41e0000000000000           # 2^31
  fcvt.w.d s6, ft10, rne
  FLAGS s7
  OPERANDS 0xc1e0000000000000           # -2^31
  fcvt.w.d s8, ft10, rne
  FLAGS s9
  OPERANDS 0x41dfffffffe00000           # 2^31 - 0.5
  fcvt.w.d s10, ft10, rtz
  FLAGS s11
  OPERANDS 0x41dfffffffe00000           # 2^31 - 0.5: rounds out of range
  fcvt.w.d t0, ft10, rne
  FLAGS t1
  OPERANDS 0x7ff0000000000000           # inf
  fcvt.w.d t5, ft10, rne
  OUT inf, t5
  FLAGS t5
  OUT inf.flags, t5
  OPERANDS 0xfff0000000000000           # -inf
  fcvt.w.d t5, ft10, rne
  OUT neginf, t5
  FLAGS t5
  OUT neginf.flags, t5
  OPERANDS 0x7ff8000000000123           # qnan
  fcvt.w.d t5, ft10, rne
  OUT qnan, t5
  FLAGS t5
  OUT qnan.flags, t5
  OPERANDS 0x7ff0000000000123           # snan
  fcvt.w.d t5, ft10, rne
  OUT snan, t5
  FLAGS t5
  OUT snan.flags, t5
  OPERANDS 0x1                          # smallest subnormal
  fcvt.w.d t5, ft10, rne
  OUT subnormal, t5
  FLAGS t5
  OUT subnormal.flags, t5
  OPERANDS 0x8000000000000000           # -0
  fcvt.w.d t5, ft10, rne
  OUT negzero, t5
  FLAGS t5
  OUT negzero.flags, t5
  # frm = rup.
  csrwi frm, 3
  OPERANDS 0x3ff8000000000000
  fcvt.w.d t5, ft10
  OUT dynamic, t5
  csrwi frm, 0
  fcvt.w.d zero, ft10, rne
  OUT x0, zero
  DONE

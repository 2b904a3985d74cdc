# fcvt.l.d: rd = rs1 as a signed 64-bit integer; saturates with NV. Each result is followed by
# its fflags.
# expect: a0=0x1 a1=0x0 a2=0xffffffffffffffff a3=0x0 a4=0x2 a5=0x1 a6=0x3 a7=0x1
# expect: s0=0xfffffffffffffffd s1=0x1 s2=0xfffffffffffffffe s3=0x1 s4=0xfffffffffffffffe s5=0x1
# expect: s6=0x7fffffffffffffff s7=0x10 s8=0x8000000000000000 s9=0x0 s10=0x7ffffffffffffc00 s11=0x0
# expect: inf=0x7fffffffffffffff inf.flags=0x10 neginf=0x8000000000000000 neginf.flags=0x10
# expect: qnan=0x7fffffffffffffff qnan.flags=0x10 snan=0x7fffffffffffffff snan.flags=0x10
# expect: subnormal=0x0 subnormal.flags=0x1 negzero=0x0 negzero.flags=0x0 dynamic=0x2 x0=0x0
# expect: fcsr=0x1

.include "../common.inc"

test:
  OPERANDS 0x3ff0000000000000           # 1
  fcvt.l.d a0, ft10, rne
  FLAGS a1
  OPERANDS 0xbff0000000000000           # -1
  fcvt.l.d a2, ft10, rne
  FLAGS a3
  OPERANDS 0x4004000000000000           # 2.5
  fcvt.l.d a4, ft10, rne
  FLAGS a5
  OPERANDS 0x4004000000000000           # 2.5
  fcvt.l.d a6, ft10, rmm
  FLAGS a7
  OPERANDS 0xc004000000000000           # -2.5
  fcvt.l.d s0, ft10, rdn
  FLAGS s1
  OPERANDS 0xc004000000000000           # -2.5
  fcvt.l.d s2, ft10, rup
  FLAGS s3
  OPERANDS 0xc004000000000000           # -2.5
  fcvt.l.d s4, ft10, rtz
  FLAGS s5
  OPERANDS 0x43e0000000000000           # 2^63
  fcvt.l.d s6, ft10, rne
  FLAGS s7
  OPERANDS 0xc3e0000000000000           # -2^63
  fcvt.l.d s8, ft10, rne
  FLAGS s9
  OPERANDS 0x43dfffffffffffff           # just below the limit
  fcvt.l.d s10, ft10, rne
  FLAGS s11
  OPERANDS 0x7ff0000000000000           # inf
  fcvt.l.d t5, ft10, rne
  OUT inf, t5
  FLAGS t5
  OUT inf.flags, t5
  OPERANDS 0xfff0000000000000           # -inf
  fcvt.l.d t5, ft10, rne
  OUT neginf, t5
  FLAGS t5
  OUT neginf.flags, t5
  OPERANDS 0x7ff8000000000123           # qnan
  fcvt.l.d t5, ft10, rne
  OUT qnan, t5
  FLAGS t5
  OUT qnan.flags, t5
  OPERANDS 0x7ff0000000000123           # snan
  fcvt.l.d t5, ft10, rne
  OUT snan, t5
  FLAGS t5
  OUT snan.flags, t5
  OPERANDS 0x1                          # smallest subnormal
  fcvt.l.d t5, ft10, rne
  OUT subnormal, t5
  FLAGS t5
  OUT subnormal.flags, t5
  OPERANDS 0x8000000000000000           # -0
  fcvt.l.d t5, ft10, rne
  OUT negzero, t5
  FLAGS t5
  OUT negzero.flags, t5
  # frm = rup.
  csrwi frm, 3
  OPERANDS 0x3ff8000000000000
  fcvt.l.d t5, ft10
  OUT dynamic, t5
  csrwi frm, 0
  fcvt.l.d zero, ft10, rne
  OUT x0, zero
  DONE

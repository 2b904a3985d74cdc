# fcvt.wu.d: rd = rs1 as an unsigned 32-bit integer, sign-extended; saturates with NV. Each
# result is followed by its fflags.
# expect: a0=0x1 a1=0x0 a2=0x0 a3=0x10 a4=0x0 a5=0x1 a6=0x0 a7=0x10 s0=0x2 s1=0x1 s2=0x3 s3=0x1
# expect: s4=0x2 s5=0x1 s6=0xffffffff80000000 s7=0x0 s8=0xffffffffffffffff s9=0x10
# expect: s10=0xffffffffffffffff s11=0x1 inf=0xffffffffffffffff inf.flags=0x10 neginf=0x0
# expect: neginf.flags=0x10 qnan=0xffffffffffffffff qnan.flags=0x10 snan=0xffffffffffffffff
# expect: snan.flags=0x10 subnormal=0x0 subnormal.flags=0x1 negzero=0x0 negzero.flags=0x0
# expect: dynamic=0x2 x0=0x0 fcsr=0x1

.include "../common.inc"

test:
  OPERANDS 0x3ff0000000000000           # 1
  fcvt.wu.d a0, ft10, rne
  FLAGS a1
  OPERANDS 0xbff0000000000000           # -1
  fcvt.wu.d a2, ft10, rne
  FLAGS a3
  OPERANDS 0xbfe0000000000000           # -0.5 rounds to zero
  fcvt.wu.d a4, ft10, rne
  FLAGS a5
  OPERANDS 0xbfe0000000000000           # -0.5 rounds to -1
  fcvt.wu.d a6, ft10, rdn
  FLAGS a7
  OPERANDS 0x4004000000000000           # 2.5
  fcvt.wu.d s0, ft10, rne
  FLAGS s1
  OPERANDS 0x4004000000000000           # 2.5
  fcvt.wu.d s2, ft10, rmm
  FLAGS s3
  OPERANDS 0x4004000000000000           # 2.5
  fcvt.wu.d s4, ft10, rtz
  FLAGS s5
  OPERANDS 0x41e0000000000000           # 2^31
  fcvt.wu.d s6, ft10, rne
  FLAGS s7
  OPERANDS 0x41f0000000000000           # 2^32
  fcvt.wu.d s8, ft10, rne
  FLAGS s9
  OPERANDS 0x41effffffff00000           # just below the limit
  fcvt.wu.d s10, ft10, rtz
  FLAGS s11
  OPERANDS 0x7ff0000000000000           # inf
  fcvt.wu.d t5, ft10, rne
  OUT inf, t5
  FLAGS t5
  OUT inf.flags, t5
  OPERANDS 0xfff0000000000000           # -inf
  fcvt.wu.d t5, ft10, rne
  OUT neginf, t5
  FLAGS t5
  OUT neginf.flags, t5
  OPERANDS 0x7ff8000000000123           # qnan
  fcvt.wu.d t5, ft10, rne
  OUT qnan, t5
  FLAGS t5
  OUT qnan.flags, t5
  OPERANDS 0x7ff0000000000123           # snan
  fcvt.wu.d t5, ft10, rne
  OUT snan, t5
  FLAGS t5
  OUT snan.flags, t5
  OPERANDS 0x1                          # smallest subnormal
  fcvt.wu.d t5, ft10, rne
  OUT subnormal, t5
  FLAGS t5
  OUT subnormal.flags, t5
  OPERANDS 0x8000000000000000           # -0
  fcvt.wu.d t5, ft10, rne
  OUT negzero, t5
  FLAGS t5
  OUT negzero.flags, t5
  # frm = rup.
  csrwi frm, 3
  OPERANDS 0x3ff8000000000000
  fcvt.wu.d t5, ft10
  OUT dynamic, t5
  csrwi frm, 0
  fcvt.wu.d zero, ft10, rne
  OUT x0, zero
  DONE

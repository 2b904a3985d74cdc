# fcvt.d.l: rd = the signed integer in the register rs1. Results in f registers, their fflags in
# x registers.
# expect: fa0=0x0 a0=0x0 fa1=0x3ff0000000000000 a1=0x0 fa2=0xbff0000000000000 a2=0x0
# expect: fa3=0x41e0000000000000 a3=0x0 fa4=0xc1e0000000200000 a4=0x0 fa5=0xc3e0000000000000 a5=0x0
# expect: fa6=0x43e0000000000000 a6=0x1 fa7=0x43dfffffffffffff a7=0x1 fs0=0x4170000010000000 s0=0x0
# expect: fs1=0x4170000010000000 s1=0x0 fs2=0x4170000010000000 s2=0x0 fs3=0x4170000030000000 s3=0x0
# expect: fs4=0x4340000000000000 s4=0x1 fs5=0x4340000000000001 s5=0x1 fs6=0xc170000010000000 s6=0x0
# expect: fs7=0x43b23456789abcdf s7=0x1 fs8=0x0 fs9=0x43d7ffffffffffff fcsr=0x1

.include "../common.inc"

test:
  li t5, 0x0
  fcvt.d.l fa0, t5, rne
  FLAGS a0
  li t5, 0x1
  fcvt.d.l fa1, t5, rne
  FLAGS a1
  li t5, 0xffffffffffffffff
  fcvt.d.l fa2, t5, rne
  FLAGS a2
  li t5, 0x80000000
  fcvt.d.l fa3, t5, rne
  FLAGS a3
  li t5, 0xffffffff7fffffff
  fcvt.d.l fa4, t5, rne
  FLAGS a4
  li t5, 0x8000000000000000
  fcvt.d.l fa5, t5, rne
  FLAGS a5
  li t5, 0x7fffffffffffffff
  fcvt.d.l fa6, t5, rne
  FLAGS a6
  li t5, 0x7fffffffffffffff
  fcvt.d.l fa7, t5, rtz
  FLAGS a7
  li t5, 0x1000001
  fcvt.d.l fs0, t5, rne
  FLAGS s0
  li t5, 0x1000001
  fcvt.d.l fs1, t5, rmm
  FLAGS s1
  li t5, 0x1000001
  fcvt.d.l fs2, t5, rup
  FLAGS s2
  li t5, 0x1000003
  fcvt.d.l fs3, t5, rne
  FLAGS s3
  li t5, 0x20000000000001
  fcvt.d.l fs4, t5, rne
  FLAGS s4
  li t5, 0x20000000000001
  fcvt.d.l fs5, t5, rmm
  FLAGS s5
  li t5, 0xfffffffffeffffff
  fcvt.d.l fs6, t5, rdn
  FLAGS s6
  li t5, 0x123456789abcdef0
  fcvt.d.l fs7, t5, rne
  FLAGS s7
  fcvt.d.l fs8, zero
  # frm = rdn.
  csrwi frm, 2
  li t5, 0x5fffffffffffffff
  fcvt.d.l fs9, t5
  csrwi frm, 0
  DONE

# fcvt.s.l: rd = the signed integer in the register rs1. Results in f registers, their fflags in
# x registers.
# expect: fa0=0xffffffff00000000 a0=0x0 fa1=0xffffffff3f800000 a1=0x0 fa2=0xffffffffbf800000 a2=0x0
# expect: fa3=0xffffffff4f000000 a3=0x0 fa4=0xffffffffcf000000 a4=0x1 fa5=0xffffffffdf000000 a5=0x0
# expect: fa6=0xffffffff5f000000 a6=0x1 fa7=0xffffffff5effffff a7=0x1 fs0=0xffffffff4b800000 s0=0x1
# expect: fs1=0xffffffff4b800001 s1=0x1 fs2=0xffffffff4b800001 s2=0x1 fs3=0xffffffff4b800002 s3=0x1
# expect: fs4=0xffffffff5a000000 s4=0x1 fs5=0xffffffff5a000000 s5=0x1 fs6=0xffffffffcb800001 s6=0x1
# expect: fs7=0xffffffff5d91a2b4 s7=0x1 fs8=0xffffffff00000000 fs9=0xffffffff5ebfffff fcsr=0x1

.include "../common.inc"

test:
  li t5, 0x0
  fcvt.s.l fa0, t5, rne
  FLAGS a0
  li t5, 0x1
  fcvt.s.l fa1, t5, rne
  FLAGS a1
  li t5, 0xffffffffffffffff
  fcvt.s.l fa2, t5, rne
  FLAGS a2
  li t5, 0x80000000
  fcvt.s.l fa3, t5, rne
  FLAGS a3
  li t5, 0xffffffff7fffffff
  fcvt.s.l fa4, t5, rne
  FLAGS a4
  li t5, 0x8000000000000000
  fcvt.s.l fa5, t5, rne
  FLAGS a5
  li t5, 0x7fffffffffffffff
  fcvt.s.l fa6, t5, rne
  FLAGS a6
  li t5, 0x7fffffffffffffff
  fcvt.s.l fa7, t5, rtz
  FLAGS a7
  li t5, 0x1000001
  fcvt.s.l fs0, t5, rne
  FLAGS s0
  li t5, 0x1000001
  fcvt.s.l fs1, t5, rmm
  FLAGS s1
  li t5, 0x1000001
  fcvt.s.l fs2, t5, rup
  FLAGS s2
  li t5, 0x1000003
  fcvt.s.l fs3, t5, rne
  FLAGS s3
  li t5, 0x20000000000001
  fcvt.s.l fs4, t5, rne
  FLAGS s4
  li t5, 0x20000000000001
  fcvt.s.l fs5, t5, rmm
  FLAGS s5
  li t5, 0xfffffffffeffffff
  fcvt.s.l fs6, t5, rdn
  FLAGS s6
  li t5, 0x123456789abcdef0
  fcvt.s.l fs7, t5, rne
  FLAGS s7
  fcvt.s.l fs8, zero
  # frm = rdn.
  csrwi frm, 2
  li t5, 0x5fffffffffffffff
  fcvt.s.l fs9, t5
  csrwi frm, 0
  DONE

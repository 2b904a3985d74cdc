# fcvt.d.wu: rd = the unsigned integer in the low word of rs1. Always exact. Results in f
# registers, their fflags in x registers.
# expect: fa0=0x0 a0=0x0 fa1=0x3ff0000000000000 a1=0x0 fa2=0x41efffffffe00000 a2=0x0
# expect: fa3=0x41e0000000000000 a3=0x0 fa4=0x41dfffffffc00000 a4=0x0 fa5=0x0 a5=0x0
# expect: fa6=0x41efffffffe00000 a6=0x0 fa7=0x41efffffffe00000 a7=0x0 fs0=0x4170000010000000 s0=0x0
# expect: fs1=0x4170000010000000 s1=0x0 fs2=0x4170000010000000 s2=0x0 fs3=0x4170000030000000 s3=0x0
# expect: fs4=0x3ff0000000000000 s4=0x0 fs5=0x3ff0000000000000 s5=0x0 fs6=0x41efdfffffe00000 s6=0x0
# expect: fs7=0x41e3579bde000000 s7=0x0 fs8=0x0 fcsr=0x0

.include "../common.inc"

test:
  li t5, 0x0
  fcvt.d.wu fa0, t5
  FLAGS a0
  li t5, 0x1
  fcvt.d.wu fa1, t5
  FLAGS a1
  li t5, 0xffffffffffffffff
  fcvt.d.wu fa2, t5
  FLAGS a2
  li t5, 0x80000000
  fcvt.d.wu fa3, t5
  FLAGS a3
  li t5, 0xffffffff7fffffff
  fcvt.d.wu fa4, t5
  FLAGS a4
  li t5, 0x8000000000000000
  fcvt.d.wu fa5, t5
  FLAGS a5
  li t5, 0x7fffffffffffffff
  fcvt.d.wu fa6, t5
  FLAGS a6
  li t5, 0x7fffffffffffffff
  fcvt.d.wu fa7, t5
  FLAGS a7
  li t5, 0x1000001
  fcvt.d.wu fs0, t5
  FLAGS s0
  li t5, 0x1000001
  fcvt.d.wu fs1, t5
  FLAGS s1
  li t5, 0x1000001
  fcvt.d.wu fs2, t5
  FLAGS s2
  li t5, 0x1000003
  fcvt.d.wu fs3, t5
  FLAGS s3
  li t5, 0x20000000000001
  fcvt.d.wu fs4, t5
  FLAGS s4
  li t5, 0x20000000000001
  fcvt.d.wu fs5, t5
  FLAGS s5
  li t5, 0xfffffffffeffffff
  fcvt.d.wu fs6, t5
  FLAGS s6
  li t5, 0x123456789abcdef0
  fcvt.d.wu fs7, t5
  FLAGS s7
  fcvt.d.wu fs8, zero
  DONE

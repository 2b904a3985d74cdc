# c.addiw: rd = the low word of rd + the sign-extended 6-bit immediate, sign-extended. Immediate
# 0 is sext.w.
# expect: r0=0x6 r1=0xffffffffffffffff r2=0xffffffff80000000 r3=0x7fffffff r4=0xffffffff80000000
# expect: r5=0x0 r6=0xffffffffffffffe0 r7=0x1f

.include "../common.inc"
.option rvc

test:
  li t0, 0x5
  c.addiw t0, 1
  OUT r0, t0
  li sp, 0x5
  c.addiw sp, -6
  OUT r1, sp
  li s11, 0x7fffffff
  c.addiw s11, 1
  OUT r2, s11
  li ra, 0xffffffff80000000
  c.addiw ra, -1
  OUT r3, ra
  li a7, 0x1234567880000000
  c.addiw a7, 0
  OUT r4, a7
  li s6, 0x1ffffffff
  c.addiw s6, 1
  OUT r5, s6
  li gp, 0x0
  c.addiw gp, -32
  OUT r6, gp
  li s5, 0x0
  c.addiw s5, 31
  OUT r7, s5
  DONE

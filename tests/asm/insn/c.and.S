# c.and: rd' = rd' & rs2'; registers x8 to x15. ("C", "Integer Register-Register Operations")
# expect: r0=0x1 r1=0x1 r2=0x7fffffffffffffff r3=0x0 r4=0x1 r5=0x0 r6=0x1214121812141210 r7=0x0
# expect: same=0x8765432187654321

.include "../common.inc"
.option rvc

test:
  li a1, 0x3
  li s0, 0x5
  c.and s0, a1
  OUT r0, s0
  li a2, 0x5
  li s1, 0x3
  c.and s1, a2
  OUT r1, s1
  li a3, 0xffffffffffffffff
  li a0, 0x7fffffffffffffff
  c.and a0, a3
  OUT r2, a0
  li a4, 0x1
  li a1, 0x8000000000000000
  c.and a1, a4
  OUT r3, a1
  li a5, 0x1
  li a2, 0x7fffffff
  c.and a2, a5
  OUT r4, a2
  li s0, 0x1
  li a3, 0xffffffff80000000
  c.and a3, s0
  OUT r5, a3
  li s1, 0xfedcba9876543210
  li a4, 0x123456789abcdef0
  c.and a4, s1
  OUT r6, a4
  li a0, 0x7fffffff
  li a5, 0x100000000
  c.and a5, a0
  OUT r7, a5
  li a0, 0x8765432187654321
  c.and a0, a0
  OUT same, a0
  DONE

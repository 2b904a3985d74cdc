# c.sub: rd' = rd' - rs2'; registers x8 to x15. ("C", "Integer Register-Register Operations")
# expect: r0=0x2 r1=0xfffffffffffffffe r2=0x8000000000000000 r3=0x7fffffffffffffff r4=0x7ffffffe
# expect: r5=0xffffffff7fffffff r6=0x13579be02468ace0 r7=0x80000001 same=0x0

.include "../common.inc"
.option rvc

test:
  li a1, 0x3
  li s0, 0x5
  c.sub s0, a1
  OUT r0, s0
  li a2, 0x5
  li s1, 0x3
  c.sub s1, a2
  OUT r1, s1
  li a3, 0xffffffffffffffff
  li a0, 0x7fffffffffffffff
  c.sub a0, a3
  OUT r2, a0
  li a4, 0x1
  li a1, 0x8000000000000000
  c.sub a1, a4
  OUT r3, a1
  li a5, 0x1
  li a2, 0x7fffffff
  c.sub a2, a5
  OUT r4, a2
  li s0, 0x1
  li a3, 0xffffffff80000000
  c.sub a3, s0
  OUT r5, a3
  li s1, 0xfedcba9876543210
  li a4, 0x123456789abcdef0
  c.sub a4, s1
  OUT r6, a4
  li a0, 0x7fffffff
  li a5, 0x100000000
  c.sub a5, a0
  OUT r7, a5
  li a0, 0x8765432187654321
  c.sub a0, a0
  OUT same, a0
  DONE

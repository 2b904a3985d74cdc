# c.addw: rd' = rd' + rs2', low word, sign-extended; registers x8 to x15. ("C", "Integer
# Register-Register Operations")
# expect: r0=0x8 r1=0x8 r2=0xfffffffffffffffe r3=0x1 r4=0xffffffff80000000 r5=0xffffffff80000001
# expect: r6=0x11111100 r7=0x7fffffff same=0xeca8642

.include "../common.inc"
.option rvc

test:
  li a1, 0x3
  li s0, 0x5
  c.addw s0, a1
  OUT r0, s0
  li a2, 0x5
  li s1, 0x3
  c.addw s1, a2
  OUT r1, s1
  li a3, 0xffffffffffffffff
  li a0, 0x7fffffffffffffff
  c.addw a0, a3
  OUT r2, a0
  li a4, 0x1
  li a1, 0x8000000000000000
  c.addw a1, a4
  OUT r3, a1
  li a5, 0x1
  li a2, 0x7fffffff
  c.addw a2, a5
  OUT r4, a2
  li s0, 0x1
  li a3, 0xffffffff80000000
  c.addw a3, s0
  OUT r5, a3
  li s1, 0xfedcba9876543210
  li a4, 0x123456789abcdef0
  c.addw a4, s1
  OUT r6, a4
  li a0, 0x7fffffff
  li a5, 0x100000000
  c.addw a5, a0
  OUT r7, a5
  li a0, 0x8765432187654321
  c.addw a0, a0
  OUT same, a0
  DONE

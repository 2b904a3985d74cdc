# c.addi4spn: rd' = sp + a zero-extended immediate, a multiple of 4, never 0.
# expect: r0=0x7ffffffffffff004 r1=0x7ffffffffffff008 r2=0x7ffffffffffff010 r3=0x7ffffffffffff020
# expect: r4=0x7ffffffffffff040 r5=0x7ffffffffffff080 r6=0x7ffffffffffff100 r7=0x7ffffffffffff200
# expect: r8=0x7ffffffffffff3fc

.include "../common.inc"
.option rvc

test:
  li sp, 0x7ffffffffffff000
  c.addi4spn s0, sp, 4
  OUT r0, s0
  c.addi4spn s1, sp, 8
  OUT r1, s1
  c.addi4spn a0, sp, 16
  OUT r2, a0
  c.addi4spn a1, sp, 32
  OUT r3, a1
  c.addi4spn a2, sp, 64
  OUT r4, a2
  c.addi4spn a3, sp, 128
  OUT r5, a3
  c.addi4spn a4, sp, 256
  OUT r6, a4
  c.addi4spn a5, sp, 512
  OUT r7, a5
  c.addi4spn s0, sp, 1020
  OUT r8, s0
  DONE

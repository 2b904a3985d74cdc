# jal: rd = pc + 4 and jumps within 1 MiB. Link registers less the label behind the jump.
# expect: a0=0x1f a1=0x0 a2=0x0 a3=0x0 a4=0x4d

.include "../common.inc"

test:
  li a0, 0
  jal ra, 1f
0:
  addi a0, a0, 0x100
1:
  la t6, 0b
  sub a1, ra, t6
  addi a0, a0, 1
  # x0 as the link register: nothing is written.
  li ra, 77
  jal zero, 2f
  addi a0, a0, 0x100
2:
  addi a0, a0, 2
  mv a4, ra
  # Far forward and far back.
  jal t0, 4f
0:
  la t6, 0b
  sub a2, t0, t6
  j 5f
  .space 0x20000
3:
  addi a0, a0, 8
  jal s11, 6f
4:
  addi a0, a0, 4
  jalr zero, 0(t0)
  .space 0x20000
5:
  jal t1, 3b
0:
  addi a0, a0, 0x100
6:
  la t6, 0b
  sub a3, t1, t6
  addi a0, a0, 16
  DONE

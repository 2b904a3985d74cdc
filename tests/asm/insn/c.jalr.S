# c.jalr: jumps to rs1, with bit 0 cleared; ra = pc + 2. Link registers less their labels.
# expect: a0=0x1 a1=0x0 a2=0x0

.include "../common.inc"
.option rvc

test:
  li a0, 1
  la t0, 1f
  c.jalr t0
0:
  c.addi a0, 16
1:
  la t1, 0b
  sub a1, ra, t1
  la ra, 3f + 1
  c.jalr ra                             # the link register is also the target
2:
  c.addi a0, 16
3:
  la t1, 2b
  sub a2, ra, t1
  DONE

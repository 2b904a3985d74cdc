# c.j: jumps within 2 KiB.
# expect: a0=0x7

.include "../common.inc"
.option rvc

test:
  li a0, 1
  c.j 1f                                # 1f is 2046 bytes away
  c.addi a0, 16
  .space 2046 - 4
1:
  c.addi a0, 2
  c.j 3f
2:
  c.addi a0, 4
  c.j 4f
  .space 2048 - 4
3:
  c.j 2b                                # 2b is 2048 bytes back
  c.addi a0, 16
4:
  DONE

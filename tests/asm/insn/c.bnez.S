# c.bnez: branches if rs1' is not zero, all 64 bits. The results are 1 where it was taken, 2
# where not.
# expect: s2=0x2 s3=0x1 s4=0x1 s5=0x1 s6=0x1 s7=0xb

.include "../common.inc"
.option rvc

test:
  li a0, 0x0
  li s2, 1
  c.bnez a0, 1f
  li s2, 2
1:
  li a1, 0x1
  li s3, 1
  c.bnez a1, 1f
  li s3, 2
1:
  li s0, 0xffffffffffffffff
  li s4, 1
  c.bnez s0, 1f
  li s4, 2
1:
  li s1, 0x8000000000000000
  li s5, 1
  c.bnez s1, 1f
  li s5, 2
1:
  li a5, 0x100000000
  li s6, 1
  c.bnez a5, 1f
  li s6, 2
1:
  # The longest distances: 254 bytes forward, 256 back.
  li a0, 1
  li s7, 1
  c.bnez a0, 1f                         # 1f is 254 bytes away
  c.j 3f
  .space 254 - 4
1:
  addi s7, s7, 2
  c.j 4f
3:
  addi s7, s7, 16
4:
  c.j 6f
  .balign 4
5:
  c.addi s7, 8
  c.j 7f
  .space 256 - 4
6:
  c.bnez a0, 5b                         # 5b is 256 bytes back
  c.addi s7, 16
7:
  DONE

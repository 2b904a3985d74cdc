# bne: branches if rs1 != rs2. The results are 1 where it was taken, 2 where not.
# expect: a0=0x2 a1=0x1 a2=0x1 a3=0x1 a4=0x1 a5=0x1 a6=0x1 a7=0x2 s0=0x1 s1=0x1 s2=0x2 s3=0x1 s4=0x3
# expect: s5=0x15

.include "../common.inc"

test:
  li t5, 0x0                            # equal
  li t6, 0x0
  li a0, 1
  bne t5, t6, 1f
  li a0, 2
1:
  li t5, 0x1                            # greater
  li t6, 0x0
  li a1, 1
  bne t5, t6, 1f
  li a1, 2
1:
  li t5, 0x0                            # less
  li t6, 0x1
  li a2, 1
  bne t5, t6, 1f
  li a2, 2
1:
  li t5, 0xffffffffffffffff             # minus one and one
  li t6, 0x1
  li a3, 1
  bne t5, t6, 1f
  li a3, 2
1:
  li t5, 0x1                            # one and minus one
  li t6, 0xffffffffffffffff
  li a4, 1
  bne t5, t6, 1f
  li a4, 2
1:
  li t5, 0x8000000000000000             # most negative and largest
  li t6, 0x7fffffffffffffff
  li a5, 1
  bne t5, t6, 1f
  li a5, 2
1:
  li t5, 0x7fffffffffffffff             # largest and most negative
  li t6, 0x8000000000000000
  li a6, 1
  bne t5, t6, 1f
  li a6, 2
1:
  li t5, 0xffffffffffffffff             # equal, all ones
  li t6, 0xffffffffffffffff
  li a7, 1
  bne t5, t6, 1f
  li a7, 2
1:
  li t5, 0x100000000                    # equal in the low word only
  li t6, 0x0
  li s0, 1
  bne t5, t6, 1f
  li s0, 2
1:
  li t5, 0x80000000                     # equal in the low word only, sign
  li t6, 0xffffffff80000000
  li s1, 1
  bne t5, t6, 1f
  li s1, 2
1:
  # One register, and x0.
  li s2, 1
  bne t5, t5, 1f
  li s2, 2
1:
  li t5, -3
  li s3, 1
  bne t5, zero, 1f
  li s3, 2
1:
  # Backwards: the body of the loop runs three times.
  li s4, 0
1:
  addi s4, s4, 1
  li t6, 3
  bne s4, t6, 1b
  # The longest distances: 4094 bytes forward, 4096 back.
  li t5, 0x1
  li t6, 0x0
  j 3f
  .balign 4
2:
  addi s5, s5, 4
  j 4f
  .space 4096 - 12
3:
  li s5, 1
  bne t5, t6, 2b
  li s5, 9
4:
  .option push
  .option rvc
  bne t5, t6, 5f                        # 5f is 4094 bytes away
  j 6f
  .space 4094 - 8
5:
  c.addi s5, 16
6:
  c.nop
  .balign 4
  .option pop
  DONE

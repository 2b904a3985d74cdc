# A loop rewrites an instruction that it then executes, 5000 times: in a routine elsewhere on its
# page, and in its own next line, in front of the fence.i that ends the block and behind it. A
# second loop rewrites a routine by way of another that was executed as well.
# expect: routine=0x46325c ahead=0x46325c behind=0x46325c both=0x1b58

.include "../common.inc"

test:
  li s1, 5000
  li s2, 0x513          # addi a0, zero, 0
  la s3, routine
  la s4, ahead
  la s5, behind
  li s6, 0
  li s7, 0
  li s8, 0
  li s0, 0
1:
  andi t0, s0, 0x7ff
  slli t0, t0, 20
  or t0, t0, s2
  sw t0, 0(s3)
  fence.i
  jalr ra, 0(s3)
  add s6, s6, a0
  sw t0, 0(s4)
  addi t1, s0, 0
  fence.i
ahead:
  addi a0, zero, 0
  add s7, s7, a0
  sw t0, 0(s5)
  fence.i
  addi t1, t1, 1
  j behind
behind:
  addi a0, zero, 0
  add s8, s8, a0
  addi s0, s0, 1
  bne s0, s1, 1b
  OUT routine, s6
  OUT ahead, s7
  OUT behind, s8
  # first writes second's immediate, second the first's; each adds its own.
  la s3, first
  la s4, second
  li s0, 0
  li a0, 0
  li s1, 1001
2:
  fence.i
  jalr ra, 0(s3)
  fence.i
  jalr ra, 0(s4)
  addi s0, s0, 1
  bne s0, s1, 2b
  OUT both, a0
  DONE

routine:
  addi a0, zero, 0
  ret
# addi a0, a0, N with N going through 0..7 in both.
first:
  addi a0, a0, 0
  li t1, 0x50513
  andi t0, s0, 7
  slli t0, t0, 20
  or t0, t0, t1
  sw t0, 0(s4)
  ret
second:
  addi a0, a0, 0
  li t1, 0x50513
  addi t0, s0, 2
  andi t0, t0, 7
  slli t0, t0, 20
  or t0, t0, t1
  sw t0, 0(s3)
  ret

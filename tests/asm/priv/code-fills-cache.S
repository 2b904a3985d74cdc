# 3000 routines made by the program, each run three times in turn: more code than a small cache of
# translations holds (jit_cache_test).
# expect: a0=0xfa39c45b5eec4048 a1=0x1f4ef0c3dbea22c8

.include "../common.inc"

.equ ROUTINES, 3000

test:
  li s2, 0x50513         # addi a0, a0, 0
  li s3, 0x00b54533      # xor a0, a0, a1
  li s4, 0x00a585b3      # add a1, a1, a0
  li s5, 0x00008067      # ret
  la s0, routines
  li s1, 0
  li s6, ROUTINES
1:
  andi t0, s1, 0x7ff
  slli t0, t0, 20
  or t0, t0, s2
  sw t0, 0(s0)
  sw s3, 4(s0)
  sw s4, 8(s0)
  sw s5, 12(s0)
  addi s0, s0, 16
  addi s1, s1, 1
  bne s1, s6, 1b
  fence.i
  li s7, 3
2:
  la s0, routines
  li s1, ROUTINES
3:
  jalr ra, 0(s0)
  addi s0, s0, 16
  addi s1, s1, -1
  bnez s1, 3b
  addi s7, s7, -1
  bnez s7, 2b
  DONE

.section .pages, "aw"
.balign 4096
routines: .space 16 * ROUTINES

# A lock by amoswap, and by lr and sc: what four harts do inside of it with plain loads and stores,
# 300 times each, is not disturbed. `owner` is never another hart's inside.
# expect: count=0x960 disturbed=0x0

.include "../common.inc"
.include "../smp.inc"

CELL lock
CELL owner
CELL count
CELL disturbed
CELL done

.macro CRITICAL
  la t0, owner
  sd s1, 0(t0)
  la t1, count
  ld t2, 0(t1)
  nop
  nop
  addi t2, t2, 1
  sd t2, 0(t1)
  ld t2, 0(t0)
  beq t2, s1, 9f
  la t0, disturbed
  li t1, 1
  amoadd.d zero, t1, (t0)
9:
.endm

test:
  csrr s1, mhartid
  li s0, 300
  la s2, lock
0:
  li t0, 1
1:
  amoswap.w.aq t1, t0, (s2)
  bnez t1, 1b
  CRITICAL
  amoswap.w.rl zero, zero, (s2)
  li t0, 1
2:
  lr.w.aq t1, (s2)
  bnez t1, 2b
  sc.w t1, t0, (s2)
  bnez t1, 2b
  CRITICAL
  fence rw, w
  sw zero, 0(s2)
  addi s0, s0, -1
  bnez s0, 0b
  la t0, done
  li t1, 1
  amoadd.d.rl zero, t1, (t0)
  beqz s1, 3f
  PARK
3:
  AWAIT done, 4
  la t0, count
  ld t0, 0(t0)
  OUT count, t0
  la t0, disturbed
  ld t0, 0(t0)
  OUT disturbed, t0
  DONE

# AMOs of four harts, 500 times each: amoadd.d and amoadd.w count, amoor and amoand set and clear a
# bit of each hart, amoxor twice gives what was, amomax and amomin find the largest and smallest.
# expect: add.d=0x7d0 add.w=0x7d0 or=0xf and=0xfffffffffffffff0 xor=0x0 max=0x322 min=0x3

.include "../common.inc"
.include "../smp.inc"

CELL add_d
CELL add_w
CELL or
CELL and
CELL xor
CELL max
CELL min
CELL start
CELL done

test:
  csrr s1, mhartid
  bnez s1, 0f
  la t0, and
  li t1, -1
  sd t1, 0(t0)
  la t0, min
  li t1, 1000
  sd t1, 0(t0)
  SIGNAL start, 1
0:
  AWAIT start, 1
  li s0, 500
  li s2, 1
  sll s2, s2, s1
  not s3, s2
1:
  li t1, 1
  la t0, add_d
  amoadd.d zero, t1, (t0)
  la t0, add_w
  amoadd.w zero, t1, (t0)
  la t0, or
  amoor.d zero, s2, (t0)
  la t0, and
  amoand.d zero, s3, (t0)
  la t0, xor
  amoxor.d zero, s2, (t0)
  amoxor.d zero, s2, (t0)
  # 100 * hart + iteration + 2, from 502 down to 3 for hart 0; at most 802.
  li t1, 100
  mul t1, t1, s1
  add t1, t1, s0
  addi t1, t1, 2
  la t0, max
  amomax.d zero, t1, (t0)
  la t0, min
  amomin.d zero, t1, (t0)
  addi s0, s0, -1
  bnez s0, 1b
  la t0, done
  li t1, 1
  amoadd.d.rl zero, t1, (t0)
  beqz s1, 2f
  PARK
2:
  AWAIT done, 4
  .macro SHOW name, cell
  la t0, \cell
  ld t0, 0(t0)
  OUT \name, t0
  .endm
  SHOW add.d, add_d
  SHOW add.w, add_w
  SHOW or, or
  SHOW and, and
  SHOW xor, xor
  SHOW max, max
  SHOW min, min
  DONE

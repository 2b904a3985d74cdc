# Four harts add 1 to a double word and 3 to a word with lr and sc, 500 times each; none is lost.
# expect: d=0x7d0 w=0x1770

.include "../common.inc"
.include "../smp.inc"

CELL count_d
CELL count_w
CELL done

.macro ADD size, cell, n
  la t0, \cell
0:
  lr.\size t1, (t0)
  addi t1, t1, \n
  sc.\size t2, t1, (t0)
  bnez t2, 0b
.endm

test:
hart1:
hart2:
hart3:
  li s0, 500
1:
  ADD d, count_d, 1
  ADD w, count_w, 3
  addi s0, s0, -1
  bnez s0, 1b
  la t0, done
  li t1, 1
  amoadd.d.rl zero, t1, (t0)
  csrr t0, mhartid
  beqz t0, 2f
  PARK
2:
  AWAIT done, 4
  la t0, count_d
  ld t0, 0(t0)
  OUT d, t0
  la t0, count_w
  lw t0, 0(t0)
  OUT w, t0
  DONE

# A reservation of hart 0 and stores of hart 1 between lr and sc: one that changes the value breaks
# it, one far away does not have to and does not; of a word and of a double word. Printed is what sc
# gives: 0 done, 1 not, and the memory after it.
# expect: changed.d=0x1 changed.d.memory=0x77 elsewhere.d=0x0 elsewhere.d.memory=0x55
# expect: changed.w=0x1 changed.w.memory=0x77 elsewhere.w=0x0 elsewhere.w.memory=0x55

.include "../common.inc"
.include "../smp.inc"

CELL cell
CELL far
CELL turn

# Hart 1 stores between.
.macro CONTEND name, size, number
  la s0, cell
  sd zero, 0(s0)
  li s2, 0x55
  lr.\size t0, (s0)
  SIGNAL turn, 2 * \number + 1
  AWAIT turn, 2 * \number + 2
  sc.\size a0, s2, (s0)
  OUT \name, a0
  ld t0, 0(s0)
  OUT \name\().memory, t0
.endm

.macro STORE_BETWEEN cell, number
  AWAIT turn, 2 * \number + 1
  li t0, 0x77
  la t1, \cell
  sd t0, 0(t1)
  SIGNAL turn, 2 * \number + 2
.endm

test:
  HARTS
  CONTEND changed.d, d, 0
  CONTEND elsewhere.d, d, 1
  CONTEND changed.w, w, 2
  CONTEND elsewhere.w, w, 3
  DONE

hart1:
  STORE_BETWEEN cell, 0
  STORE_BETWEEN far, 1
  STORE_BETWEEN cell, 2
  STORE_BETWEEN far, 3
  PARK

hart2:
hart3:
  PARK

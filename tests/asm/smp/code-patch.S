# Hart 0 rewrites an instruction of a function that harts 1 and 2 run, forty times: after a fence
# on one side and fence.i on the other each gets what was written last. The function is called
# before each change too, so that its old translation is at hand.
# expect: sum.1=0x334 sum.2=0x334

.include "../common.inc"
.include "../smp.inc"

CELL version
CELL seen_1
CELL seen_2
CELL finished
CELL sum_1
CELL sum_2

.equ ROUNDS, 40

.balign 64
function:
patch:
  li a0, 0
  ret

.macro FOLLOW n
  li s0, 1
  li s1, ROUNDS
0:
  call function
  la t0, version
1:
  ld t1, 0(t0)
  bne t1, s0, 1b
  fence rw, rw
  fence.i
  call function
  add s2, s2, a0
  la t0, seen_\n
  sd s0, 0(t0)
  addi s0, s0, 1
  ble s0, s1, 0b
  la t0, sum_\n
  sd s2, 0(t0)
  la t0, finished
  li t1, 1
  amoadd.d.rl zero, t1, (t0)
  PARK
.endm

test:
  HARTS
  li s0, 1
  li s1, ROUNDS
0:
  # addi a0, zero, round
  slli t0, s0, 20
  li t1, 0x513
  or t0, t0, t1
  la t1, patch
  sw t0, 0(t1)
  fence rw, rw
  la t0, version
  sd s0, 0(t0)
  .irp n, 1,2
  la t0, seen_\n
2:
  ld t1, 0(t0)
  bne t1, s0, 2b
  .endr
  addi s0, s0, 1
  ble s0, s1, 0b
  AWAIT finished, 2
  .irp n, 1,2
  la t0, sum_\n
  ld t0, 0(t0)
  OUT sum.\n, t0
  .endr
  DONE

hart1:
  FOLLOW 1
hart2:
  FOLLOW 2
hart3:
  PARK

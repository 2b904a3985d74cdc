# A software interrupt goes round the four harts a hundred times: harts 0, 1 and 3 sleep until mip
# has it, hart 2 takes it as a trap. Each sets the next one's msip.
# expect: rounds=0x64 seen.1=0x64 seen.2=0x64 seen.3=0x64 cause.2=0x8000000000000003

.include "../common.inc"
.include "../smp.inc"

CELL seen_1
CELL seen_2
CELL seen_3
CELL cause_2
CELL ready

.macro COUNT cell
  la t0, \cell
  ld t1, 0(t0)
  addi t1, t1, 1
  sd t1, 0(t0)
.endm

test:
  HARTS
  li t0, 8
  csrw mie, t0
  AWAIT ready, 3
  li s0, 100
0:
  SEND_IPI 1
  AWAIT_IPI 0
  addi s1, s1, 1
  blt s1, s0, 0b
  fence
  OUT rounds, s1
  .irp n, 1,2,3
  la t0, seen_\n
  ld t0, 0(t0)
  OUT seen.\n, t0
  .endr
  la t0, cause_2
  ld t0, 0(t0)
  OUT cause.2, t0
  DONE

hart1:
  li t0, 8
  csrw mie, t0
  la t0, ready
  li t1, 1
  amoadd.d zero, t1, (t0)
0:
  AWAIT_IPI 1
  COUNT seen_1
  SEND_IPI 2
  j 0b

hart2:
  ON_TRAP 1f
  li t0, 8
  csrw mie, t0
  la t0, ready
  li t1, 1
  amoadd.d zero, t1, (t0)
0:
  csrsi mstatus, MSTATUS_MIE
2:
  j 2b
  TRAP 1
  csrr t0, mcause
  la t1, cause_2
  sd t0, 0(t1)
  li t0, CLINT + 4 * 2
  sw zero, 0(t0)
  COUNT seen_2
  SEND_IPI 3
  j 0b

hart3:
  li t0, 8
  csrw mie, t0
  la t0, ready
  li t1, 1
  amoadd.d zero, t1, (t0)
0:
  AWAIT_IPI 3
  COUNT seen_3
  SEND_IPI 0
  j 0b

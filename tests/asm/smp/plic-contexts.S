# The UART's interrupt (source 10) enabled for hart 2 in M mode (context 4) and hart 3 in S mode
# (context 7): both see it, the others do not; who claims it first has it, and the other one's line
# falls.
# expect: mip.0=0x0 mip.1=0x0 mip.2=0x800 mip.3=0x200
# expect: claim.2=0xa claim.3=0x0 after.3=0x0

.include "../common.inc"
.include "../smp.inc"

CELL turn
.irp n, 1,2,3
CELL mip_\n
.endr
CELL claim_2
CELL claim_3
CELL after_3

.equ ENABLE, PLIC + 0x2000
.equ CONTEXT, PLIC + 0x200000
.equ EXTERNAL, 0xa00

.macro SEE n
  csrr t0, mip
  li t1, EXTERNAL
  and t0, t0, t1
  la t1, mip_\n
  sd t0, 0(t1)
.endm

.macro CLAIM context, cell
  li t0, CONTEXT + 0x1000 * \context + 4
  lw t1, 0(t0)
  la t2, \cell
  sd t1, 0(t2)
.endm

test:
  HARTS
  li t1, 1 << 10
  li t0, ENABLE + 0x80 * 4
  sw t1, 0(t0)
  li t0, ENABLE + 0x80 * 7
  sw t1, 0(t0)
  li t0, PLIC + 4 * 10
  li t1, 1
  sw t1, 0(t0)
  # The transmitter is empty.
  li t0, UART
  li t1, 2
  sb t1, 1(t0)
  csrr a0, mip
  li t1, EXTERNAL
  and a0, a0, t1
  OUT mip.0, a0
  SIGNAL turn, 1
  AWAIT turn, 4
  li t0, UART
  sb zero, 1(t0)
  .irp n, 1,2,3
  la t0, mip_\n
  ld t0, 0(t0)
  OUT mip.\n, t0
  .endr
  la t0, claim_2
  ld t0, 0(t0)
  OUT claim.2, t0
  la t0, claim_3
  ld t0, 0(t0)
  OUT claim.3, t0
  la t0, after_3
  ld t0, 0(t0)
  OUT after.3, t0
  DONE

hart1:
  AWAIT turn, 1
  SEE 1
  SIGNAL turn, 2
  PARK

hart2:
  AWAIT turn, 5
  SEE 2
  CLAIM 4, claim_2
  SIGNAL turn, 3
  PARK

hart3:
  AWAIT turn, 2
  SEE 3
  SIGNAL turn, 5
  AWAIT turn, 3
  CLAIM 7, claim_3
  csrr t0, mip
  li t1, EXTERNAL
  and t0, t0, t1
  la t1, after_3
  sd t0, 0(t1)
  SIGNAL turn, 4
  PARK

# Hart 1 reads a page that hart 0 maps elsewhere, then takes away: after the interrupt from hart 0
# and its own sfence.vma, hart 1 sees the change, and the page fault.
# expect: before=0xaaaa0000aaaa0000 after=0xbbbb0000bbbb0000 gone.cause=0xd gone.tval=0x40000000

.include "../common.inc"
.include "../vm.inc"
.include "../smp.inc"

CELL turn
CELL before
CELL after
CELL cause
CELL tval

test:
  HARTS
  VM_SETUP
  PTE level0, 0, page_a, V | R | W | A | D
  SIGNAL turn, 1
  AWAIT turn, 2
  PTE level0, 0, page_b, V | R | W | A | D
  SEND_IPI 1
  AWAIT turn, 3
  RAW_PTE level0, 0, 0
  SEND_IPI 1
  AWAIT turn, 4
  .irp name, before, after
  la t0, \name
  ld t0, 0(t0)
  OUT \name, t0
  .endr
  la t0, cause
  ld t0, 0(t0)
  OUT gone.cause, t0
  la t0, tval
  ld t0, 0(t0)
  OUT gone.tval, t0
  DONE

# Loads in S mode by MPRV.
.macro LOAD
  li t0, MSTATUS_MPP | MSTATUS_MPRV
  csrc mstatus, t0
  li t0, (1 << 11) | MSTATUS_MPRV
  csrs mstatus, t0
  li t1, VA
  ld t2, 0(t1)
  li t0, MSTATUS_MPRV
  csrc mstatus, t0
.endm

hart1:
  AWAIT turn, 1
  SATP SV39, root
  li t0, 8
  csrw mie, t0
  LOAD
  la t0, before
  sd t2, 0(t0)
  SIGNAL turn, 2
  AWAIT_IPI 1
  sfence.vma
  LOAD
  la t0, after
  sd t2, 0(t0)
  SIGNAL turn, 3
  AWAIT_IPI 1
  sfence.vma
  ON_TRAP 1f
  LOAD
  TRAP 1
  li t0, MSTATUS_MPRV
  csrc mstatus, t0
  csrr t0, mcause
  la t1, cause
  sd t0, 0(t1)
  csrr t0, mtval
  la t1, tval
  sd t0, 0(t1)
  SIGNAL turn, 4
  PARK

hart2:
hart3:
  PARK

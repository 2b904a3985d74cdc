# The machine software interrupt: bit 0 of msip (CLINT + 0) is mip.MSIP; the other bits are zero;
# mip itself cannot be written there. Cause 3.
# expect: before=0x0 pending=0x8 readback=0x1 mip.readonly=0x8 cleared=0x0
# expect: taken.cause=0x8000000000000003 taken.epc=0x0 taken.tval=0x0
# expect: u.cause=0x8000000000000003

.include "../common.inc"

test:
  li s0, CLINT
  csrr t0, mip
  andi t0, t0, 8
  OUT before, t0
  li t0, -1
  sw t0, 0(s0)
  csrr t0, mip
  andi t0, t0, 8
  OUT pending, t0
  lw t0, 0(s0)
  OUT readback, t0
  csrci mip, 8
  csrr t0, mip
  andi t0, t0, 8
  OUT mip.readonly, t0
  ON_TRAP 1f
  li t0, 8
  csrw mie, t0
  csrsi mstatus, MSTATUS_MIE
0:
  nop
  nop
  TRAP 1
  OUT_TRAP taken, 0b
  # In U mode it is taken whatever MIE is.
  ON_TRAP 1f
  ENTER_U
  nop
  nop
  TRAP 1
  csrr t0, mcause
  OUT u.cause, t0
  sw zero, 0(s0)
  csrr t0, mip
  andi t0, t0, 8
  OUT cleared, t0
  DONE

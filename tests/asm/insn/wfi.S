# wfi: waits for an enabled interrupt, or does nothing; it ends when an interrupt is pending and
# enabled in mie, whether mstatus.MIE lets it be taken or not. Illegal in U mode, and in S mode
# while mstatus.TW = 1.
# expect: pending=0x1 timer=0x1 s=0x1
# The interrupt is taken behind the wfi: mepc is the next instruction.
# expect: taken.cause=0x8000000000000007 taken.epc=0x4 taken.tval=0x0
# expect: u.cause=0x2 u.epc=0x0 u.tval=0x10500073
# expect: tw.cause=0x2 tw.epc=0x0 tw.tval=0x10500073

.include "../common.inc"

.equ MTIMECMP, CLINT + 0x4000
.equ MTIME, CLINT + 0xbff8

test:
  li s0, MTIMECMP
  li s1, MTIME
  # A timer interrupt that is already pending; MIE = 0.
  sd zero, 0(s0)
  li t0, 1 << 7
  csrs mie, t0
  li a0, 0
  wfi
  li a0, 1
  OUT pending, a0
  # One that becomes pending in the future; MIE = 0.
  ld t0, 0(s1)
  addi t0, t0, 200
  sd t0, 0(s0)
  wfi
  ld t1, 0(s1)
  sltu a0, t1, t0
  xori a0, a0, 1
  OUT timer, a0
  # The same, taken.
  ON_TRAP 1f
  ld t0, 0(s1)
  addi t0, t0, 200
  sd t0, 0(s0)
  csrsi mstatus, MSTATUS_MIE
0:
  wfi
  nop
  nop
  TRAP 1
  OUT_TRAP taken, 0b
  # In S mode, with an interrupt pending: MIE does not matter below M mode, so the M-mode timer
  # interrupt is taken at once; the S-mode software interrupt is masked by SIE.
  li t0, 1 << 7
  csrc mie, t0
  li t0, 2
  csrw mideleg, t0
  csrw mie, t0
  csrw mip, t0
  li a0, 0
  ON_TRAP 1f
  ENTER_S
  wfi
  li a0, 1
  ecall
  TRAP 1
  OUT s, a0
  csrw mip, zero
  ON_TRAP 1f
  ENTER_U
0:
  wfi
  TRAP 1
  OUT_TRAP u, 0b
  li t0, MSTATUS_TW
  csrs mstatus, t0
  ON_TRAP 1f
  ENTER_S
0:
  wfi
  TRAP 1
  OUT_TRAP tw, 0b
  DONE

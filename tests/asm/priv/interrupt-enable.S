# When an interrupt is taken: for M mode in M mode if MIE, below M mode always; a delegated one for
# S mode in S mode if SIE, in U mode always, in M mode never; each only if its bit in mie is set.
# (Volume II, "Machine Interrupt Registers") 1: taken, 0: the code behind ran on.
# expect: m.in.m.off=0x0 m.in.m.on=0x1 m.in.s.mie0=0x1 m.in.u.mie0=0x1 m.masked=0x0
# expect: s.in.m=0x0 s.in.s.off=0x0 s.in.s.on=0x1 s.in.u.off=0x1 s.masked=0x0
# Enabling takes it before the next instruction: by csrs of mie, of mstatus, and by sret.
# expect: at.mie=0x1 at.mstatus=0x1 at.sret=0x0

.include "../common.inc"

# s0 = 1 if an interrupt came before the second instruction behind `enter`.
.macro TRY name, enter:vararg
  la t6, 1f
  csrw stvec, t6
  ON_TRAP 2f
  li s0, 0
  \enter
  nop
  li s0, 1
  ecall
  TRAP 1
  xori s0, s0, 1
  li s1, 1
  ecall
  TRAP 2
  csrr t0, mcause
  sltz t0, t0
  or t0, t0, s1
  li s1, 0
  OUT \name, t0
.endm

.macro ENTER_S_SIE
  li t6, MSTATUS_SPIE | MSTATUS_SPP
  csrs mstatus, t6
  la t6, 3f
  csrw sepc, t6
  sret
3:
.endm

test:
  li s1, 0
  li s2, MSTATUS_MIE | MSTATUS_SIE
  # The software interrupt of M mode
  li t0, CLINT
  li t1, 1
  sw t1, 0(t0)
  li t0, 8
  csrw mie, t0
  TRY m.in.m.off, nop
  TRY m.in.m.on, csrsi mstatus, MSTATUS_MIE
  csrc mstatus, s2
  TRY m.in.s.mie0, ENTER_S
  TRY m.in.u.mie0, ENTER_U
  csrw mie, zero
  TRY m.masked, csrsi mstatus, MSTATUS_MIE
  csrc mstatus, s2
  li t0, CLINT
  sw zero, 0(t0)
  # That of S mode, delegated
  li t0, 2
  csrw mideleg, t0
  csrw mip, t0
  csrw mie, t0
  TRY s.in.m, csrs mstatus, s2
  csrc mstatus, s2
  TRY s.in.s.off, ENTER_S
  TRY s.in.s.on, ENTER_S_SIE
  csrc mstatus, s2
  TRY s.in.u.off, ENTER_U
  csrw mie, zero
  TRY s.masked, ENTER_U
  csrw mip, zero

  # The distance of mepc from the enabling instruction's end.
  li t0, CLINT
  li t1, 1
  sw t1, 0(t0)
  csrw mie, zero
  csrsi mstatus, MSTATUS_MIE
  ON_TRAP 1f
  li t0, 8
  li s0, 1
  csrs mie, t0
  li s0, 0
  TRAP 1
  OUT at.mie, s0
  csrci mstatus, MSTATUS_MIE
  ON_TRAP 1f
  li s0, 1
  csrsi mstatus, MSTATUS_MIE
  li s0, 0
  TRAP 1
  OUT at.mstatus, s0
  ON_TRAP 1f
  ENTER_S_SIE
0:
  nop
  TRAP 1
  csrr t0, mepc
  la t1, 0b
  sub t0, t0, t1
  OUT at.sret, t0
  DONE

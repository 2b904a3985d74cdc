# medeleg sends exceptions from U and S mode to S mode: scause, sepc, stval, SPP, SPIE are written
# and mcause, mepc are not; from M mode they go to M mode all the same. mideleg does so for
# interrupts: a delegated one is not taken in M mode at all.
# expect: u.scause=0x8 u.sepc=0x0 u.stval=0x0 u.spp=0x0 u.mcause=0x9
# expect: s.scause=0x2 s.sepc=0x0 s.stval=0xffffffff s.spp=0x100 s.spie=0x20 s.sie=0x0
# expect: load.scause=0x5 load.stval=0x50000
# expect: m.cause=0x2 m.epc=0x0 m.tval=0xffffffff m.scause=0x5
# expect: undelegated.cause=0xb undelegated.epc=0x0 undelegated.tval=0x0
# A delegated software interrupt: pending in M mode with everything enabled, taken in S mode.
# expect: int.before=0x1 int.scause=0x8000000000000001 int.sepc=0x0 int.sip=0x2

.include "../common.inc"

.macro ON_TRAP_S label
  la t6, \label
  csrw stvec, t6
.endm

test:
  # ecall from U mode, illegal instruction, load access fault
  li t0, (1 << 8) | (1 << 2) | (1 << 5)
  csrw medeleg, t0
  ON_TRAP 2f
  ON_TRAP_S 1f
  ENTER_U
0:
  ecall
  TRAP 1
  csrr a0, scause
  csrr a1, sepc
  la t5, 0b
  sub a1, a1, t5
  csrr a2, stval
  csrr a3, sstatus
  andi a3, a3, MSTATUS_SPP
  ecall
  TRAP 2
  OUT u.scause, a0
  OUT u.sepc, a1
  OUT u.stval, a2
  OUT u.spp, a3
  csrr t0, mcause
  OUT u.mcause, t0

  ON_TRAP 2f
  ON_TRAP_S 1f
  ENTER_S
  csrsi sstatus, MSTATUS_SIE
0:
  .4byte 0xffffffff
  TRAP 1
  csrr a0, scause
  csrr a1, sepc
  la t5, 0b
  sub a1, a1, t5
  csrr a2, stval
  csrr a3, sstatus
  ecall
  TRAP 2
  OUT s.scause, a0
  OUT s.sepc, a1
  OUT s.stval, a2
  li t0, MSTATUS_SPP
  and t0, t0, a3
  OUT s.spp, t0
  andi t0, a3, MSTATUS_SPIE
  OUT s.spie, t0
  andi t0, a3, MSTATUS_SIE
  OUT s.sie, t0

  ON_TRAP 2f
  ON_TRAP_S 1f
  ENTER_U
  li t0, 0x50000
  ld t0, 0(t0)
  TRAP 1
  csrr a0, scause
  csrr a1, stval
  ecall
  TRAP 2
  OUT load.scause, a0
  OUT load.stval, a1

  ON_TRAP 1f
0:
  .4byte 0xffffffff
  TRAP 1
  OUT_TRAP m, 0b
  csrr t0, scause
  OUT m.scause, t0
  ON_TRAP 1f
0:
  ecall
  TRAP 1
  OUT_TRAP undelegated, 0b

  li t0, 2
  csrw mideleg, t0
  csrw mie, t0
  csrw mip, t0
  csrsi mstatus, MSTATUS_MIE | MSTATUS_SIE
  li a0, 1
  ON_TRAP 2f
  ON_TRAP_S 1f
  ENTER_U
0:
  nop
  nop
  TRAP 1
  csrr a1, scause
  csrr a2, sepc
  la t5, 0b
  sub a2, a2, t5
  csrr a3, sip
  ecall
  TRAP 2
  OUT int.before, a0
  OUT int.scause, a1
  OUT int.sepc, a2
  OUT int.sip, a3
  DONE

# sret: returns to sepc in the mode of sstatus.SPP; SIE = SPIE, SPIE = 1, SPP = U. Legal in M and S
# mode; illegal in U mode, and in S mode while mstatus.TSR = 1. (Volume II, "Trap-Return
# Instructions") MPRV stays as it is, as in QEMU 7.2 and in version 1.11 of the manual; 1.12 clears
# it. From M to S, with SPIE = 1: the ecall comes from S; status has SPP = 0, SPIE = 1, SIE = 1.
# expect: m.cause=0x9 m.status=0x20022
# From S to U, with SPIE = 0: the ecall comes from U; SPIE = 1, SIE = 0.
# expect: s.cause=0x8 s.status=0x20
# expect: u.illegal.cause=0x2 u.illegal.epc=0x0 u.illegal.tval=0x10200073
# expect: tsr.cause=0x2 tsr.epc=0x0 tsr.tval=0x10200073
# In M mode TSR means nothing.
# expect: m.tsr=0x1

.include "../common.inc"

.macro OUT_STATUS name
  csrr t0, mstatus
  li t1, MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE | MSTATUS_MPRV
  and t0, t0, t1
  OUT \name, t0
.endm

test:
  li t0, MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_MPRV
  ON_TRAP 2f
  la t1, 1f
  csrw sepc, t1
  csrs mstatus, t0
  sret
1:
  ecall
  TRAP 2
  csrr t0, mcause
  OUT m.cause, t0
  OUT_STATUS m.status
  li t0, MSTATUS_MPRV
  csrc mstatus, t0

  ON_TRAP 2f
  ENTER_S
  li t0, MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE
  csrc sstatus, t0
  la t1, 1f
  csrw sepc, t1
  sret
1:
  ecall
  TRAP 2
  csrr t0, mcause
  OUT s.cause, t0
  OUT_STATUS s.status

  ON_TRAP 1f
  ENTER_U
0:
  sret
  TRAP 1
  OUT_TRAP u.illegal, 0b

  li t0, MSTATUS_TSR
  csrs mstatus, t0
  ON_TRAP 1f
  ENTER_S
0:
  sret
  TRAP 1
  OUT_TRAP tsr, 0b

  li s0, 0
  la t1, 1f
  csrw sepc, t1
  li t0, MSTATUS_SPP
  csrs mstatus, t0
  ON_TRAP 2f
  sret
1:
  li s0, 1
  ecall
  TRAP 2
  OUT m.tsr, s0
  DONE

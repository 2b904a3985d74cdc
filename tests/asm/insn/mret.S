# mret: returns to mepc in the mode of mstatus.MPP; MIE = MPIE, MPIE = 1, MPP = U. Illegal outside M
# mode. (Volume II, "Trap-Return Instructions") MPRV stays as it is, as in QEMU 7.2 and in version
# 1.11 of the manual; 1.12 clears it when the new mode is not M. To S with MPIE = 1: status before
# the mret has MPP = S, MPIE = 1, MIE = 0, MPRV = 1. The ecall then sets MPP = S, MPIE = MIE = 1,
# MIE = 0.
# expect: s.reached=0x1 s.cause=0x9 s.status=0x20880
# To M with MPIE = 0 and MPRV = 1: MIE = 0, MPIE = 1, MPP = U, MPRV stays.
# expect: m.status=0x20080
# To U: the ecall saves MPP = U, MPIE = MIE = 0.
# expect: u.cause=0x8 u.status=0x0
# expect: u.illegal.cause=0x2 u.illegal.epc=0x0 u.illegal.tval=0x30200073
# expect: s.illegal.cause=0x2 s.illegal.epc=0x0 s.illegal.tval=0x30200073

.include "../common.inc"

.macro OUT_STATUS name
  csrr t0, mstatus
  li t1, MSTATUS_MPP | MSTATUS_MPIE | MSTATUS_MIE | MSTATUS_MPRV
  and t0, t0, t1
  OUT \name, t0
.endm

test:
  li t0, MSTATUS_MPP | MSTATUS_MIE
  csrc mstatus, t0
  li t0, (1 << 11) | MSTATUS_MPIE | MSTATUS_MPRV
  ON_TRAP 2f
  la t1, 1f
  csrw mepc, t1
  csrs mstatus, t0
  li s0, 0
  mret
  li s0, 100
1:
  addi s0, s0, 1
  ecall
  TRAP 2
  OUT s.reached, s0
  csrr t0, mcause
  OUT s.cause, t0
  OUT_STATUS s.status
  li t0, MSTATUS_MPRV
  csrc mstatus, t0

  li t0, MSTATUS_MPIE | MSTATUS_MIE
  csrc mstatus, t0
  li t0, MSTATUS_MPP | MSTATUS_MPRV
  csrs mstatus, t0
  la t1, 1f
  csrw mepc, t1
  mret
1:
  OUT_STATUS m.status
  li t0, MSTATUS_MPRV
  csrc mstatus, t0

  li t0, MSTATUS_MPP | MSTATUS_MPIE
  csrc mstatus, t0
  ON_TRAP 2f
  la t1, 1f
  csrw mepc, t1
  mret
1:
  ecall
  TRAP 2
  csrr t0, mcause
  OUT u.cause, t0
  OUT_STATUS u.status

  ON_TRAP 1f
  ENTER_U
0:
  mret
  TRAP 1
  OUT_TRAP u.illegal, 0b
  ON_TRAP 1f
  ENTER_S
0:
  mret
  TRAP 1
  OUT_TRAP s.illegal, 0b
  DONE

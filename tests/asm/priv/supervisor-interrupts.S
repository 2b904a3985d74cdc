# sie and sip are views of mie and mip through mideleg; S mode may set and clear SSIP only, and that if it
# is delegated. M mode can set STIP and SEIP in mip. A delegated interrupt is not taken in M mode,
# whatever mstatus.MIE; one that is not delegated interrupts S mode whatever mstatus.SIE.
# (Volume II, "Supervisor Interrupt Registers")
# expect: mip=0x222 sip.hidden=0x0 sie.hidden=0x0 mip.kept=0x222 mie.kept=0x222 sip.seen=0x222
# expect: sie.seen=0x222 sip.cleared=0x220 sie.cleared=0x0 sip.set=0x222 sip.only.ssip=0x2
# expect: not.in.m=0x1 not.disabled=0x1 s.cause=0x8000000000000001 s.status=0x120 back=0x9
# expect: m.cause=0x8000000000000001 u.cause=0x8000000000000001 u.back=0x9

.include "../common.inc"

.equ SSIP, 1 << 1
.equ STIP, 1 << 5
.equ SEIP, 1 << 9

.macro OUT_CSR name, csr
  csrr a0, \csr
  li t6, SSIP | STIP | SEIP
  and a0, a0, t6
  OUT \name, a0
.endm

test:
  li s0, SSIP | STIP | SEIP
  csrw mideleg, zero
  csrw mie, s0
  csrw mip, s0
  OUT_CSR mip, mip
  OUT_CSR sip.hidden, sip
  OUT_CSR sie.hidden, sie
  csrw sip, zero
  csrw sie, zero
  OUT_CSR mip.kept, mip
  OUT_CSR mie.kept, mie
  csrw mideleg, s0
  OUT_CSR sip.seen, sip
  OUT_CSR sie.seen, sie
  csrw sip, zero
  OUT_CSR sip.cleared, sip
  csrw sie, zero
  OUT_CSR sie.cleared, mie
  csrw sip, s0
  OUT_CSR sip.set, sip
  csrw mip, zero
  csrw sip, s0
  OUT_CSR sip.only.ssip, mip

  # Delegated and pending, in M mode with MIE: nothing happens.
  csrw mie, s0
  csrw mip, s0
  ON_TRAP 9f
  csrsi mstatus, MSTATUS_MIE
  nop
  csrci mstatus, MSTATUS_MIE
  li a0, 1
  OUT not.in.m, a0
  # In S mode with SIE = 0 neither; with SIE, the first is SEIP, and stvec is where.
  la t0, 3f
  csrw stvec, t0
  ENTER_S
  nop
  li a0, 1
  OUT not.disabled, a0
  csrsi sstatus, MSTATUS_SIE
2:
  nop
  j 2b
  .balign 4
3:
  csrr a0, scause
  OUT s.cause, a0
  csrr a0, sstatus
  andi a0, a0, MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP
  OUT s.status, a0
  ecall
  TRAP 9
  csrr a0, mcause
  OUT back, a0

  # Not delegated: taken from S mode in M mode though SIE and MIE are 0.
  csrw mideleg, zero
  li t0, SSIP
  csrw mip, t0
  csrw mie, t0
  ON_TRAP 4f
  ENTER_S
1:
  nop
  j 1b
  TRAP 4
  csrr a0, mcause
  OUT m.cause, a0
  csrw mie, zero
  # U mode: a delegated one is taken whatever SIE.
  li t0, SSIP
  csrw mideleg, t0
  csrw mie, t0
  csrw mip, t0
  la t0, 5f
  csrw stvec, t0
  ON_TRAP 6f
  csrci mstatus, MSTATUS_SIE
  ENTER_U
1:
  nop
  j 1b
  .balign 4
5:
  csrr a0, scause
  OUT u.cause, a0
  csrw sip, zero
  ecall
  TRAP 6
  csrr a0, mcause
  OUT u.back, a0
  csrw mip, zero
  DONE

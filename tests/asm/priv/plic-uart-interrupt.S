# An interrupt of the UART (transmitter empty, source 10) through the PLIC: priority, enable,
# threshold, claim, complete, for the M-mode context 0 and the S-mode context 1. MEIP is cause 11,
# SEIP cause 9. As on QEMU 7.2, a completed interrupt becomes pending again only when its line rises
# again.
# expect: no.enable=0x0 no.priority=0x0 threshold=0x0 pending.bit=0x400
# expect: m.cause=0x800000000000000b m.epc=0x0 m.tval=0x0
# expect: claim=0xa after.claim=0x0 again.claim=0x0 after.complete=0x0 iir=0x2
# expect: gone=0x0
# expect: s.pending=0x200 s.scause=0x8000000000000009 s.claim=0xa

.include "../common.inc"

.equ PRIORITY_10, PLIC + 4 * 10
.equ PENDING, PLIC + 0x1000
.equ ENABLE_M, PLIC + 0x2000
.equ ENABLE_S, PLIC + 0x2080
.equ THRESHOLD_M, PLIC + 0x200000
.equ CLAIM_M, PLIC + 0x200004
.equ THRESHOLD_S, PLIC + 0x201000
.equ CLAIM_S, PLIC + 0x201004

.macro OUT_MIP name, bit
  csrr t0, mip
  li t1, 1 << \bit
  and t0, t0, t1
  OUT \name, t0
.endm

.macro PLIC_WRITE address, value
  li t0, \address
  li t1, \value
  sw t1, 0(t0)
.endm

test:
  li s0, UART
  # Transmitter-empty interrupt on: the transmitter is empty.
  li t0, 2
  sb t0, 1(s0)
  PLIC_WRITE PRIORITY_10, 1
  OUT_MIP no.enable, 11
  PLIC_WRITE PRIORITY_10, 0
  PLIC_WRITE ENABLE_M, 1 << 10
  OUT_MIP no.priority, 11
  PLIC_WRITE THRESHOLD_M, 1
  PLIC_WRITE PRIORITY_10, 1
  OUT_MIP threshold, 11
  li t0, PENDING
  lw t0, 0(t0)
  OUT pending.bit, t0
  ON_TRAP 1f
  li t0, 1 << 11
  csrw mie, t0
  csrsi mstatus, MSTATUS_MIE
  PLIC_WRITE THRESHOLD_M, 0
0:
  nop
  nop
  TRAP 1
  OUT_TRAP m, 0b
  li s1, CLAIM_M
  lw t0, 0(s1)
  OUT claim, t0
  # Claimed: neither pending nor claimed twice; completed: the line is still up.
  OUT_MIP after.claim, 11
  lw t0, 0(s1)
  OUT again.claim, t0
  li t0, 10
  sw t0, 0(s1)
  OUT_MIP after.complete, 11
  # Reading IIR takes the transmitter's interrupt back.
  lbu t0, 2(s0)
  andi t0, t0, 0xf
  OUT iir, t0
  lw t0, 0(s1)
  sw t0, 0(s1)
  OUT_MIP gone, 11

  # In S mode, delegated.
  PLIC_WRITE ENABLE_M, 0
  PLIC_WRITE ENABLE_S, 1 << 10
  PLIC_WRITE THRESHOLD_S, 0
  sb zero, 1(s0)
  li t0, 2
  sb t0, 1(s0)
  OUT_MIP s.pending, 9
  li t0, 1 << 9
  csrw mideleg, t0
  csrw mie, t0
  la t0, 1f
  csrw stvec, t0
  ON_TRAP 2f
  ENTER_U
  nop
  nop
  TRAP 1
  csrr a0, scause
  li t0, CLAIM_S
  lw a1, 0(t0)
  sw a1, 0(t0)
  ecall
  TRAP 2
  OUT s.scause, a0
  OUT s.claim, a1
  sb zero, 1(s0)
  DONE

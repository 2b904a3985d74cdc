# Cause 1, instruction access fault: a jump to a physical address where nothing is, and one that PMP
# forbids to U mode. mepc and mtval are the address that was not fetched.
# expect: hole.cause=0x1 hole.epc=0x50000 hole.tval=0x50000 hole.mpp=0x1800
# expect: pmp.cause=0x1 pmp.epc=0x0 pmp.tval=0x0 pmp.mpp=0x0

.include "../common.inc"

test:
  ON_TRAP 1f
  li t0, 0x50000
  jr t0
  TRAP 1
  csrr t0, mcause
  OUT hole.cause, t0
  csrr t0, mepc
  OUT hole.epc, t0
  csrr t0, mtval
  OUT hole.tval, t0
  csrr t0, mstatus
  li t1, MSTATUS_MPP
  and t0, t0, t1
  OUT hole.mpp, t0

  # Entry 0, above entry 1 that permits everything: no access to 4 KiB at `forbidden`.
  csrr t0, pmpaddr0
  csrw pmpaddr1, t0
  la t0, forbidden
  srli t0, t0, 2
  ori t0, t0, 0x1ff
  csrw pmpaddr0, t0
  li t0, 0x1f18
  csrw pmpcfg0, t0
  ON_TRAP 1f
  la t0, forbidden
  csrw mepc, t0
  li t0, MSTATUS_MPP
  csrc mstatus, t0
  mret
  TRAP 1
  la s0, forbidden
  csrr t0, mcause
  OUT pmp.cause, t0
  csrr t0, mepc
  sub t0, t0, s0
  OUT pmp.epc, t0
  csrr t0, mtval
  sub t0, t0, s0
  OUT pmp.tval, t0
  csrr t0, mstatus
  li t1, MSTATUS_MPP
  and t0, t0, t1
  OUT pmp.mpp, t0
  DONE

.balign 4096
forbidden:
  ecall
  .balign 4096

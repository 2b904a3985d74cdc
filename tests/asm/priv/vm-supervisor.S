# Translation in S and U mode themselves, not by mstatus.MPRV: SUM and MXR through sstatus take
# effect at once; a store to a page of U mode, execution in pages of each kind, U mode's own
# accesses.
# expect: sum0.cause=0xd sum0.epc=0x0 sum0.tval=0x40001000 sum1=0xbbbb0000bbbb0000
# expect: sum.off.cause=0xf sum.off.epc=0x0 sum.off.tval=0x40001008
# expect: mxr1=0x7300000013 mxr0.cause=0xd mxr0.epc=0x0 mxr0.tval=0x40002000
# expect: u.load=0xbbbb0000bbbb0000 u.store=0x5
# expect: u.kernel.cause=0xd u.kernel.epc=0x0 u.kernel.tval=0x40000000
# In U mode the code is in page 3 (RX, U) at VA 0x40003000.

.include "../common.inc"
.include "../vm.inc"

test:
  VM_SETUP
  PTE level0, 0, page_a, V | R | W | A | D
  PTE level0, 1, page_b, V | R | W | U | A | D
  PTE level0, 2, page_code, V | X | A
  PTE level0, 3, page_user, V | R | X | U | A
  SATP SV39, root
  li s0, VA
  li s1, VA + 0x1000
  li s2, VA + 0x2000
  li s3, MSTATUS_SUM
  li s4, MSTATUS_MXR
  ON_TRAP 1f
  ENTER_S
0:
  ld t0, 0(s1)
  TRAP 1
  OUT_TRAP sum0, 0b
  ON_TRAP 1f
  ENTER_S
  csrs sstatus, s3
  ld t0, 0(s1)
  OUT sum1, t0
  csrc sstatus, s3
0:
  sd t0, 8(s1)
  TRAP 1
  OUT_TRAP sum.off, 0b
  ON_TRAP 1f
  ENTER_S
  csrs sstatus, s4
  ld t0, 0(s2)
  OUT mxr1, t0
  csrc sstatus, s4
0:
  ld t0, 0(s2)
  TRAP 1
  OUT_TRAP mxr0, 0b
  # U mode
  ON_TRAP 1f
  li t0, MSTATUS_MPP
  csrc mstatus, t0
  li t0, VA + 0x3000
  csrw mepc, t0
  li a3, 5
  mret
  TRAP 1
  li t0, VA + 0x300c
  csrr t5, mepc
  sub t5, t5, t0
  OUT u.kernel.epc, t5
  csrr t5, mcause
  OUT u.kernel.cause, t5
  csrr t5, mtval
  OUT u.kernel.tval, t5
  OUT u.load, a0
  la t0, page_b
  ld t0, 8(t0)
  OUT u.store, t0
  DONE

.section .pages
page_user:
  ld a0, 0(s1)
  nop
  sd a3, 8(s1)
  ld a1, 0(s0)
  .balign 4096

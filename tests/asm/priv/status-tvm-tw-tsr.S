# mstatus.TVM makes satp and sfence.vma illegal in S mode, TW wfi, TSR sret; they mean nothing in M
# mode. (Volume II, "Virtualization Support in mstatus Register") Causes: 2 trapped, 9 went through.
# expect: tvm.read=0x2 tvm.write=0x2 tvm.sfence=0x2 tvm.wfi=0x9 tvm.sscratch=0x9
# expect: tw.wfi=0x2 tw.satp=0x9 tw.sfence=0x9
# expect: tsr.sret=0x2 tsr.satp=0x9
# expect: none.satp=0x9 none.sfence=0x9 none.wfi=0x9 none.sret=0x8
# expect: m.all=0xb

.include "../common.inc"

.macro TRY name, insn:vararg
  ON_TRAP 1f
  ENTER_S
  \insn
  ecall
  TRAP 1
  csrr t5, mcause
  OUT \name, t5
.endm

# With a pending and enabled interrupt that S mode masks, so that wfi does not wait.
test:
  li t0, 2
  csrw mideleg, t0
  csrw mie, t0
  csrw mip, t0

  li t0, MSTATUS_TVM
  csrs mstatus, t0
  TRY tvm.read, csrr t1, satp
  TRY tvm.write, csrw satp, zero
  TRY tvm.sfence, sfence.vma
  TRY tvm.wfi, wfi
  TRY tvm.sscratch, csrr t1, sscratch
  li t0, MSTATUS_TVM
  csrc mstatus, t0
  li t0, MSTATUS_TW
  csrs mstatus, t0
  TRY tw.wfi, wfi
  TRY tw.satp, csrr t1, satp
  TRY tw.sfence, sfence.vma
  li t0, MSTATUS_TW
  csrc mstatus, t0
  li t0, MSTATUS_TSR
  csrs mstatus, t0
  TRY tsr.sret, sret
  TRY tsr.satp, csrr t1, satp
  li t0, MSTATUS_TSR
  csrc mstatus, t0
  TRY none.satp, csrr t1, satp
  TRY none.sfence, sfence.vma
  TRY none.wfi, wfi
  # sret to U mode, where the pending interrupt would be taken: no more.
  csrw mip, zero
  la t0, 2f
  csrw sepc, t0
  li t0, MSTATUS_SPP
  csrc mstatus, t0
  TRY none.sret, sret
  j 3f
2:
  ecall
3:

  li t0, MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR
  csrs mstatus, t0
  li t0, 2
  csrw mip, t0
  ON_TRAP 1f
  csrr t1, satp
  sfence.vma
  wfi
  ecall
  TRAP 1
  csrr t5, mcause
  OUT m.all, t5
  DONE

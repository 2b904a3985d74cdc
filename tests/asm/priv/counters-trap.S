# Which trapping instructions mcycle and minstret count, as QEMU 7.2 decides (the manual: minstret counts
# retired instructions): those that trap because of what they are (ecall, ebreak, an illegal encoding)
# count; those that fail at run time (loads, stores, AMOs, CSR accesses, mret refused) do not, and neither
# does a fetch that fails. Each result is the difference of two reads, one before the trapping
# instruction and one by the handler's first: 1 for the second read, 1 if the instruction counts.
# expect: ecall=0x2 ebreak=0x2 illegal=0x2 load=0x1 store=0x1 amo=0x1 misaligned.lr=0x1
# expect: csr=0x1 readonly=0x1 fetch=0x2 float.off=0x2 minstret.ecall=0x2 minstret.load=0x1
# An interrupt counts nothing: what precedes the csrr is the store that raises it.
# expect: interrupt=0x2

.include "../common.inc"

.macro COUNT name, counter, insn:vararg
  ON_TRAP 1f
  csrr t0, \counter
  \insn
  TRAP 1
  csrr t1, \counter
  sub t1, t1, t0
  OUT \name, t1
.endm

test:
  li s0, 0x50000
  la s1, cell + 1
  li s2, CLINT
  COUNT ecall, mcycle, ecall
  COUNT ebreak, mcycle, ebreak
  COUNT illegal, mcycle, .4byte 0xffffffff
  COUNT load, mcycle, lw t2, 0(s0)
  COUNT store, mcycle, sd t2, 0(s0)
  COUNT amo, mcycle, amoadd.w t2, t2, (s0)
  COUNT misaligned.lr, mcycle, lr.w t2, (s1)
  COUNT csr, mcycle, .4byte 0x80002573
  COUNT readonly, mcycle, csrwi mhartid, 1
  # The jump counts, the fetch does not.
  COUNT fetch, mcycle, jr s0
  li t3, MSTATUS_FS
  csrc mstatus, t3
  COUNT float.off, mcycle, fadd.d fa0, fa0, fa0
  csrs mstatus, t3
  COUNT minstret.ecall, minstret, ecall
  COUNT minstret.load, minstret, ld t2, 0(s0)
  li t2, 8
  csrw mie, t2
  li t2, 1
  csrsi mstatus, MSTATUS_MIE
  COUNT interrupt, mcycle, sw t2, 0(s2)
  sw zero, 0(s2)
  DONE

.section .data
.balign 8
cell:
  .dword 0, 0

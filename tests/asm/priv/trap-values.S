# What a delegated exception leaves in scause, sepc and stval, and that the machine's registers are
# left alone; an exception of M mode is never delegated. (Volume II, "Machine Trap Delegation
# Registers")
# expect: medeleg=0xb1ff illegal.cause=0x2 illegal.epc=0x0 illegal.tval=0xffffffff
# expect: illegal.status=0x0 csr.cause=0x2 csr.epc=0x0 csr.tval=0x30002573 csr.status=0x0
# expect: ebreak.cause=0x3 ebreak.epc=0x0 ebreak.tval=0x0 ebreak.status=0x0 load.cause=0x5
# expect: load.epc=0x0 load.tval=0x40 load.status=0x0 store.cause=0x7 store.epc=0x0
# expect: store.tval=0x40 store.status=0x0 amo.cause=0x5 amo.epc=0x0 amo.tval=0x40 amo.status=0x0
# expect: misaligned.cause=0x4 misaligned.epc=0x0 misaligned.tval=0x80100001 misaligned.status=0x0
# expect: ecall.cause=0x8 ecall.epc=0x0 ecall.tval=0x0 ecall.status=0x0 m.cause=0x2 m.epc=0x0
# expect: m.tval=0xffffffff m.scause=0x0 s.ecall.cause=0x9 s.ecall.epc=0x0 s.ecall.tval=0x0

.include "../common.inc"
.include "../vm.inc"

# `insn` in U mode, whose exceptions S mode takes.
.macro DELEGATED name, insn:vararg
  la t6, 1f
  csrw stvec, t6
  csrw scause, zero
  csrw stval, zero
  ON_TRAP 2f
  li t4, 0x40
  ENTER_U
0:
  \insn
  ecall
  .balign 4
1:
  csrr t5, scause
  OUT \name\().cause, t5
  csrr t5, sepc
  la t6, 0b
  sub t5, t5, t6
  OUT \name\().epc, t5
  csrr t5, stval
  OUT \name\().tval, t5
  csrr t5, sstatus
  li t6, MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE
  and t5, t5, t6
  OUT \name\().status, t5
  ecall
  TRAP 2
.endm

test:
  li t0, 0xb1ff
  csrw medeleg, t0
  csrr a0, medeleg
  OUT medeleg, a0
  DELEGATED illegal, .4byte 0xffffffff
  DELEGATED csr, csrr a0, mstatus
  DELEGATED ebreak, ebreak
  DELEGATED load, lw a0, 0(t4)
  DELEGATED store, sd a0, 0(t4)
  DELEGATED amo, amoadd.w a0, a0, (t4)
  li s10, 0x80100001
  DELEGATED misaligned, lr.d a0, (s10)
  DELEGATED ecall, ecall
  # From M mode to M mode
  csrw scause, zero
  ON_TRAP 1f
0:
  .4byte 0xffffffff
  TRAP 1
  OUT_TRAP m, 0b
  csrr a0, scause
  OUT m.scause, a0
  # ecall from S mode is not among the delegated here.
  ON_TRAP 1f
  ENTER_S
0:
  ecall
  TRAP 1
  OUT_TRAP s.ecall, 0b
  DONE

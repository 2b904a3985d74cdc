# A CSR is accessible from its lowest privilege mode upwards (address bits 9:8); below that, and on
# writes to read-only CSRs (bits 11:10 = 3), cause 2, with nothing written. Each line: mode, CSR.
# expect: s.mstatus=0x2 s.mie=0x2 s.mscratch=0x2 s.mhartid=0x2 s.pmpcfg0=0x2 s.mcycle=0x2
# expect: s.sstatus=0x9 s.sscratch=0x9 s.satp=0x9 s.fcsr=0x9 s.write.cycle=0x2
# expect: u.sstatus=0x2 u.sscratch=0x2 u.satp=0x2 u.mstatus=0x2 u.fcsr=0x8
# expect: m.mhartid=0xb m.write.mhartid=0x2 m.write.mvendorid=0x2 m.write.time=0x2
# expect: sscratch=0x7 mscratch=0x5

.include "../common.inc"

# The cause of the trap that ends a piece of code in a mode: of the ecall behind it if it is legal.
.macro TRY name, enter, insn:vararg
  ON_TRAP 1f
  \enter
  \insn
  ecall
  TRAP 1
  csrr t5, mcause
  OUT \name, t5
.endm

.macro STAY
.endm

test:
  li t0, 5
  csrw mscratch, t0
  li t0, 7
  csrw sscratch, t0
  li t1, 99
  li t2, -1
  csrw mcounteren, t2
  TRY s.mstatus, ENTER_S, csrr t0, mstatus
  TRY s.mie, ENTER_S, csrr t0, mie
  TRY s.mscratch, ENTER_S, csrw mscratch, t1
  TRY s.mhartid, ENTER_S, csrr t0, mhartid
  TRY s.pmpcfg0, ENTER_S, csrr t0, pmpcfg0
  TRY s.mcycle, ENTER_S, csrr t0, mcycle
  TRY s.sstatus, ENTER_S, csrr t0, sstatus
  TRY s.sscratch, ENTER_S, csrr t0, sscratch
  TRY s.satp, ENTER_S, csrr t0, satp
  TRY s.fcsr, ENTER_S, csrr t0, fcsr
  TRY s.write.cycle, ENTER_S, csrw cycle, t1
  TRY u.sstatus, ENTER_U, csrr t0, sstatus
  TRY u.sscratch, ENTER_U, csrw sscratch, t1
  TRY u.satp, ENTER_U, csrr t0, satp
  TRY u.mstatus, ENTER_U, csrr t0, mstatus
  TRY u.fcsr, ENTER_U, csrr t0, fcsr
  TRY m.mhartid, STAY, csrr t0, mhartid
  TRY m.write.mhartid, STAY, csrw mhartid, t1
  TRY m.write.mvendorid, STAY, csrw mvendorid, t1
  TRY m.write.time, STAY, csrw time, t1
  csrr t0, sscratch
  OUT sscratch, t0
  csrr t0, mscratch
  OUT mscratch, t0
  DONE

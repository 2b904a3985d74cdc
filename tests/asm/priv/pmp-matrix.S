# Every combination of R, W and X of a PMP entry, for each kind of access from each mode. Each result is
# a set: bit n stands for the entry whose R (bit 0), W and X are the number n. U and S mode need R, W, X
# for load, store and fetch; M mode needs nothing of an entry that is not locked. R = 0, W = 1 is
# reserved; QEMU takes the bits as they are.
# expect: u.load=0xaa u.store=0xcc u.fetch=0xf0
# expect: s.load=0xaa s.store=0xcc s.fetch=0xf0
# expect: m.load=0xff m.store=0xff m.fetch=0xff

.include "../common.inc"
.include "../vm.inc"
.include "../pmp.inc"

.macro try_load
  csrs mstatus, t1
  lw t3, 0(t4)
.endm
.macro try_store
  csrs mstatus, t1
  sw zero, 64(t4)
.endm
.macro try_fetch
  csrw mepc, t4
  mret
.endm

.macro MATRIX name, mode, probe
  li s2, 0
  li s3, 0
2:
  li t0, 0xff
  csrc pmpcfg0, t0
  ori t0, s2, PMP_NAPOT
  csrs pmpcfg0, t0
  ON_TRAP 1f
  li t0, MSTATUS_MPP
  csrc mstatus, t0
  li t0, \mode << 11
  csrs mstatus, t0
  li t4, AREA
  li t1, MSTATUS_MPRV
  \probe
  TRAP 1
  csrc mstatus, t1
  # Success: no trap, or that of the ecall in the area (8, 9, 11).
  csrr t0, mcause
  seqz t1, t0
  sltiu t0, t0, 8
  xori t0, t0, 1
  or t0, t0, t1
  sll t0, t0, s2
  or s3, s3, t0
  addi s2, s2, 1
  li t0, 8
  bltu s2, t0, 2b
  OUT \name, s3
.endm

test:
  PMP_SETUP
  li t0, AREA
  li t1, 0x73                           # ecall
  sw t1, 0(t0)
  PMP_NAPOT 0, AREA, 4096, 0
  MATRIX u.load, MODE_U, try_load
  MATRIX u.store, MODE_U, try_store
  MATRIX u.fetch, MODE_U, try_fetch
  MATRIX s.load, MODE_S, try_load
  MATRIX s.store, MODE_S, try_store
  MATRIX s.fetch, MODE_S, try_fetch
  MATRIX m.load, MODE_M, try_load
  MATRIX m.store, MODE_M, try_store
  MATRIX m.fetch, MODE_M, try_fetch
  DONE

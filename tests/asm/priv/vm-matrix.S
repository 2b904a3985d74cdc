# Every combination of the eight low bits of a last-level page-table entry (V R W X U G A D), for each
# kind of access, from U and S mode, with SUM and MXR. Each result is a set of 32 bits: bit n stands
# for the entry whose five low bits (V in bit 0, R, W, X, U) are the number n; G, A and D make no
# difference, or bit 63 is set. `bad` counts entries whose A and D afterwards are not what they must
# be: after success A set, D too for a store; after failure the entry as it was.
# Succeeds if V, not (W and not R), R or X; and R (or MXR and X), W, X for load, store, fetch; and for
# U mode U, for S mode not U, except loads and stores with SUM.
# expect: u.load=0x88880000 u.load.mxr=0x8a880000 u.load.sum=0x88880000 u.load.sum.mxr=0x8a880000
# expect: u.store=0x80800000 u.store.sum=0x80800000 u.fetch=0x8a000000 s.load=0x8888
# expect: s.load.mxr=0x8a88 s.load.sum=0x88888888 s.load.sum.mxr=0x8a888a88 s.store=0x8080
# expect: s.store.sum=0x80808080 s.fetch=0x8a00 s.fetch.sum=0x8a00 bad=0x0

.include "../common.inc"
.include "../vm.inc"

# Tries all 256 entries. s2: flags, s3: successes with G = A = D = 0, s4: bits that differed for other
# G, A, D; s5: wrong A or D. `set` is what success adds besides A.
.macro MATRIX name, mode, status, probe, set
  li s2, 0
  li s3, 0
  li s4, 0
2:
  la t5, page_code
  srli t5, t5, 2
  or t5, t5, s2
  la t6, level0
  sd t5, 0(t6)
  sfence.vma
  ON_TRAP 1f
  li t0, MSTATUS_MPP | MSTATUS_SUM | MSTATUS_MXR
  csrc mstatus, t0
  li t0, (\mode << 11) | \status
  csrs mstatus, t0
  li t4, VA
  li t1, MSTATUS_MPRV
  \probe
  TRAP 1
  csrc mstatus, t1
  # s6 = 1 if it succeeded: no trap, or the ecall of the page's code.
  csrr t0, mcause
  seqz s6, t0
  addi t0, t0, -8
  sltiu t0, t0, 2
  or s6, s6, t0
  # The entry must be s2, with the right bits added.
  mv t0, s2
  beqz s6, 3f
  ori t0, t0, A | \set
3:
  la t6, level0
  lbu t1, 0(t6)
  xor t0, t0, t1
  snez t0, t0
  add s5, s5, t0
  # Bit n of the result
  andi t0, s2, 31
  sll t1, s6, t0
  srli t2, s2, 5
  bnez t2, 4f
  or s3, s3, t1
4:
  srl t2, s3, t0
  xor t2, t2, s6
  andi t2, t2, 1
  or s4, s4, t2
  addi s2, s2, 1
  li t0, 256
  bltu s2, t0, 2b
  slli s4, s4, 63
  or s3, s3, s4
  OUT \name, s3
.endm

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

test:
  VM_SETUP
  SATP SV39, root
  li s5, 0
  MATRIX u.load, MODE_U, 0, try_load, 0
  MATRIX u.load.mxr, MODE_U, MSTATUS_MXR, try_load, 0
  MATRIX u.load.sum, MODE_U, MSTATUS_SUM, try_load, 0
  MATRIX u.load.sum.mxr, MODE_U, MSTATUS_SUM | MSTATUS_MXR, try_load, 0
  MATRIX u.store, MODE_U, 0, try_store, D
  MATRIX u.store.sum, MODE_U, MSTATUS_SUM, try_store, D
  MATRIX u.fetch, MODE_U, 0, try_fetch, 0
  MATRIX s.load, MODE_S, 0, try_load, 0
  MATRIX s.load.mxr, MODE_S, MSTATUS_MXR, try_load, 0
  MATRIX s.load.sum, MODE_S, MSTATUS_SUM, try_load, 0
  MATRIX s.load.sum.mxr, MODE_S, MSTATUS_SUM | MSTATUS_MXR, try_load, 0
  MATRIX s.store, MODE_S, 0, try_store, D
  MATRIX s.store.sum, MODE_S, MSTATUS_SUM, try_store, D
  MATRIX s.fetch, MODE_S, 0, try_fetch, 0
  MATRIX s.fetch.sum, MODE_S, MSTATUS_SUM, try_fetch, 0
  OUT bad, s5
  DONE

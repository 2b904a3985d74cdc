# Causes 12, 13, 15: instruction, load and store page fault at an address without a mapping; mtval
# is the virtual address. lr counts as a load, and so does an AMO where nothing is mapped, being a
# load and then a store on QEMU with one hart (the manual has 15). Probes as in vm.inc.
# expect: load.cause=0xd load.tval=0x40001008 load.value=0x0
# expect: store.cause=0xf store.tval=0x40001010
# expect: fetch.cause=0xc fetch.epc=0x0 fetch.tval=0x40001000
# expect: fload.cause=0xd fload.tval=0x40001018 fstore.cause=0xf fstore.tval=0x4000101c
# expect: lr.cause=0xd lr.tval=0x40001008 amo.cause=0xd amo.tval=0x40001008
# On a read-only page an AMO fails at its store.
# expect: amo.ro.cause=0xf amo.ro.tval=0x40000008
# From S mode by itself, without mstatus.MPRV: mepc is at the load, MPP = S.
# expect: s.cause=0xd s.epc=0x0 s.tval=0x40001000 s.mpp=0x800

.include "../common.inc"
.include "../vm.inc"

# Instructions with other operands than PROBE_LOAD and PROBE_STORE give them.
.macro probe_flw rd, address:vararg
  flw ft0, \address
.endm
.macro probe_fsw rd, address:vararg
  fsw ft0, \address
.endm
.macro probe_lr rd, address:vararg
  lr.d t3, (t4)
.endm
.macro probe_amo rd, address:vararg
  amoadd.d zero, t3, (t4)
.endm

test:
  VM_SETUP
  SATP SV39, root
  PROBE_LOAD load, MODE_S, VA + 0x1008
  PROBE_STORE store, MODE_S, VA + 0x1010
  PROBE_FETCH fetch, MODE_S, VA + 0x1000
  PROBE_STORE fload, MODE_S, VA + 0x1018, probe_flw
  PROBE_STORE fstore, MODE_S, VA + 0x101c, probe_fsw
  PROBE_STORE lr, MODE_S, VA + 0x1008, probe_lr
  PROBE_STORE amo, MODE_S, VA + 0x1008, probe_amo
  PTE level0, 0, page_a, V | R | A | D
  sfence.vma
  PROBE_STORE amo.ro, MODE_S, VA + 0x8, probe_amo

  li s0, VA + 0x1000
  ON_TRAP 1f
  ENTER_S
0:
  ld t3, 0(s0)
  TRAP 1
  OUT_TRAP s, 0b
  csrr t0, mstatus
  li t1, MSTATUS_MPP
  and t0, t0, t1
  OUT s.mpp, t0
  DONE

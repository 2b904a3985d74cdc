# PMP checks translated accesses at the physical address, and the reads of page-table entries as S
# mode's: a table that PMP forbids is an access fault of the original access's kind, with the
# virtual address in mtval.
# An access that crosses from a page that PMP forbids into one that is not mapped fails in the first.
# expect: cross.load.cause=0x5 cross.load.tval=0x40004ffc cross.load.value=0x0
# expect: cross.store.cause=0x7 cross.store.tval=0x40004ffc
# expect: data.cause=0x5 data.tval=0x40000000 data.value=0x0
# expect: table.load.cause=0x5 table.load.tval=0x40001000 table.load.value=0x0
# expect: table.store.cause=0x7 table.store.tval=0x40001000
# expect: table.fetch.cause=0x1 table.fetch.epc=0x0 table.fetch.tval=0x40001000
# expect: ro.table.cause=0x0 ro.table.tval=0x0 ro.table.value=0xbbbb0000bbbb0000

.include "../common.inc"
.include "../vm.inc"
.include "../pmp.inc"

.macro PMP_PAGE entry, label, cfg
  la t6, \label
  srli t6, t6, 2
  ori t6, t6, 0x1ff
  csrw pmpaddr\entry, t6
  PMP_CFG \entry, \cfg | PMP_NAPOT
  sfence.vma
.endm

test:
  PMP_SETUP
  VM_SETUP
  PTE level0, 0, page_a, V | R | W | A | D
  PTE level0, 1, page_b, V | R | W | X | A | D
  PTE level0, 4, page_a, V | R | W | A | D
  SATP SV39, root
  PMP_PAGE 0, page_a, 0
  PROBE_LOAD data, MODE_S, VA
  PROBE_LOAD cross.load, MODE_S, VA + 0x5000 - 4
  PROBE_STORE cross.store, MODE_S, VA + 0x5000 - 4
  PMP_PAGE 1, level0, 0
  PROBE_LOAD table.load, MODE_S, VA + 0x1000
  PROBE_STORE table.store, MODE_S, VA + 0x1000
  PROBE_FETCH table.fetch, MODE_S, VA + 0x1000
  # A and D are set already: reading is enough.
  PMP_PAGE 1, level0, PMP_R
  PROBE_LOAD ro.table, MODE_S, VA + 0x1000
  DONE

# Page-table entries that are no good: V = 0; W without R; a pointer at the last level; the reserved
# bits 54 to 60, N (63) and PBMT (61, 62) without Svnapot and Svpbmt; A, D or U in a pointer. Each
# is a page fault of the access's kind. A leaf that leads to no memory is an access fault. So should
# be a table that lies in no memory; QEMU makes it a page fault.
# expect: v.cause=0xd v.tval=0x40000000 v.value=0x0
# expect: w.load.cause=0xd w.load.tval=0x40001000 w.load.value=0x0
# expect: w.store.cause=0xf w.store.tval=0x40001000
# expect: wx.fetch.cause=0xc wx.fetch.epc=0x0 wx.fetch.tval=0x40002000
# expect: pointer.cause=0xd pointer.tval=0x40003000 pointer.value=0x0
# expect: bit54.cause=0xd bit54.tval=0x40004000 bit54.value=0x0
# expect: bit60.cause=0xd bit60.tval=0x40005000 bit60.value=0x0
# expect: pbmt.cause=0xd pbmt.tval=0x40006000 pbmt.value=0x0
# expect: n.cause=0xd n.tval=0x40007000 n.value=0x0
# expect: a.pointer.cause=0xd a.pointer.tval=0x40200000 a.pointer.value=0x0
# expect: d.pointer.cause=0xd d.pointer.tval=0x40400000 d.pointer.value=0x0
# expect: u.pointer.cause=0xd u.pointer.tval=0x40600000 u.pointer.value=0x0
# expect: good.cause=0x0 good.tval=0x0 good.value=0xaaaa0000aaaa0000
# expect: hole.cause=0xd hole.tval=0x40800000 hole.value=0x0
# expect: leaf.hole.cause=0x5 leaf.hole.tval=0x40009000 leaf.hole.value=0x0
# expect: leaf.hole.store.cause=0x7 leaf.hole.store.tval=0x40009000

.include "../common.inc"
.include "../vm.inc"

# Sets high bits of an entry that PTE has written.
.macro HIGH_BITS index, bits
  la t6, level0
  li t5, \bits
  ld t4, (\index * 8)(t6)
  or t4, t4, t5
  sd t4, (\index * 8)(t6)
.endm

test:
  VM_SETUP
  PTE level0, 0, page_a, R | W | A | D
  PTE level0, 1, page_a, V | W | A | D
  PTE level0, 2, page_code, V | W | X | A | D
  PTE level0, 3, page_a, V
  PTE level0, 4, page_a, V | R | W | A | D
  HIGH_BITS 4, 1 << 54
  PTE level0, 5, page_a, V | R | W | A | D
  HIGH_BITS 5, 1 << 60
  PTE level0, 6, page_a, V | R | W | A | D
  HIGH_BITS 6, 1 << 61
  PTE level0, 7, page_a, V | R | W | A | D
  HIGH_BITS 7, 1 << 63
  PTE level0, 8, page_a, V | R | W | A | D
  # A leaf that points at no memory; below, a pointer to a table in no memory.
  RAW_PTE level0, 9, (0x50000 >> 2) | V | R | W | A | D
  PTE level1, 1, level0, V | A
  PTE level1, 2, level0, V | D
  PTE level1, 3, level0, V | U
  RAW_PTE level1, 4, (0x50000 >> 2) | V
  SATP SV39, root
  PROBE_LOAD v, MODE_S, VA
  PROBE_LOAD w.load, MODE_S, VA + 0x1000
  PROBE_STORE w.store, MODE_S, VA + 0x1000
  PROBE_FETCH wx.fetch, MODE_S, VA + 0x2000
  PROBE_LOAD pointer, MODE_S, VA + 0x3000
  PROBE_LOAD bit54, MODE_S, VA + 0x4000
  PROBE_LOAD bit60, MODE_S, VA + 0x5000
  PROBE_LOAD pbmt, MODE_S, VA + 0x6000
  PROBE_LOAD n, MODE_S, VA + 0x7000
  PROBE_LOAD good, MODE_S, VA + 0x8000
  PROBE_LOAD leaf.hole, MODE_S, VA + 0x9000
  PROBE_STORE leaf.hole.store, MODE_S, VA + 0x9000
  PROBE_LOAD a.pointer, MODE_S, VA + 0x200000
  PROBE_LOAD d.pointer, MODE_S, VA + 0x400000
  PROBE_LOAD u.pointer, MODE_S, VA + 0x600000
  PROBE_LOAD hole, MODE_S, VA + 0x800000
  DONE

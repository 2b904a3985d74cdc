# The A and D bits are set by the hardware: A by every access, D by stores only; a failing access
# sets neither. Only the leaf's bits are touched. Flags before: V R W X = 0xf and G or so; printed
# are the low ten bits of the entry after each probe.
# expect: load.cause=0x0 load.tval=0x0 load.value=0xaaaa0000aaaa0000 load.pte=0x4f
# expect: store.cause=0x0 store.tval=0x0 store.pte=0xcf
# expect: again.cause=0x0 again.tval=0x0 again.value=0x5a again.pte=0xcf
# expect: fetch.cause=0x9 fetch.epc=0x4 fetch.tval=0x0 fetch.pte=0x4b
# expect: ro.cause=0xf ro.tval=0x40002000 ro.pte=0x3
# expect: first.store.cause=0x0 first.store.tval=0x0 first.store.pte=0xc7
# expect: rsw.cause=0x0 rsw.tval=0x0 rsw.value=0xbbbb0000bbbb0000 rsw.pte=0x343
# Non-leaf entries keep A and D clear:
# expect: root.pte=0x1 level1.pte=0x1
# A store after a load found D clear in a cached translation, and one after D was cleared by
# software with sfence.vma:
# expect: reload.cause=0x0 reload.tval=0x0 reload.value=0x5a reload.pte=0x4f
# expect: restore.cause=0x0 restore.tval=0x0 restore.pte=0xcf
# An AMO sets both:
# expect: amo.cause=0x0 amo.tval=0x0 amo.pte=0xc7

.include "../common.inc"
.include "../vm.inc"

.macro probe_amo rd, address:vararg
  amoadd.d zero, zero, (t4)
.endm

test:
  VM_SETUP
  PTE level0, 0, page_a, V | R | W | X
  PTE level0, 1, page_code, V | R | X
  PTE level0, 2, page_a, V | R
  PTE level0, 3, page_b + 0, V | R | W
  PTE level0, 4, page_b, V | R | (3 << 8)
  PTE level0, 5, page_b, V | R | W
  SATP SV39, root
  PROBE_LOAD load, MODE_S, VA
  OUT_PTE load.pte, level0, 0
  PROBE_STORE store, MODE_S, VA
  OUT_PTE store.pte, level0, 0
  PROBE_LOAD again, MODE_S, VA
  OUT_PTE again.pte, level0, 0
  PROBE_FETCH fetch, MODE_S, VA + 0x1000
  OUT_PTE fetch.pte, level0, 1
  PROBE_STORE ro, MODE_S, VA + 0x2000
  OUT_PTE ro.pte, level0, 2
  PROBE_STORE first.store, MODE_S, VA + 0x3008
  OUT_PTE first.store.pte, level0, 3
  PROBE_LOAD rsw, MODE_S, VA + 0x4000
  OUT_PTE rsw.pte, level0, 4
  OUT_PTE root.pte, root, 1
  OUT_PTE level1.pte, level1, 0
  PTE level0, 0, page_a, V | R | W | X
  sfence.vma
  PROBE_LOAD reload, MODE_S, VA
  OUT_PTE reload.pte, level0, 0
  PROBE_STORE restore, MODE_S, VA
  OUT_PTE restore.pte, level0, 0
  PROBE_STORE amo, MODE_S, VA + 0x5010, probe_amo
  OUT_PTE amo.pte, level0, 5
  DONE

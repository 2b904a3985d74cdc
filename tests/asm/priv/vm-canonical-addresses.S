# Under Sv39 bits 63 to 39 of a virtual address must equal bit 38; otherwise the access is a page
# fault, with the address as it was in mtval. The last page of the upper half is reachable.
# expect: high.cause=0x0 high.tval=0x0 high.value=0xaaaa0000aaaa0000
# expect: top.cause=0x0 top.tval=0x0 top.value=0x1122334455667788
# expect: bit38.cause=0xd bit38.tval=0x4040000000 bit38.value=0x0
# expect: bit39.cause=0xd bit39.tval=0x8040000000 bit39.value=0x0
# expect: bit63.cause=0xd bit63.tval=0x8000000040000000 bit63.value=0x0
# expect: clear63.cause=0xd clear63.tval=0x7fffffffc0000000 clear63.value=0x0
# expect: store.cause=0xf store.tval=0x8040000000
# expect: fetch.cause=0xc fetch.epc=0x0 fetch.tval=0x8040001000

.include "../common.inc"
.include "../vm.inc"

test:
  VM_SETUP
  PTE level0, 0, page_a, V | R | W | A | D
  PTE level0, 1, page_code, V | R | X | A | D
  # VA 0xffffffffc0000000 by the same tables; its last page too.
  PTE root, 511, level1, V
  PTE level1, 511, level0, V
  PTE level0, 511, page_b, V | R | W | A | D
  la t5, page_b
  li t6, 0x1122334455667788
  li t4, 4088
  add t5, t5, t4
  sd t6, 0(t5)
  SATP SV39, root
  PROBE_LOAD high, MODE_S, 0xffffffffc0000000
  PROBE_LOAD top, MODE_S, 0xfffffffffffffff8
  # Bit 38 set, the bits above not: the same index in the root as of 0xffffffc040000000.
  PROBE_LOAD bit38, MODE_S, 0x4040000000
  PROBE_LOAD bit39, MODE_S, 0x8040000000
  PROBE_LOAD bit63, MODE_S, 0x8000000040000000
  PROBE_LOAD clear63, MODE_S, 0x7fffffffc0000000
  PROBE_STORE store, MODE_S, 0x8040000000
  PROBE_FETCH fetch, MODE_S, 0x8040001000
  DONE

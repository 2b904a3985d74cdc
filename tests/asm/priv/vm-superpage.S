# Superpages under Sv39: a leaf at level 1 maps 2 MiB, at level 2 1 GiB; a leaf whose low PPN bits
# are not zero is misaligned, a page fault for every access. A and D are set in the leaf, whichever
# level.
# expect: mega.cause=0x0 mega.tval=0x0 mega.value=0xaaaa0000aaaa0000 mega.pte=0x43
# expect: mega.end.cause=0x0 mega.end.tval=0x0 mega.end.value=0x0
# expect: mega.store.cause=0xf mega.store.tval=0x40200000
# expect: bad.mega.cause=0xd bad.mega.tval=0x40400000 bad.mega.value=0x0
# expect: bad.mega.store.cause=0xf bad.mega.store.tval=0x40400008
# expect: bad.mega.fetch.cause=0xc bad.mega.fetch.epc=0x0 bad.mega.fetch.tval=0x40400000
# expect: giga.cause=0x0 giga.tval=0x0 giga.value=0xaaaa0000aaaa0000 giga.pte=0x47
# expect: giga.store.cause=0x0 giga.store.tval=0x0 giga.store.pte=0xc7
# expect: bad.giga.cause=0xd bad.giga.tval=0x100000000 bad.giga.value=0x0
# expect: bad.giga2.cause=0xd bad.giga2.tval=0x140000000 bad.giga2.value=0x0

.include "../common.inc"
.include "../vm.inc"

test:
  VM_SETUP
  # VA 0x40200000 .. 0x403fffff: the 2 MiB of RAM in which page_a lies.
  RAW_PTE level1, 1, (0x80000000 >> 2) | V | R
  # VA 0x40400000: PPN[0] = 1.
  RAW_PTE level1, 2, (0x80001000 >> 2) | V | R | W | X | A | D
  # VA 0xc0000000: RAM; 0x100000000: PPN[1] = 1; 0x140000000: PPN[0] = 1.
  RAW_PTE root, 3, (0x80000000 >> 2) | V | R | W
  RAW_PTE root, 4, (0x80200000 >> 2) | V | R | W | A | D
  RAW_PTE root, 5, (0x80001000 >> 2) | V | R | W | A | D
  SATP SV39, root
  PROBE_LOAD mega, MODE_S, VA + 0x200000 - 0x80000000, plus=page_a
  OUT_PTE mega.pte, level1, 1
  PROBE_LOAD mega.end, MODE_S, VA + 0x3ffff8
  PROBE_STORE mega.store, MODE_S, VA + 0x200000
  PROBE_LOAD bad.mega, MODE_S, VA + 0x400000
  PROBE_STORE bad.mega.store, MODE_S, VA + 0x400008
  PROBE_FETCH bad.mega.fetch, MODE_S, VA + 0x400000
  PROBE_LOAD giga, MODE_S, 0x40000000, plus=page_a
  OUT_PTE giga.pte, root, 3
  PROBE_STORE giga.store, MODE_S, 0x40000008, plus=page_a
  OUT_PTE giga.store.pte, root, 3
  PROBE_LOAD bad.giga, MODE_S, 0x100000000
  PROBE_LOAD bad.giga2, MODE_S, 0x140000000
  DONE

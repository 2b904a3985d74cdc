# Svpbmt: bits 62 and 61 of a leaf are the memory type, and change nothing here. In a pointer they are
# reserved: a page fault; so is N (63) of a pointer. QEMU 7.2 departs from the manual: type 3, N and
# the reserved bits 54 to 60 of a leaf are ignored, the latter in a pointer too, and menvcfg.PBMTE
# enables nothing. (Volume II, "Svpbmt")
# cpu: svpbmt=on
# expect: type1.cause=0x0 type1.tval=0x0 type1.value=0xaaaa0000aaaa0000 type1.store.cause=0x0
# expect: type1.store.tval=0x0 type2.cause=0x0 type2.tval=0x0 type2.value=0xaaaa0000aaaa0000
# expect: type2.store.cause=0x0 type2.store.tval=0x0 type3.cause=0x0 type3.tval=0x0
# expect: type3.value=0xaaaa0000aaaa0000 type3.store.cause=0x0 type3.store.tval=0x0
# expect: fetch.cause=0x9 fetch.epc=0x4 fetch.tval=0x0 dirty.cause=0x0 dirty.tval=0x0
# expect: dirty.type=0x80 dirty.entry=0xc7 read.only.cause=0xf read.only.tval=0x40006000
# expect: user.cause=0xd user.tval=0x40006000 user.value=0x0 giant.cause=0x0 giant.tval=0x0
# expect: giant.value=0x97 n.cause=0x0 n.tval=0x0 n.value=0xaaaa0000aaaa0000 reserved.cause=0x0
# expect: reserved.tval=0x0 reserved.value=0xaaaa0000aaaa0000 pointer61.cause=0xd
# expect: pointer61.tval=0x40001000 pointer61.value=0x0 pointer62.cause=0xd
# expect: pointer62.tval=0x40001000 pointer62.value=0x0 pointer63.cause=0xd
# expect: pointer63.tval=0x40001000 pointer63.value=0x0 pointer54.cause=0x0 pointer54.tval=0x0
# expect: pointer54.value=0xaaaa0000aaaa0000 pbmte.cause=0x0 pbmte.tval=0x0
# expect: pbmte.value=0xaaaa0000aaaa0000

.include "../common.inc"
.include "../vm.inc"

# Sets an entry with bits `high` besides its flags.
.macro HIGH_PTE table, index, target, flags, high
  PTE \table, \index, \target, \flags
  li t4, \high
  or t5, t5, t4
  sd t5, 0(t6)
  sfence.vma
.endm

test:
  VM_SETUP
  SATP SV39, root
  .irp type, 1, 2, 3
  HIGH_PTE level0, \type, page_a, V | R | W | A | D, \type << 61
  PROBE_LOAD type\type, MODE_S, (VA + \type * 4096)
  PROBE_STORE type\type\().store, MODE_S, (VA + \type * 4096), value=0xaaaa0000aaaa0000
  .endr
  HIGH_PTE level0, 4, page_code, V | R | X | A | D, 2 << 61
  PROBE_FETCH fetch, MODE_S, (VA + 0x4000)
  # Hardware sets A and D, and keeps the type.
  HIGH_PTE level0, 5, page_a, V | R | W, 1 << 61
  PROBE_STORE dirty, MODE_S, (VA + 0x5000), value=0xaaaa0000aaaa0000
  la t0, level0
  ld a0, 5 * 8(t0)
  srli a0, a0, 54
  OUT dirty.type, a0
  OUT_PTE dirty.entry, level0, 5
  # Permissions hold as ever.
  HIGH_PTE level0, 6, page_a, V | R | A | D, 1 << 61
  PROBE_STORE read.only, MODE_S, (VA + 0x6000)
  PROBE_LOAD user, MODE_U, (VA + 0x6000)
  RAW_PTE root, 3, (0x80000000 >> 2) | V | R | W | X | A | D | (1 << 61)
  sfence.vma
  PROBE_LOAD giant, MODE_S, 0xc0000000, insn=lbu
  # QEMU's leniency
  HIGH_PTE level0, 7, page_a, V | R | W | A | D, 1 << 63
  PROBE_LOAD n, MODE_S, (VA + 0x7000)
  HIGH_PTE level0, 8, page_a, V | R | W | A | D, 0x7f << 54
  PROBE_LOAD reserved, MODE_S, (VA + 0x8000)
  # Pointers
  .irp bit, 61, 62, 63, 54
  HIGH_PTE level1, 0, level0, V, 1 << \bit
  PROBE_LOAD pointer\bit, MODE_S, (VA + 0x1000)
  .endr
  HIGH_PTE level1, 0, level0, V, 0
  li t0, 1 << 62
  csrs menvcfg, t0
  PROBE_LOAD pbmte, MODE_S, (VA + 0x1000)
  csrc menvcfg, t0
  DONE
